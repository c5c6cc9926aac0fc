// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;

/** A provider in memory. Channels of one name connect nodes of one {@link TestCluster}. */
public final class FakeTransport implements Transport {
    private static final int LANES = 4;

    private final TestCluster cluster;
    private final NodeId node;
    private final String name;
    private final Set<FakeChannel> open = ConcurrentHashMap.newKeySet();
    private volatile Faults faults = new Faults(1);

    FakeTransport(TestCluster cluster, NodeId node, String name) {
        this.cluster = cluster;
        this.node = node;
        this.name = name;
    }

    NodeId node() {
        return node;
    }

    public String name() {
        return name;
    }

    Faults faults() {
        return faults;
    }

    public void faults(Faults changed) {
        faults = changed;
    }

    @Override
    public Channel open(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options) {
        faults.beforeOpen();
        TestNode remote = cluster.find(peer);
        ProtocolHandler accepts = remote == null || !remote.isUp() ? null : remote.protocols().get(protocol);
        if (remote == null || !remote.isUp()) {
            throw new TransportException(Kind.UNAVAILABLE, peer + " does not answer on " + name);
        }
        if (accepts == null) {
            throw new TransportException(Kind.REJECTED, peer + " has no protocol " + protocol);
        }
        FakeTransport there = remote.transport(name);
        FakeChannel[] ends = FakeChannel.pair(this, there, protocol, options.order() == OpenOptions.Order.ORDERED ? 1 : LANES);
        ChannelHandler far = accepts.accept(ends[1]);
        open.add(ends[0]);
        there.open.add(ends[1]);
        ends[1].start(far);
        ends[0].start(handler);
        return ends[0];
    }

    void forget(FakeChannel channel) {
        open.remove(channel);
    }

    /** Breaks all channels. */
    public void cutAll(String why) {
        List.copyOf(open).forEach(channel -> channel.cut(why));
    }

    public int openChannels() {
        return open.size();
    }

    @Override
    public List<ChannelStats> channels() {
        return open.stream().map(FakeChannel::stats).toList();
    }
}
