// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transport;

import java.nio.ByteBuffer;

import org.dwcp.api.NodeId;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A two-way way for whole frames to one peer, over one or more lanes. Every frame arrives whole and at most once; frames that were sent before
 * a break may or may not have arrived, so what must not be lost is acknowledged by the protocol above. Thread-safe.
 * {@snippet :
 * static void send(Channel channel, byte[] header, byte[] body) {
 *     channel.send(java.nio.ByteBuffer.wrap(header), java.nio.ByteBuffer.wrap(body));
 * }
 * }
 */
@ConsumerType
public interface Channel extends AutoCloseable {
    /**
     * Gives the authenticated peer.
     *
     * @return its name
     */
    NodeId peer();

    /**
     * Gives the protocol it was opened for.
     *
     * @return the name
     */
    String protocol();

    /**
     * Gives the provider that carries it.
     *
     * @return for example {@code transport.v3}
     */
    String provider();

    /**
     * Sends one frame. Blocks while the lanes are full: this is the back-pressure. Never call it from a handler's callback.
     *
     * @param parts the frame in pieces; together 1 to {@link Transport#FRAME_BYTES_MAX} bytes. They are consumed before this returns, and may
     *              be used again then
     * @throws TransportException of kind REJECTED for a frame out of bounds, UNAVAILABLE when the channel is or gets closed
     */
    void send(ByteBuffer... parts);

    /**
     * Sends one frame as {@link #send} does, and tells which lane carries it: for protocols that send again what a lane loses, see
     * {@link ChannelHandler#onLaneLost}.
     *
     * @param parts as in {@link #send}
     * @return the lane's number, 0 or more and never given twice on a channel; -1 where lanes are not told apart
     * @throws TransportException as in {@link #send}
     */
    default int sendOnLane(ByteBuffer... parts) {
        send(parts);
        return -1;
    }

    /**
     * Sends one frame if that needs no waiting. May be called from a handler's callback, for short answers such as acknowledgements.
     *
     * @param parts as in {@link #send}
     * @return false when the lanes are full; nothing was sent then
     * @throws TransportException as in {@link #send}
     */
    boolean trySend(ByteBuffer... parts);

    /** Stops reading from the peer after the frames already on their way up: back-pressure of a receiver. */
    void pauseReading();

    /** Reads again. */
    void resumeReading();

    /**
     * Tells whether frames can be sent.
     *
     * @return false once either end has closed or the last lane broke
     */
    boolean isOpen();

    /**
     * Gives its figures.
     *
     * @return a snapshot
     */
    ChannelStats stats();

    /**
     * Closes: what was accepted by {@link #send} goes out first, for at most 1 s. Twice is fine. The handler's {@link ChannelHandler#onClosed}
     * is called once, at both ends.
     */
    @Override
    void close();
}
