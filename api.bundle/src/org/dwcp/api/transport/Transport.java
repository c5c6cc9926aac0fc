// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transport;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.Slot;
import org.dwcp.api.Swappable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Moves whole frames between nodes. Consumers get it from a route, never by {@code @Reference}; implemented by one provider per version.
 *
 * <p>A provider listens while it is active and accepts channels for every {@link ProtocolHandler} in the service registry, also when it has no
 * share; the routing decides only where new channels are opened. It takes identity and peer addresses from {@link org.dwcp.api.node.NodeIdentity}
 * and {@link org.dwcp.api.node.Peers}, authenticates both ends by TLS 1.3 and refuses a certificate that does not name the expected peer. All
 * methods are thread-safe; {@link #open} blocks, the others return at once.
 * {@snippet :
 * static void greet(Transport transport, NodeId peer, ChannelHandler handler) {
 *     try (Channel channel = transport.open(peer, "hello", handler, OpenOptions.DEFAULT)) {
 *         channel.send(java.nio.ByteBuffer.wrap(new byte[] {1, 2, 3}));
 *     }
 * }
 * }
 */
@ConsumerType
public interface Transport extends Swappable {
    /** The slot. Key: peer and flow. */
    Slot<Transport> SLOT = new Slot<>("transport", Transport.class);
    /** Value of {@link Swappable#SLOT_NAME} for transports. */
    String SLOT_PROPERTY = Swappable.SLOT_NAME + "=transport";
    /** Largest frame, in bytes: one block of 1 MiB and 64 KiB for headers. Source: chosen; what one lane must buffer. */
    int FRAME_BYTES_MAX = (1 << 20) + (64 << 10);

    /**
     * Opens a channel to a peer. Blocks until both ends are authenticated and the peer's handler has accepted, at most the options' timeout.
     *
     * @param peer     a peer that is online and has this provider; the own name opens a channel to this node itself
     * @param protocol name of the peer's {@link ProtocolHandler}, 1 to 64 characters of {@code a-z 0-9 . -}
     * @param handler  gets the frames that the peer sends
     * @param options  order and time
     * @return an open channel; close it
     * @throws TransportException of kind UNAVAILABLE when the peer cannot be reached in time, REJECTED when it has no such protocol or is not
     *         who it should be
     */
    Channel open(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options);

    /**
     * Gives the port where this provider accepts.
     *
     * @return 1 to 65535, or 0 when it accepts nothing from outside (default)
     */
    default int port() {
        return 0;
    }

    /**
     * Gives what the traffic to a peer tells about the link now.
     *
     * @param peer the peer
     * @return the measurements, or empty when there is no channel to it or nothing was measured (default)
     */
    default Optional<LinkStats> link(NodeId peer) {
        return Optional.empty();
    }

    /**
     * Measures a link without traffic by a short burst of this provider's own, within the given time.
     *
     * @param peer     the peer
     * @param duration longest time for the whole measurement
     * @return the measurements, or empty when this provider cannot (default)
     * @throws TransportException of kind UNAVAILABLE when the peer cannot be reached
     */
    default Optional<LinkStats> measure(NodeId peer, Duration duration) {
        return Optional.empty();
    }

    /**
     * Lists the open channels, both ways.
     *
     * @return a snapshot
     */
    default List<ChannelStats> channels() {
        return List.of();
    }

    /**
     * Gives what this provider has counted since it started.
     *
     * @return a snapshot, or empty when this provider does not count (default)
     */
    default Optional<TransportStats> stats() {
        return Optional.empty();
    }
}
