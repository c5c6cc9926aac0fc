// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.netty.channel.AbstractServerChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;

/** Accepts RDMA connections as a Netty server channel. */
final class RdmaServerChannel extends AbstractServerChannel implements RdmaIoHandler.Member {
    private static final Logger LOG = LoggerFactory.getLogger(RdmaServerChannel.class);
    /** Connections taken before others of the loop get their turn. Source: chosen. */
    private static final int TURN_CONNECTIONS = 16;
    private static final int NONE = -1;

    private final RdmaFabric fabric;
    private final ChannelConfig config = new DefaultChannelConfig(this);
    private IoRegistration registration;
    private int socket = NONE;
    private volatile InetSocketAddress address;
    private volatile boolean open = true;

    RdmaServerChannel(RdmaFabric fabric) {
        this.fabric = fabric;
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop instanceof IoEventLoop runs && runs.isCompatible(RdmaIoHandler.Handle.class);
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        ((IoEventLoop) eventLoop()).register(new RdmaIoHandler.Handle(this)).addListener(done -> {
            if (done.isSuccess()) {
                registration = (IoRegistration) done.getNow();
                promise.setSuccess();
            } else {
                promise.setFailure(done.cause());
            }
        });
    }

    @Override
    protected void doDeregister() {
        var was = registration;
        registration = null;
        if (was != null) {
            was.cancel();
        }
    }

    private RdmaSockets sockets() {
        return ((RdmaIoHandler.Place) registration.attachment()).sockets();
    }

    @Override
    public int socket() {
        return socket;
    }

    @Override
    public int interest() {
        return RdmaSockets.IN;
    }

    @Override
    protected void doBind(SocketAddress where) throws IOException {
        socket = sockets().listen((InetSocketAddress) where, fabric.tuning());
        address = sockets().address(socket);
    }

    @Override
    public void closeNow() {
        unsafe().close(voidPromise());
    }

    @Override
    public void happened(int what) {
        try {
            for (int count = 0; count < TURN_CONNECTIONS && open; count++) {
                int accepted = sockets().accept(socket);
                if (accepted == RdmaSockets.LATER) {
                    break;
                }
                pipeline().fireChannelRead(new RdmaChannel(fabric, this, accepted));
            }
            pipeline().fireChannelReadComplete();
        } catch (IOException e) {
            LOG.warn("rdma does not accept any more reason=\"{}\"", e.getMessage());
            unsafe().close(voidPromise());
        }
    }

    @Override
    protected void doBeginRead() {
        // it accepts for as long as it is open
    }

    @Override
    protected void doClose() {
        open = false;
        int was = socket;
        socket = NONE;
        if (was != NONE) {
            fabric.release(was);
        }
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open && address != null;
    }

    @Override
    protected SocketAddress localAddress0() {
        return address;
    }
}
