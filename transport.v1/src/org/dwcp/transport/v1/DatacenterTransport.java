// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1;

import org.dwcp.api.Swappable;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transport.Transport;
import org.dwcp.transport.lane.LaneComponent;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The datacenter's transport as a service: configuration and protocol handlers in, a {@link org.dwcp.transport.lane.LaneTransport} out. Immediate,
 * because it accepts also while nobody asks for it.
 */
@Component(service = Transport.class, immediate = true, configurationPid = DatacenterTransport.PID, property = {
        Transport.SLOT_PROPERTY, Swappable.PROVIDER + "=" + DatacenterSettings.PROVIDER, Swappable.VERSION + "=1.0.0",
        Swappable.MODES + "=v1", Swappable.MODES + "=datacenter",
        Swappable.CAPABILITIES + "=rdma", Swappable.CAPABILITIES + "=tcp", Swappable.CAPABILITIES + "=tls13", Swappable.CAPABILITIES + "=lanes=32-512"})
@Designate(ocd = DatacenterTransport.Config.class)
public final class DatacenterTransport extends LaneComponent {
    static final String PID = "org.dwcp.transport.v1";

    @ObjectClassDefinition(name = "Transport v1", description = "RDMA or TCP lanes within a datacenter.")
    @interface Config {
        @AttributeDefinition(description = "Rank among transports; written by the orchestrator.")
        int service_ranking() default 0;

        @AttributeDefinition(description = "Address to accept on; 0.0.0.0 for all.")
        String listen_host() default "0.0.0.0";

        @AttributeDefinition(min = "0", max = "65535", description = "Port to accept on; 0 takes a free one.")
        int listen_port() default 0;

        @AttributeDefinition(min = "0", max = "512", description = "Lanes of an unordered channel: 32 to 512, or 0 for 32 between machines and one a core within one.")
        int lanes() default 0;

        @AttributeDefinition(min = "0", max = "64", description = "Event loops; 0 for one a core.")
        int threads() default 0;

        @AttributeDefinition(min = "1", max = "100000", description = "Most open channels, both ways.")
        int channels_max() default 1_000;

        @AttributeDefinition(min = "1", max = "100000", description = "Most accepted connections.")
        int connections_max() default 16_384;

        @AttributeDefinition(min = "1114116", max = "268435456", description = "Most bytes that one lane holds for sending.")
        long queue_bytes_max() default 4 << 20;

        @AttributeDefinition(min = "1114116", max = "68719476736", description = "Most bytes that all lanes hold for sending, beyond 64 KiB a peer.")
        long queue_node_bytes_max() default 256 << 20;

        @AttributeDefinition(min = "1114116", max = "68719476736", description = "Most bytes that all lanes to one peer hold for sending.")
        long queue_peer_bytes_max() default 64 << 20;

        @AttributeDefinition(min = "100", max = "60000", description = "Longest handshake of an accepted connection, in milliseconds.")
        long handshake_timeout_ms() default 10_000;

        @AttributeDefinition(min = "1000", max = "600000", description = "Longest silence of a peer before its lanes count as broken, in milliseconds.")
        long silence_timeout_ms() default 15_000;

        @AttributeDefinition(description = "auto, or off to use NIO and the JDK's TLS instead of native libraries.")
        String natives() default "auto";

        @AttributeDefinition(description = "Names of the only peers it talks to; empty for every member of the cluster.")
        String[] trusted_peers() default {};

        @AttributeDefinition(description = "on, or off for TCP without TLS to and from trusted.peers: data in clear. Refused without trusted.peers.")
        String tls() default "on";

        @AttributeDefinition(description = "RDMA, data in clear: auto for peers named in trusted.peers, on for every member when none is named, off.")
        String rdma() default "auto";

        @AttributeDefinition(description = "Address where peers reach this node's RDMA device; empty for the node's own.")
        String rdma_host() default "";

        @AttributeDefinition(min = "1", max = "16", description = "RDMA lanes of an unordered channel.")
        int rdma_lanes() default 2;

        @AttributeDefinition(min = "1", max = "16", description = "RDMA event loops; at the first use only.")
        int rdma_threads() default 2;

        @AttributeDefinition(min = "65536", max = "67108864", description = "Memory that an RDMA lane locks for each direction.")
        int rdma_buffer_bytes() default 1 << 20;

        @AttributeDefinition(min = "1000", max = "600000", description = "How long a peer is left to TCP after RDMA failed with it, in milliseconds.")
        long rdma_backoff_ms() default 30_000;
    }

    private final DatacenterWays ways;

    /** Starts listening. */
    @Activate
    public DatacenterTransport(Config config, @Reference NodeIdentity identity, @Reference Peers peers, @Reference NodeClock clock) {
        this(config, identity, peers, clock, new DatacenterWays(config));
    }

    private DatacenterTransport(Config config, NodeIdentity identity, Peers peers, NodeClock clock, DatacenterWays ways) {
        super(DatacenterSettings.from(config), identity, peers, clock, ways.fabrics());
        this.ways = ways;
    }

    @Modified
    void modified(Config config) {
        reconfigure(() -> {
            var next = DatacenterSettings.from(config);
            ways.apply(config);
            return next;
        });
    }
}
