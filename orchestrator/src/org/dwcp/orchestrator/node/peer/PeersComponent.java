// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.time.Duration;
import java.util.Hashtable;
import java.util.Map;
import java.util.function.Consumer;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.NodeRandom;
import org.dwcp.api.node.Peers;
import org.dwcp.orchestrator.node.identity.IdentityComponent;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ManagedServiceFactory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the peers. It registers the service by hand, because the port it listens at is known only now and stands in the service's
 * properties, where the launcher reads it. Immediate: peers must reach a node that nobody has asked for its peers.
 */
@Component(configurationPid = PeersComponent.PID, immediate = true, service = {})
@Designate(ocd = PeersComponent.Config.class)
@Capability(namespace = "osgi.service", attribute = {"objectClass:List<String>='org.dwcp.api.node.Peers'", "uses:='org.dwcp.api.node'"})
public final class PeersComponent {
    static final String PID = "org.dwcp.orchestrator.peers";
    /** Framework property: the control port, 0 for any. */
    static final String PORT = "dwcp.peer.port";
    /** Framework property: the address to listen at; without it all of them. */
    static final String HOST = "dwcp.peer.host";
    /** Source: chosen; see ADR-12. */
    static final int PORT_DEFAULT = 7420;

    private static final Logger LOG = LoggerFactory.getLogger(PeersComponent.class);

    private final PeerDirectory directory;
    private final LocalProviders providers;
    private final ServiceRegistration<?> factory;
    private final ServiceRegistration<Peers> registration;
    private final AddressGossip gossip;

    /** Times and limits of the control connections. */
    @ObjectClassDefinition(name = "Peers", description = "Control connections to the other nodes.")
    @interface Config {
        @AttributeDefinition(min = "20", max = "60000", description = "Time between two pings, in milliseconds.")
        long ping_interval_ms() default 1_000;

        @AttributeDefinition(min = "1", max = "100", description = "Unanswered pings after which a peer on a local link is offline.")
        int ping_missed_max() default 3;

        @AttributeDefinition(min = "1", max = "1000", description = "Unanswered pings after which a peer on a wide-area link is offline.")
        int ping_missed_wan_max() default 20;

        @AttributeDefinition(min = "1", max = "1000", description = "Round trip from which a link counts as wide-area, in milliseconds.")
        long wan_rtt_ms() default 10;

        @AttributeDefinition(min = "10", max = "60000", description = "Shortest wait before a peer is dialled again, in milliseconds.")
        long redial_min_ms() default 100;

        @AttributeDefinition(min = "10", max = "600000", description = "Longest wait before a peer is dialled again, in milliseconds.")
        long redial_max_ms() default 5_000;

        @AttributeDefinition(min = "100", max = "60000", description = "Longest time of a handshake, in milliseconds.")
        long handshake_timeout_ms() default 5_000;

        @AttributeDefinition(min = "1", max = "10000", description = "Connections that may be in their handshake at once.")
        int handshakes_max() default 64;

        @AttributeDefinition(description = "Addresses that this node tells the others by gossip: auto for those it listens at, none, or up to 8 of HOST:PORT with spaces"
                + " between; read at start.")
        String announce() default AddressGossip.AUTO;

        @AttributeDefinition(min = "0", max = "1000", description = "Most peers that are dialled because of what they say of themselves by gossip; 0 for none; read at start.")
        int hints_max() default 64;
    }

    /**
     * Listens, reads the configured peers and publishes the service.
     *
     * @param failure told why the node cannot listen, may be absent
     */
    @Activate
    public PeersComponent(BundleContext context, Config config, @Reference NodeIdentity identity, @Reference NodeClock clock,
            @Reference NodeRandom random, @Reference ConfigurationAdmin admin,
            @Reference(cardinality = ReferenceCardinality.OPTIONAL, target = IdentityComponent.FAILURE_TARGET) Consumer<String> failure) {
        providers = new LocalProviders(context);
        try {
            var settings = settings(config);
            var advertised = AdvertisedPorts.parse(property(context, AdvertisedPorts.PROPERTY, ""));
            directory = new PeerDirectory(identity, clock, random, property(context, HOST, ""),
                    number(property(context, PORT, String.valueOf(PORT_DEFAULT))), () -> advertised.applyTo(providers.adverts()),
                    new ConfiguredPeers(admin), settings);
            gossip = gossip(context, config);
        } catch (DwcpException e) {
            if (failure != null) {
                failure.accept(e.getMessage());
            }
            throw e;
        }
        providers.open(directory::refresh);
        factory = context.registerService(ManagedServiceFactory.class, new PeerFactory(directory),
                new Hashtable<>(Map.of(Constants.SERVICE_PID, ConfiguredPeers.FACTORY_PID)));
        registration = context.registerService(Peers.class, directory, new Hashtable<>(Map.of(PORT, directory.port(), IdentityComponent.NAME, identity.id().value())));
        gossip.open(context);
    }

    /** What is wrong with the words to announce is found before anything is published. */
    private AddressGossip gossip(BundleContext context, Config config) {
        try {
            Check.argument(config.hints_max() >= 0 && config.hints_max() <= 1_000, "hints.max=%d is not in 0..1000", config.hints_max());
            return new AddressGossip(AddressGossip.announced(config.announce(), property(context, HOST, ""), directory.port()), config.hints_max(), directory::hint);
        } catch (DwcpException e) {
            directory.close();
            throw e;
        }
    }

    @Modified
    void modified(Config config) {
        try {
            directory.apply(settings(config));
        } catch (DwcpException e) {
            LOG.warn("peers configuration refused pid={} problem={} the settings before it stay", PID, e.getMessage());
        }
    }

    @Deactivate
    void deactivate() {
        gossip.close();
        registration.unregister();
        factory.unregister();
        providers.close();
        directory.close();
    }

    private static PeerSettings settings(Config config) {
        return new PeerSettings(Duration.ofMillis(config.ping_interval_ms()), config.ping_missed_max(),
                config.ping_missed_wan_max(), Duration.ofMillis(config.wan_rtt_ms()), Duration.ofMillis(config.redial_min_ms()),
                Duration.ofMillis(config.redial_max_ms()), Duration.ofMillis(config.handshake_timeout_ms()), config.handshakes_max());
    }

    private static String property(BundleContext context, String key, String otherwise) {
        var value = context.getProperty(key);
        return value == null || value.isBlank() ? otherwise : value.strip();
    }

    private static int number(String text) {
        Check.argument(text.matches("[0-9]{1,5}"), "%s='%s' is no port; give 0 to 65535", PORT, text);
        return Integer.parseInt(text);
    }
}
