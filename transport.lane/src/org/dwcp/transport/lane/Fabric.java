// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

import org.dwcp.api.NodeId;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;

/**
 * What carries lanes without TLS between nodes that trust each other: RDMA, or plain TCP. Both ends prove who they are by a ticket that one of
 * them got from the other over TLS; what follows is neither encrypted nor checked. Thread-safe.
 */
public interface Fabric {
    /**
     * What makes connections of a kind of its own.
     *
     * @param loops   event loops that can run them
     * @param clients makes those that connect
     * @param servers makes those that accept
     * @param tuning  tunes a new one: not connected yet, or just accepted
     */
    record Kit(EventLoopGroup loops, ChannelFactory<? extends Channel> clients, ChannelFactory<? extends ServerChannel> servers,
            Consumer<Channel> tuning) {
    }

    /** How long a peer is left alone after this failed with it, unless a fabric says otherwise. Source: chosen; as a failed provider's longest pause. */
    Duration BARRED = Duration.ofSeconds(30);

    /**
     * Gives the name that both ends must agree on.
     *
     * @return for example {@code rdma/rsockets}; at most 32 ASCII characters
     */
    String name();

    /**
     * Tells why it cannot be used now. Asked often, so it returns within 10 ms.
     *
     * @return the reason in words, or empty when it can be used
     */
    Optional<String> problem();

    /**
     * Tells whether a peer may see data in clear.
     *
     * @param peer a member of the cluster
     * @return false keeps to TLS
     */
    boolean trusts(NodeId peer);

    /**
     * Gives the lanes of a channel.
     *
     * @param usual how many it would have over TLS, 1 when its frames are ordered
     * @return 1 to {@code usual}
     */
    int lanes(int usual);

    /**
     * Tells whether its lanes are TCP connections to the provider's own port, so that it needs no {@link #kit}.
     *
     * @return the same each time
     */
    boolean isTcp();

    /**
     * Gives what makes its connections. Called only while there is no {@link #problem}, and never of one that {@link #isTcp}.
     *
     * @return the same each time
     * @throws org.dwcp.api.transport.TransportException of kind UNAVAILABLE when it is closed, or cannot be used any more
     */
    Kit kit();

    /**
     * Gives the address where peers reach it.
     *
     * @return a host name or address, empty text for the one where they reach this node
     */
    String host();

    /**
     * Gives how long a peer is left alone after this failed with it.
     *
     * @return 1 s to 10 min
     */
    default Duration barred() {
        return BARRED;
    }

    /**
     * Tells how it works here.
     *
     * @return for {@link org.dwcp.api.transport.TransportStats#traits}
     */
    Map<String, String> traits();

    /**
     * Ends what it started.
     *
     * @param timeoutMs longest time for that
     * @return threads that did not end in time
     */
    List<Thread> close(long timeoutMs);
}
