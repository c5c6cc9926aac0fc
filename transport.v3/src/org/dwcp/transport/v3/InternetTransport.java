// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

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
 * The internet's transport as a service: configuration and protocol handlers in, a {@link org.dwcp.transport.lane.LaneTransport} out. Immediate,
 * because it accepts also while nobody asks for it.
 */
@Component(service = Transport.class, immediate = true, configurationPid = InternetTransport.PID, property = {
        Transport.SLOT_PROPERTY, Swappable.PROVIDER + "=" + InternetSettings.PROVIDER, Swappable.VERSION + "=3.0.0",
        Swappable.MODES + "=v3", Swappable.MODES + "=internet", Swappable.MODES + "=hybrid",
        Swappable.CAPABILITIES + "=tcp", Swappable.CAPABILITIES + "=tls13", Swappable.CAPABILITIES + "=lanes=4-16"})
@Designate(ocd = InternetTransport.Config.class)
public final class InternetTransport extends LaneComponent {
    static final String PID = "org.dwcp.transport.v3";

    @ObjectClassDefinition(name = "Transport v3", description = "TCP lanes over wide-area links.")
    @interface Config {
        @AttributeDefinition(description = "Rank among transports; written by the orchestrator.")
        int service_ranking() default 0;

        @AttributeDefinition(description = "Address to accept on; 0.0.0.0 for all.")
        String listen_host() default "0.0.0.0";

        @AttributeDefinition(min = "0", max = "65535", description = "Port to accept on; 0 takes a free one.")
        int listen_port() default 0;

        @AttributeDefinition(min = "4", max = "16", description = "Fewest lanes of an unordered channel.")
        int lanes_min() default 4;

        @AttributeDefinition(min = "4", max = "16", description = "Most lanes of an unordered channel.")
        int lanes_max() default 16;

        @AttributeDefinition(description = "Congestion control in order of preference; empty keeps the system's.")
        String congestion() default "bbr cubic";

        @AttributeDefinition(description = "Congestion control in user space: auto, for the first choice when the kernel lacks it; bbr, cubic; off.")
        String pacing() default "auto";

        @AttributeDefinition(min = "0", max = "100000", description = "Most megabits per second that one lane sends; 0 for no bound.")
        int lane_pacing_mbit_max() default 0;

        @AttributeDefinition(min = "0", max = "100000", description = "Most megabits per second that all lanes of this node send together; 0 for no bound.")
        int pacing_mbit_max() default 0;

        @AttributeDefinition(min = "0", max = "67108864", description = "Most bytes in the kernel that are not on the wire yet; 0 for no bound.")
        int notsent_bytes_max() default 2 << 20;

        @AttributeDefinition(min = "0", max = "64", description = "Event loops; 0 for one a core.")
        int threads() default 0;

        @AttributeDefinition(min = "1", max = "100000", description = "Most open channels, both ways.")
        int channels_max() default 1_000;

        @AttributeDefinition(min = "1", max = "100000", description = "Most accepted connections.")
        int connections_max() default 4_096;

        @AttributeDefinition(min = "1114116", max = "268435456", description = "Most bytes that one lane holds for sending.")
        long queue_bytes_max() default 2 << 20;

        @AttributeDefinition(min = "1114116", max = "68719476736", description = "Most bytes that all lanes hold for sending, beyond 64 KiB a peer.")
        long queue_node_bytes_max() default 256 << 20;

        @AttributeDefinition(min = "1114116", max = "68719476736", description = "Most bytes that all lanes to one peer hold for sending.")
        long queue_peer_bytes_max() default 64 << 20;

        @AttributeDefinition(min = "100", max = "60000", description = "Longest handshake of an accepted connection, in milliseconds.")
        long handshake_timeout_ms() default 10_000;

        @AttributeDefinition(min = "1000", max = "600000", description = "Longest silence of a peer before its lanes count as broken, in milliseconds.")
        long silence_timeout_ms() default 30_000;

        @AttributeDefinition(description = "auto, or off to use NIO and the JDK's TLS instead of native libraries.")
        String natives() default "auto";

        @AttributeDefinition(description = "Names of the only peers it talks to; empty for every member of the cluster.")
        String[] trusted_peers() default {};
    }

    /** Starts listening. */
    @Activate
    public InternetTransport(Config config, @Reference NodeIdentity identity, @Reference Peers peers, @Reference NodeClock clock) {
        super(InternetSettings.from(config), identity, peers, clock);
    }

    @Modified
    void modified(Config config) {
        reconfigure(() -> InternetSettings.from(config));
    }
}
