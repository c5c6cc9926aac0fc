// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.transport;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Swappable;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportStats;
import org.osgi.framework.ServiceReference;
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

/**
 * The provider as a service: it translates OSGi into a plain {@link Endpoint}, which does the work and which a test makes with {@code new}. The name
 * {@code transport.plain} is what pins, rollouts and peers know it by; no two providers of a node share one.
 */
@Component(service = Transport.class, immediate = true, configurationPid = PlainTransport.PID, property = { // Listens before anybody asks for it.
        Transport.SLOT_PROPERTY, Swappable.PROVIDER + "=" + PlainTransport.PROVIDER_NAME, Swappable.VERSION + "=1.0.0",
        Swappable.CAPABILITIES + "=tcp", Swappable.CAPABILITIES + "=tls13", Swappable.CAPABILITIES + "=lanes=1"})
@Designate(ocd = PlainTransport.Config.class)
public final class PlainTransport implements Transport {
    /** Name of this provider. */
    static final String PROVIDER_NAME = "transport.plain";
    /** Where its configuration is: {@code etc/com.example.dwcp.transport.cfg}. */
    static final String PID = "com.example.dwcp.transport";
    private static final System.Logger LOG = System.getLogger(PlainTransport.class.getName());

    @ObjectClassDefinition(name = "Transport plain", description = "One TLS connection a channel.")
    @interface Config {
        @AttributeDefinition(description = "Rank among transports; written by the orchestrator.")
        int service_ranking() default 0;

        @AttributeDefinition(description = "Address to accept on; 0.0.0.0 for all. Read at start.")
        String listen_host() default "0.0.0.0";

        @AttributeDefinition(min = "0", max = "65535", description = "Port to accept on; 0 takes a free one. Read at start.")
        int listen_port() default 0;

        @AttributeDefinition(min = "1", max = "100000", description = "Most open channels, both ways.")
        int channels_max() default 1_000;

        @AttributeDefinition(min = "1114112", max = "268435456", description = "Most bytes that wait in a channel to be sent.")
        long queue_bytes_max() default 2 << 20;

        @AttributeDefinition(min = "100", max = "60000", description = "Longest wait for a connection that does not say who it is, in milliseconds.")
        long handshake_timeout_ms() default 10_000;
    }

    private final Endpoint endpoint;
    private final Map<ServiceReference<ProtocolHandler>, ProtocolHandler> handlers = new ConcurrentHashMap<>();

    /**
     * Starts listening.
     *
     * @param config   what it was told
     * @param identity this node's key and certificates
     * @param peers    where peers are
     * @param clock    time
     */
    @Activate
    public PlainTransport(Config config, @Reference NodeIdentity identity, @Reference Peers peers, @Reference NodeClock clock) {
        endpoint = new Endpoint(settings(config), identity, peers, clock, this::handler);
    }

    private static Settings settings(Config config) {
        return new Settings(config.listen_host(), config.listen_port(), config.channels_max(), config.queue_bytes_max(),
                Duration.ofMillis(config.handshake_timeout_ms()));
    }

    /** Without this method a new ranking would stop and start the provider, and all its channels with it. */
    @Modified
    void modified(Config config) {
        try {
            endpoint.apply(settings(config));
        } catch (DwcpException e) {
            LOG.log(System.Logger.Level.WARNING, "configuration refused, the old one stays reason=\"" + e.getMessage() + "\"");
        }
    }

    @Deactivate
    void deactivate() {
        endpoint.close();
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC, updated = "bindHandler", unbind = "unbindHandler")
    void bindHandler(ServiceReference<ProtocolHandler> reference, ProtocolHandler handler) {
        handlers.put(reference, handler);
    }

    void unbindHandler(ServiceReference<ProtocolHandler> reference) {
        var handler = handlers.remove(reference);
        if (handler != null) {
            endpoint.dismiss(handler); // A channel that kept it would keep the classes of its bundle.
        }
    }

    private Optional<ProtocolHandler> handler(String protocol) {
        return handlers.entrySet().stream().filter(entry -> protocol.equals(entry.getKey().getProperty(ProtocolHandler.PROTOCOL))).map(Map.Entry::getValue)
                .findFirst();
    }

    @Override
    public Channel open(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options) {
        return endpoint.open(peer, protocol, handler, options);
    }

    @Override
    public int port() {
        return endpoint.port();
    }

    @Override
    public Optional<LinkStats> link(NodeId peer) {
        return endpoint.link(peer);
    }

    @Override
    public Optional<LinkStats> measure(NodeId peer, Duration duration) {
        return endpoint.measure(peer, duration);
    }

    @Override
    public List<ChannelStats> channels() {
        return endpoint.channels();
    }

    @Override
    public Optional<TransportStats> stats() {
        return endpoint.stats();
    }

    @Override
    public void probe() {
        endpoint.probe();
    }
}
