// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transport;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Answers channels that peers open for one protocol. Register it as an OSGi service with {@link #PROTOCOL}; every transport provider offers it.
 * Called from a transport's thread; must not block.
 * {@snippet :
 * ProtocolHandler echo = opened -> (channel, frame) -> channel.trySend(frame);
 * }
 */
@ConsumerType
@FunctionalInterface
public interface ProtocolHandler {
    /** Service property, String: name of the protocol, 1 to 64 characters of {@code a-z 0-9 . -}. Mandatory, unique in the node. */
    String PROTOCOL = "dwcp.protocol";

    /**
     * Accepts a channel.
     *
     * @param channel opened by an authenticated peer
     * @return takes its frames
     * @throws TransportException of kind REJECTED to refuse; the opener gets the message
     */
    ChannelHandler accept(Channel channel);
}
