// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3;

import java.nio.ByteBuffer;
import java.util.function.Function;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.Transport;

/** A channel with the lease of its transport: says that it is not open any more when the route has moved on, so that the next frame opens another. */
record LeasedChannel(Lease<Transport> lease, Channel channel) implements Channel {
    static Channel open(Lease<Transport> lease, Function<Transport, Channel> open) {
        try {
            return new LeasedChannel(lease, open.apply(lease.provider()));
        } catch (DwcpException e) {
            lease.failed(e);
            lease.close();
            throw e;
        }
    }

    @Override
    public NodeId peer() {
        return channel.peer();
    }

    @Override
    public String protocol() {
        return channel.protocol();
    }

    @Override
    public String provider() {
        return channel.provider();
    }

    @Override
    public void send(ByteBuffer... parts) {
        channel.send(parts);
    }

    @Override
    public boolean trySend(ByteBuffer... parts) {
        return channel.trySend(parts);
    }

    @Override
    public void pauseReading() {
        channel.pauseReading();
    }

    @Override
    public void resumeReading() {
        channel.resumeReading();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen() && lease.isCurrent();
    }

    @Override
    public ChannelStats stats() {
        return channel.stats();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } finally {
            lease.close();
        }
    }
}
