// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.Transport;

/**
 * What a provider made of lanes is built from. Immutable; every bound is checked.
 *
 * @param provider name of the provider, such as {@code transport.v3}; peers with the same name talk to each other
 * @param listen   where it accepts
 * @param limits   what bounds it
 * @param tcp      how its sockets are tuned
 * @param policy   how many lanes a channel gets
 * @param trusted  the only peers it talks to; empty means every member of the cluster
 * @param traits   what else the provider tells about how it works on this machine
 */
public record LaneSettings(String provider, Listen listen, Limits limits, Tcp tcp, LanePolicy policy, Set<NodeId> trusted,
        Map<String, String> traits) {
    /** Copies the collections. */
    public LaneSettings {
        Objects.requireNonNull(provider);
        Objects.requireNonNull(listen);
        Objects.requireNonNull(limits);
        Objects.requireNonNull(tcp);
        Objects.requireNonNull(policy);
        trusted = Set.copyOf(trusted);
        traits = Map.copyOf(traits);
    }

    /** Whether native libraries (epoll, BoringSSL) may be used. */
    public enum Natives {
        /** Where they are there. */
        AUTO,
        /** Never: NIO and the JDK's TLS. */
        OFF;

        /**
         * Reads a configuration's word.
         *
         * @param word {@code auto} or {@code off}
         * @return the value
         */
        public static Natives of(String word) {
            Check.argument(word.equals("auto") || word.equals("off"), "natives '%s' is neither auto nor off", word);
            return word.equals("auto") ? AUTO : OFF;
        }
    }

    /**
     * Reads a configuration's list of trusted peers.
     *
     * @param names node names; blank ones are left out
     * @return the nodes
     */
    public static Set<NodeId> trusted(String... names) {
        return Arrays.stream(names).filter(name -> !name.isBlank()).map(String::strip).map(NodeId::of).collect(Collectors.toSet());
    }

    /**
     * Reads a configuration's number of event loops.
     *
     * @param threads 0 for one a core
     * @return the number
     */
    public static int threads(int threads) {
        return threads == 0 ? Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 64) : threads;
    }

    /**
     * Where a provider accepts.
     *
     * @param host address to bind, such as {@code 0.0.0.0} or {@code 127.0.0.1}
     * @param port 0 to 65535; 0 takes a free one
     */
    public record Listen(String host, int port) {
        /** Checks the port. */
        public Listen {
            Check.argument(!host.isBlank(), "listen.host is empty; give an address, 0.0.0.0 for all");
            Check.argument(port >= 0 && port <= 65_535, "listen.port %d is not in 0..65535", port);
        }
    }

    /**
     * What bounds a provider.
     *
     * @param threads          event loops, 1 to 64
     * @param channelsMax      open channels, both ways, 1 to 100000
     * @param connectionsMax   accepted connections, including those that have not shown who they are, 1 to 100000
     * @param queueBytesMax    bytes that one lane holds for sending, one largest frame to 256 MiB
     * @param nodeBytesMax     bytes that all channels together hold for sending, beyond 64 KiB a peer; {@code peerBytesMax} to 64 GiB
     * @param peerBytesMax     bytes that all channels to one peer hold for sending, one largest frame to {@code nodeBytesMax}
     * @param handshakeTimeout how long an accepted connection may take to show who it is and what it wants, 100 ms to 60 s
     */
    public record Limits(int threads, int channelsMax, int connectionsMax, long queueBytesMax, long nodeBytesMax, long peerBytesMax, Duration handshakeTimeout) {
        /** Source: chosen; four peers that do not read fill it, and what is small goes out all the same. */
        public static final long NODE_BYTES_DEFAULT = 256 << 20;
        /** Source: chosen; what 1 Gbit/s carries in 500 ms. */
        public static final long PEER_BYTES_DEFAULT = 64 << 20;

        /** Checks every bound. */
        public Limits {
            Check.argument(threads >= 1 && threads <= 64, "threads %d is not in 1..64", threads);
            Check.argument(channelsMax >= 1 && channelsMax <= 100_000, "channels.max %d is not in 1..100000", channelsMax);
            Check.argument(connectionsMax >= 1 && connectionsMax <= 100_000, "connections.max %d is not in 1..100000", connectionsMax);
            Check.argument(queueBytesMax >= Transport.FRAME_BYTES_MAX + Wire.HEADER_BYTES && queueBytesMax <= 256 << 20,
                    "queue.bytes.max %d is not in %d..%d", queueBytesMax, Transport.FRAME_BYTES_MAX + Wire.HEADER_BYTES, 256 << 20);
            Check.argument(peerBytesMax >= Transport.FRAME_BYTES_MAX + Wire.HEADER_BYTES && peerBytesMax <= nodeBytesMax,
                    "queue.peer.bytes.max %d is not in %d..queue.node.bytes.max, %d", peerBytesMax, Transport.FRAME_BYTES_MAX + Wire.HEADER_BYTES, nodeBytesMax);
            Check.argument(nodeBytesMax <= 64L << 30, "queue.node.bytes.max %d is above %d", nodeBytesMax, 64L << 30);
            Check.argument(handshakeTimeout.toMillis() >= 100 && handshakeTimeout.toMillis() <= 60_000,
                    "handshake.timeout.ms %d is not in 100..60000", handshakeTimeout.toMillis());
        }

        /**
         * Takes the defaults for what all channels hold.
         *
         * @param threads          as above
         * @param channelsMax      as above
         * @param connectionsMax   as above
         * @param queueBytesMax    as above
         * @param handshakeTimeout as above
         */
        public Limits(int threads, int channelsMax, int connectionsMax, long queueBytesMax, Duration handshakeTimeout) {
            this(threads, channelsMax, connectionsMax, queueBytesMax, NODE_BYTES_DEFAULT, PEER_BYTES_DEFAULT, handshakeTimeout);
        }
    }

    /** Pacing of lanes in user space. */
    public interface Pacing {
        /** None. */
        Pacing NONE = congestion -> Optional.empty();

        /**
         * Decides for all lanes of a provider.
         *
         * @param congestion congestion control that its sockets have, empty text for the system's
         * @return makes a pacer for each lane, or empty when none is needed
         */
        Optional<Supplier<Pacer>> with(String congestion);
    }

    /**
     * How sockets are tuned. What a kernel does not know is left out and shown in the provider's traits.
     *
     * @param natives       whether native libraries may be used
     * @param congestion    congestion control in order of preference, separated by spaces; empty text keeps the system's
     * @param notsentBytes  most bytes that the kernel takes beyond what it can send (TCP_NOTSENT_LOWAT), 0 for no bound, to 64 MiB
     * @param pacingBps     most bits per second that one lane sends (SO_MAX_PACING_RATE), 0 for no bound
     * @param nodePacingBps most bits per second that all lanes of the provider send together, shared by those that are busy, 0 for no bound
     * @param pacing        paces lanes when the kernel does not do it as wanted; asked once, with the congestion control in use
     * @param silence       how long a peer may stay silent on data or keep-alives before the lane counts as broken, 1 s to 10 min
     */
    public record Tcp(Natives natives, String congestion, int notsentBytes, long pacingBps, long nodePacingBps, Pacing pacing, Duration silence) {
        /** Without a bound for all lanes together. */
        public Tcp(Natives natives, String congestion, int notsentBytes, long pacingBps, Pacing pacing, Duration silence) {
            this(natives, congestion, notsentBytes, pacingBps, 0, pacing, silence);
        }

        /** Checks every bound. */
        public Tcp {
            Objects.requireNonNull(natives);
            Objects.requireNonNull(congestion);
            Objects.requireNonNull(pacing);
            Check.argument(notsentBytes >= 0 && notsentBytes <= 64 << 20, "notsent.bytes.max %d is not in 0..%d", notsentBytes, 64 << 20);
            Check.argument(pacingBps >= 0, "pacing rate %d bit/s is below 0", pacingBps);
            Check.argument(nodePacingBps >= 0, "pacing rate %d bit/s of the node is below 0", nodePacingBps);
            Check.argument(silence.toMillis() >= 1_000 && silence.toMillis() <= 600_000, "silence.timeout.ms %d is not in 1000..600000",
                    silence.toMillis());
        }
    }
}
