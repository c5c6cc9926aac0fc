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
     * Tells that the channel is closed; called once, after the last frame.
     *
     * @param channel the channel
     * @param cause   what broke it, or empty for an orderly end
     */
    default void onClosed(Channel channel, Optional<TransportException> cause) {
    }
}
