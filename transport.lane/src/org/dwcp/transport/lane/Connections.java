// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.TransportException;
import org.dwcp.transport.lane.Counters.Trouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;

/** Makes lanes out of sockets: those that this node connects and those that it accepts. Thread-safe. */
final class Connections {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
    private static final int BACKLOG = 1_024;
    private static final long STOP_LISTENING_MS = 200;

    private final Sockets sockets;
    private final Tls tls;
    private final Counters counters;
    private final Doorman doorman;
    private final Supplier<LaneSettings> settings;
    private final AtomicInteger accepted = new AtomicInteger();
    private final Way own;
    private final Tickets tickets;
    private final Map<Way, Channel> others = new ConcurrentHashMap<>();
    private volatile List<Way> plain = List.of();
    private volatile Channel listening;

    /** {@code own} is the way by TLS. */
    Connections(Sockets sockets, Tls tls, Way own, Tickets tickets, Counters counters, Doorman doorman, Supplier<LaneSettings> settings) {
        this.sockets = sockets;
        this.tls = tls;
        this.own = own;
        this.tickets = tickets;
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

    /** Lets lanes of these fabrics in at the own port. */
    void share(List<Way> fabrics) {
        plain = List.copyOf(fabrics);
    }

    /** Where a way accepts, 0 when it does not. */
    int port(Way way) {
        var channel = way.isTcp() ? listening : others.get(way);
        return channel == null || !channel.isActive() ? 0 : ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** Accepts on a fabric that has connections of its own kind; returns at once. */
    void listen(Way way, Fabric.Kit kit) {
        var host = settings.get().listen().host();
        var made = new ServerBootstrap().group(kit.loops()).channelFactory(kit.servers()).childHandler(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel socket) {
                kit.tuning().accept(socket);
                accept(socket, way, pipeline -> pipeline.addFirst(ticketed(way)));
            }
        }).bind(host, 0);
        others.put(way, made.channel());
        made.addListener(done -> {
            if (!done.isSuccess()) {
                LOG.warn("fabric does not listen name={} host={} reason=\"{}\"", way.name(), host, Troubles.explain(done.cause()).getMessage());
            }
        });
        made.channel().closeFuture().addListener(closed -> others.remove(way, made.channel()));
    }

    boolean listens(Way way) {
        return others.containsKey(way);
    }

    void stopListening(Way way) {
        var channel = others.remove(way);
        if (channel != null) {
            channel.close();
        }
    }

    private TicketHandshake ticketed(Way... ways) {
        return new TicketHandshake.Accepting(tickets, id -> Arrays.stream(ways)
                .flatMap(way -> tickets.use(id, way.name()).stream()).findFirst());
    }

    private void accept(Channel socket) {
        sockets.tune(socket, settings.get().tcp());
        var open = plain.stream().filter(way -> way.fabric().orElseThrow().problem().isEmpty()).findFirst();
        if (open.isEmpty()) {
            accept(socket, own, tls::accepting);
        } else {
            accept(socket, own, pipeline -> pipeline.addFirst(new FirstByte(tls::accepting, rest -> {
                rest.get(Lane.class).over(open.get());
                rest.addFirst(ticketed(open.get()));
            })));
        }
    }

    private void accept(Channel socket, Way way, Consumer<ChannelPipeline> security) {
        var limits = settings.get().limits();
        socket.closeFuture().addListener(closed -> accepted.decrementAndGet());
        if (accepted.incrementAndGet() > limits.connectionsMax()) {
            counters.count(Trouble.CONNECTION_REFUSED);
            socket.close();
            return;
        }
        var acceptor = new Acceptor(doorman, counters);
        var lane = build(socket, way, security, acceptor);
        acceptor.deadline(socket.eventLoop().schedule(() -> acceptor.onTimeout(lane), limits.handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Connects with TLS. */
    ChannelFuture connect(InetSocketAddress address, long timeoutMs, Lane.Events opener) {
        return connect(new Bootstrap().group(sockets.loops()).channel(sockets.channelType()),
                socket -> sockets.tune(socket, settings.get().tcp()), own, tls::connecting, address, timeoutMs, opener);
    }

    /** Connects with a ticket. */
    ChannelFuture connect(Shortcuts.Pass pass, long timeoutMs, Lane.Events opener) {
        var kit = pass.way().fabric().filter(fabric -> !fabric.isTcp()).map(Fabric::kit);
        var bootstrap = kit.map(own -> new Bootstrap().group(own.loops()).channelFactory(own.clients()))
                .orElseGet(() -> new Bootstrap().group(sockets.loops()).channel(sockets.channelType()));
        Consumer<Channel> tuning = kit.map(Fabric.Kit::tuning).orElse(socket -> sockets.tune(socket, settings.get().tcp()));
        return connect(bootstrap, tuning, pass.way(), pipeline -> pipeline.addFirst(new TicketHandshake.Opening(tickets, pass.ticket())), pass.address(),
                timeoutMs, opener);
    }

    private ChannelFuture connect(Bootstrap bootstrap, Consumer<Channel> tuning, Way way, Consumer<ChannelPipeline> security,
            InetSocketAddress address, long timeoutMs, Lane.Events opener) {
        return bootstrap.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(timeoutMs, Integer.MAX_VALUE))
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        tuning.accept(socket);
                        build(socket, way, security, opener);
                    }
                }).connect(address);
    }

    private Lane build(Channel socket, Way way, Consumer<ChannelPipeline> security, Lane.Events first) {
        sockets.share(socket);
        var lane = new Lane(socket, way, counters, settings.get().limits().queueBytesMax(), first);
        socket.pipeline().addLast(lane);
        security.accept(socket.pipeline());
        return lane;
    }
}
