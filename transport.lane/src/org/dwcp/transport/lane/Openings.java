// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.TransportException;
import org.dwcp.transport.whiteboard.Frames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the channels that this end wants: finds the peer, chooses the way, connects the lanes. Thread-safe; blocks. */
final class Openings {
    private static final Logger LOG = LoggerFactory.getLogger(Openings.class);

    private final LaneTransport owner;
    private final Node node;
    private final Connections connections;
    private final Shortcuts shortcuts;
    private final Way tlsWay;

    /** The node that it opens for. */
    record Node(NodeId self, Peers peers, NodeClock clock) {
    }

    private record Target(NodeId peer, String protocol, OpenOptions.Order order) {
    }

    Openings(LaneTransport owner, Node node, Connections connections, Shortcuts shortcuts, Way tlsWay) {
        this.owner = owner;
        this.node = node;
        this.connections = connections;
        this.shortcuts = shortcuts;
        this.tlsWay = tlsWay;
    }

    /** Opens a channel over the first way that works. */
    LaneChannel open(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options) {
        Frames.checkProtocol(protocol);
        long deadlineNs = node.clock.nanoTime() + options.timeout().toNanos();
        var quick = peer.equals(node.self) ? Optional.<LaneChannel>empty() : openShort(peer, protocol, handler, options.order(), deadlineNs);
        return quick.orElseGet(() -> overTls(peer, protocol, handler, left(options, deadlineNs)));
    }

    private OpenOptions left(OpenOptions options, long deadlineNs) {
        return shortcuts.isEmpty() ? options : new OpenOptions(options.order(), Duration.ofNanos(Math.max(1_000_000, deadlineNs - node.clock.nanoTime())));
    }

    private Optional<LaneChannel> openShort(NodeId peer, String protocol, ChannelHandler handler, OpenOptions.Order order, long deadlineNs) {
        if (shortcuts.isEmpty() || Sockets.onLoop()) {
            return Optional.empty();
        }
        owner.checkTrusted(peer);
        var address = locate(peer);
        return shortcuts.open(peer, address, tuner(peer, address, order).first(), deadlineNs, new Shortcuts.Opener() {
            @Override
            public LaneChannel ask(ChannelHandler answer, OpenOptions options) {
                return overTls(peer, Shortcuts.PROTOCOL, answer, options);
            }

            @Override
            public LaneChannel open(Shortcuts.Pass pass, long untilNs) {
                return openOver(pass, new Target(peer, protocol, order), handler, untilNs);
            }
        });
    }

    private LaneChannel openOver(Shortcuts.Pass pass, Target target, ChannelHandler handler, long untilNs) {
        var channel = owner.newChannel(UUID.randomUUID(), target.peer, target.protocol, pass.way(), pass.lanes());
        channel.handler(handler);
        for (int index = 0; index < pass.lanes(); index++) {
            var hello = new Wire.Hello(owner.name(), Wire.Purpose.OPEN, channel.id(), index, target.order, target.protocol);
            var connecting = connections.connect(pass, Math.max(1, (untilNs - node.clock.nanoTime()) / 1_000_000),
                    new Opener(channel, hello, () -> { }, channel::fail));
            channel.whenGone(() -> connecting.channel().close());
            connecting.addListener(done -> {
                if (!done.isSuccess()) {
                    channel.fail(new TransportException(Kind.UNAVAILABLE, "no connection to " + pass.address() + " over " + pass.way().name() + ": "
                            + Troubles.explain(done.cause()).getMessage()));
                }
            });
        }
        try {
            channel.awaitOpen(Duration.ofNanos(Math.max(0, untilNs - node.clock.nanoTime())));
            return channel;
        } catch (TransportException e) {
            if (channel.wasRefused()) {
                throw new Shortcuts.Refused(e);
            }
            throw e;
        }
    }

    private LanePolicy.Path path(NodeId peer, InetSocketAddress address) {
        return new LanePolicy.Path(address.getAddress() != null && address.getAddress().isLoopbackAddress(), owner.meter(peer).latest());
    }

    private LanePolicy.Tuner tuner(NodeId peer, InetSocketAddress address, OpenOptions.Order order) {
        return policy(order).begin(path(peer, address));
    }

    private LanePolicy policy(OpenOptions.Order order) {
        return order == OpenOptions.Order.ORDERED ? LanePolicy.fixed(1) : owner.settings().policy();
    }

