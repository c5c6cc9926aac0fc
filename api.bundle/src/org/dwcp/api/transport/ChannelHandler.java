// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transport;

import java.nio.ByteBuffer;
import java.util.Optional;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Takes what comes in on a channel. Called by the transport from its own threads: do little and never block. Frames of one lane come one after
 * the other; a channel with several lanes calls concurrently unless it was opened {@link OpenOptions.Order#ORDERED}.
 * {@snippet :
 * ChannelHandler counting = (channel, frame) -> System.out.println(frame.remaining() + " bytes from " + channel.peer());
 * }
 */
@ConsumerType
@FunctionalInterface
public interface ChannelHandler {
    /**
     * Takes one frame.
     *
     * @param channel where it came from
     * @param frame   its bytes, valid only during this call; copy what you keep
     */
    void onFrame(Channel channel, ByteBuffer frame);

    /**
     * Tells that one of several lanes of an {@link OpenOptions.Order#UNORDERED} channel is lost. Frames that this end has sent on it may not have
     * arrived, and frames of the peer on it never will. Called once a lane, after its last frame; each end notices by itself.
     *
     * @param channel the channel
     * @param lane    its number, as {@link Channel#sendOnLane} told it; a send that is under way may tell it only afterwards
     * @param cause   what broke it
     * @return true when this protocol sees to what is lost: the channel goes on over its other lanes, and its opener connects another one; false
     *         ends the channel with the cause
     */
    default boolean onLaneLost(Channel channel, int lane, TransportException cause) {
        return false;
    }

    /**
     * Tells that the channel is closed; called once, after the last frame.
     *
     * @param channel the channel
     * @param cause   what broke it, or empty for an orderly end
     */
    default void onClosed(Channel channel, Optional<TransportException> cause) {
    }
}
