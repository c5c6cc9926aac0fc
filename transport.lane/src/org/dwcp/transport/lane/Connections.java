// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.TransportException;
import org.dwcp.transport.lane.Counters.Trouble;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;

/** Makes lanes out of sockets: those that this node connects and those that it accepts. Thread-safe. */
final class Connections {
    private static final int BACKLOG = 1_024;
    private static final long STOP_LISTENING_MS = 200;

    private final Sockets sockets;
    private final Tls tls;
    private final Counters counters;
    private final Doorman doorman;
    private final Supplier<LaneSettings> settings;
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile Channel listening;

    Connections(Sockets sockets, Tls tls, Counters counters, Doorman doorman, Supplier<LaneSettings> settings) {
        this.sockets = sockets;
        this.tls = tls;
        this.counters = counters;
        this.doorman = doorman;
        this.settings = settings;
    }

    /** Binds; what was bound before is given up when that has worked. */
    void listen(LaneSettings.Listen where) {
        var bound = new ServerBootstrap().group(sockets.loops()).channel(sockets.serverType())
                .option(ChannelOption.SO_REUSEADDR, true).option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        accept(socket);
                    }
                }).bind(where.host(), where.port()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new TransportException(Kind.UNAVAILABLE, "cannot listen on " + where.host() + ":" + where.port() + ": "
                    + Troubles.explain(bound.cause()).getMessage() + "; choose another listen.port or listen.host");
        }
        stopListening();
        listening = bound.channel();
    }

    void stopListening() {
        var before = listening;
        listening = null;
        if (before != null) {
            before.close().awaitUninterruptibly(STOP_LISTENING_MS);
        }
    }

    /** The port, or 0 when it does not listen. */
    int port() {
        var channel = listening;
        return channel == null ? 0 : ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** Where this node reaches itself. */
    InetSocketAddress ownAddress() {
        var channel = listening;
        if (channel == null) {
            throw new TransportException(Kind.UNAVAILABLE, "this node does not listen any more");
        }
        var own = (InetSocketAddress) channel.localAddress();
        return own.getAddress().isAnyLocalAddress() ? new InetSocketAddress(InetAddress.getLoopbackAddress(), own.getPort()) : own;
    }

    private void accept(Channel socket) {
        var limits = settings.get().limits();
        socket.closeFuture().addListener(closed -> accepted.decrementAndGet());
        if (accepted.incrementAndGet() > limits.connectionsMax()) {
            counters.count(Trouble.CONNECTION_REFUSED);
            socket.close();
            return;
        }
        var acceptor = new Acceptor(doorman, counters);
        var lane = build(socket, tls::server, acceptor);
        acceptor.deadline(socket.eventLoop().schedule(() -> acceptor.onTimeout(lane), limits.handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS));
    }

    ChannelFuture connect(InetSocketAddress address, long timeoutMs, Lane.Events opener) {
        return new Bootstrap().group(sockets.loops()).channel(sockets.channelType())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(timeoutMs, Integer.MAX_VALUE))
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        build(socket, tls::client, opener);
                    }
                }).connect(address);
    }

    private Lane build(Channel socket, Function<ByteBufAllocator, SslHandler> security, Lane.Events first) {
        var now = settings.get();
        sockets.tune(socket, now.tcp());
        var lane = new Lane(socket, tls, counters, now.limits().queueBytesMax(), first);
        socket.pipeline().addLast(security.apply(socket.alloc()), lane);
        return lane;
    }
}