    /** Opens a channel over TLS, whatever else there is. */
    LaneChannel overTls(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options) {
        return overTls(peer, protocol, handler, options, path -> policy(options.order()));
    }

    /** The same with a say in how many lanes it has. */
    LaneChannel overTls(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options, Function<LanePolicy.Path, LanePolicy> lanes) {
        Frames.checkProtocol(protocol);
        if (Sockets.onLoop()) {
            throw new TransportException(Kind.REJECTED, "open blocks; do not call it from a transport's callback");
        }
        long deadlineNs = node.clock.nanoTime() + options.timeout().toNanos();
        owner.checkTrusted(peer);
        var address = locate(peer);
        var path = path(peer, address);
        var tuner = lanes.apply(path).begin(path);
        int count = tuner.first();
        var channel = owner.newChannel(UUID.randomUUID(), peer, protocol, tlsWay, count);
        channel.handler(handler);
        var growth = new Growth(tuner, node.clock.nanoTime());
        owner.grow(channel, growth);
        for (int index = 0; index < count; index++) {
            connect(channel, growth, address, new Wire.Hello(owner.name(), Wire.Purpose.OPEN, channel.id(), index, options.order(), protocol),
                    deadlineNs - node.clock.nanoTime(), channel::fail);
        }
        channel.awaitOpen(Duration.ofNanos(Math.max(0, deadlineNs - node.clock.nanoTime())));
        return channel;
    }

    private void connect(LaneChannel channel, Growth growth, InetSocketAddress address, Wire.Hello hello, long timeoutNs,
            Consumer<TransportException> onFailure) {
        long startNs = node.clock.nanoTime();
        growth.begins();
        Consumer<TransportException> failed = why -> {
            growth.settles();
            onFailure.accept(why);
        };
        var connecting = connections.connect(address, Math.max(1, timeoutNs / 1_000_000), new Opener(channel, hello, growth::settles, failed));
        channel.whenGone(() -> connecting.channel().close());
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                owner.meter(channel.peer()).connected(node.clock.nanoTime() - startNs, node.clock.nanoTime());
            } else {
                failed.accept(new TransportException(Kind.UNAVAILABLE, "no connection to " + address + ": "
                        + Troubles.explain(done.cause()).getMessage()));
            }
        });
    }

    private InetSocketAddress locate(NodeId peer) {
        if (peer.equals(node.self)) {
            return connections.ownAddress();
        }
        PeerInfo info = node.peers.find(peer).orElseThrow(() -> new TransportException(Kind.UNAVAILABLE, "peer " + peer + " is not known; add it first"));
        if (!info.online()) {
            throw new TransportException(Kind.UNAVAILABLE, "peer " + peer + " is off line: " + info.problem());
        }
        int port = info.provider(owner.name()).map(ProviderAdvert::port).orElse(0);
        if (port == 0) {
            throw new TransportException(Kind.UNAVAILABLE, "peer " + peer + " has no " + owner.name() + " that accepts");
        }
        var address = new InetSocketAddress(info.host(), port);
        if (address.isUnresolved()) {
            throw new TransportException(Kind.UNAVAILABLE, "host name " + info.host() + " of peer " + peer + " is unknown");
        }
        return address;
    }

    /** Opens more lanes for a channel that runs over TLS. */
    void addLanes(LaneChannel channel, Growth growth, int more) {
        join(channel, growth, more, () -> { });
    }

    /** Opens lanes in place of lost ones; the loss is noted again for those that do not come about. */
    void replaceLanes(LaneChannel channel, Growth growth) {
        join(channel, growth, growth.toReplace(), growth::lost);
    }

    private void join(LaneChannel channel, Growth growth, int more, Runnable onFailure) {
        for (int index = 0; index < more; index++) {
            try {
                var hello = new Wire.Hello(owner.name(), Wire.Purpose.JOIN, channel.id(), channel.lanes().length + index, OpenOptions.Order.UNORDERED,
                        channel.protocol());
                connect(channel, growth, locate(channel.peer()), hello, owner.settings().limits().handshakeTimeout().toNanos(), why -> {
                    LOG.debug("lane not added peer={} reason=\"{}\"", channel.peer(), why.getMessage());
                    onFailure.run();
                });
            } catch (TransportException e) {
                LOG.debug("lane not added peer={} reason=\"{}\"", channel.peer(), e.getMessage());
                onFailure.run();
            }
        }
    }
}
