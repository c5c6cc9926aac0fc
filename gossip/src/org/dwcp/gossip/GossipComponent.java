// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.time.Duration;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.api.gossip.GossipListener;
import org.dwcp.api.gossip.GossipValue;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.NodeRandom;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transfer.CallHandler;
import org.dwcp.api.transfer.Calls;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gossip as a service. Immediate: a node passes on what others say, also when nobody here asks. The handler of the calls is registered by hand: who makes calls looks
 * for handlers while this waits for who makes calls.
 */
@Component(service = Gossip.class, configurationPid = GossipComponent.PID, immediate = true)
@Designate(ocd = GossipComponent.Config.class)
public final class GossipComponent implements Gossip {
    static final String PID = "org.dwcp.gossip";
    static final String METHOD = "gossip";
    /** Longest wait for a peer to take a frame. Source: chosen; ten round trips of a slow wide-area link. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(GossipComponent.class);

    /** Limits. */
    @ObjectClassDefinition(name = "Gossip", description = "Small signed values that each node tells all others.")
    @interface Config {
        @AttributeDefinition(min = "20", max = "60000", description = "Length of a round, in milliseconds; read at start.")
        long interval_ms() default 1_000;

        @AttributeDefinition(min = "2", max = "32", description = "Most neighbours that values are exchanged with; read at start.")
        int neighbours_max() default 6;

        @AttributeDefinition(min = "8", max = "1000", description = "Most nodes that are known besides, to replace a neighbour; read at start.")
        int known_max() default 30;

        @AttributeDefinition(min = "16", max = "1000000", description = "Most values of all owners; read at start.")
        int values_max() default 20_000;

        @AttributeDefinition(min = "1048576", max = "4294967296", description = "Most bytes of all values, in bytes; read at start.")
        long values_bytes_max() default 64L << 20;
    }

    private final GossipNode node;
    private final ServiceRegistration<CallHandler> handler;
    private final Map<GossipListener, Registration> listeners = new ConcurrentHashMap<>();

    /** Joins the others as soon as they are there. */
    @Activate
    public GossipComponent(Config config, BundleContext context, @Reference NodeIdentity identity, @Reference NodeClock clock, @Reference NodeRandom random,
            @Reference Peers peers, @Reference Calls calls) {
        var settings = new GossipSettings(config.interval_ms(), config.neighbours_max(), config.known_max(), config.values_max(), config.values_bytes_max());
        var core = new GossipCore(identity.id(), settings, new CertificateSeal(identity), random.stream("gossip"));
        node = new GossipNode(settings, core, clock, peers, (peer, frame) -> calls.send(peer, METHOD, frame, TIMEOUT));
        handler = context.registerService(CallHandler.class, node::handle, new Hashtable<>(Map.of(CallHandler.METHOD, METHOD)));
    }

    @Modified
    void modified(Config config) {
        LOG.info("gossip configuration changed; it holds after a restart of the bundle");
    }

    @Deactivate
    void deactivate() {
        handler.unregister();
        node.close();
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindListener(GossipListener listener, Map<String, Object> properties) {
        listeners.put(listener, node.listen(listener, properties.get(GossipListener.NAME) instanceof String name ? name : ""));
    }

    void unbindListener(GossipListener listener) {
        Optional.ofNullable(listeners.remove(listener)).ifPresent(Registration::close);
    }

    @Override
    public GossipValue put(String name, byte[] bytes, Duration life) {
        return node.put(name, bytes, life);
    }

    @Override
    public boolean remove(String name) {
        return node.remove(name);
    }

    @Override
    public Optional<GossipValue> find(NodeId owner, String name) {
        return node.find(owner, name);
    }

    @Override
    public List<GossipValue> list() {
        return node.list();
    }

    @Override
    public List<NodeId> neighbours() {
        return node.neighbours();
    }

    @Override
    public Map<String, Long> figures() {
        return node.figures();
    }
}
