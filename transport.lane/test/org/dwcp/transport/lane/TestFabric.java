// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import org.dwcp.api.NodeId;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

/** A fabric of ordinary sockets that can be made to fail. */
final class TestFabric implements Fabric {
    final Set<NodeId> trusted = ConcurrentHashMap.newKeySet();
    final List<Channel> sockets = new CopyOnWriteArrayList<>();
    volatile String problem = "";
    volatile boolean unreachable;
    volatile Duration barred = Duration.ofMinutes(10);
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<NioServerSocketChannel> servers = new CopyOnWriteArrayList<>();

    TestFabric(NodeId... trusted) {
        this.trusted.addAll(List.of(trusted));
    }

    int port() {
        var address = servers.getLast().localAddress();
        return address == null ? 0 : address.getPort();
    }

    @Override
    public String name() {
        return "test";
    }

    @Override
    public Optional<String> problem() {
        return problem.isEmpty() ? Optional.empty() : Optional.of(problem);
    }

    @Override
    public boolean trusts(NodeId peer) {
        return trusted.contains(peer);
    }

    @Override
    public int lanes(int usual) {
        return Math.min(usual, 3);
    }

    @Override
    public boolean isTcp() {
        return false;
    }

    @Override
    public Kit kit() {
        return new Kit(loops, () -> {
            var socket = new NioSocketChannel();
            sockets.add(socket);
            return socket;
        }, () -> {
            var server = new NioServerSocketChannel();
            servers.add(server);
            return server;
        }, socket -> socket.config().setOption(ChannelOption.TCP_NODELAY, true));
    }

    @Override
    public String host() {
        return unreachable ? "127.0.0.99" : "";
    }

    @Override
    public Duration barred() {
        return barred;
    }

    @Override
    public Map<String, String> traits() {
        return Map.of("test", problem);
    }

    @Override
    public List<Thread> close(long timeoutMs) {
        loops.shutdownGracefully(0, timeoutMs, TimeUnit.MILLISECONDS);
        loops.terminationFuture().awaitUninterruptibly(timeoutMs);
        return new ArrayList<>();
    }
}
