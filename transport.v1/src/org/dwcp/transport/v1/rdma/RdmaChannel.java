// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ConnectionPendingException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;

/**
 * An RDMA connection as a Netty channel, so that a lane runs over it as over TCP. Its socket is made, used and given up on its event loop; only
 * closing it is done elsewhere, because that may wait for the peer.
 */
final class RdmaChannel extends AbstractChannel implements RdmaIoHandler.Member {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);
    /** Bytes written before the other lanes of the loop get their turn. Source: chosen; as a lane's own turn. */
    private static final int TURN_BYTES = 512 << 10;
    private static final int NONE = -1;

    private final RdmaFabric fabric;
    private final ChannelConfig config = new DefaultChannelConfig(this) {
        @Override
        protected void autoReadCleared() {
            if (eventLoop().inEventLoop()) {
                reading = false;
            } else {
                eventLoop().execute(() -> reading = isAutoRead());
            }
        }
    };
    private IoRegistration registration;
    private InetSocketAddress remote;
    private ChannelPromise connecting;
    private Future<?> connectTimer;
    private int socket;
    private boolean reading;
    private boolean waitsForRoom;
    private boolean peerHasEnded;
    private volatile boolean open = true;
    private volatile boolean active;

    /** One that will connect. */
    RdmaChannel(RdmaFabric fabric) {
        this(fabric, null, NONE);
    }

    /** One that was accepted. */
    RdmaChannel(RdmaFabric fabric, Channel parent, int socket) {
        super(parent);
        this.fabric = fabric;
        this.socket = socket;
        active = socket != NONE;
    }

    // ---- its place in the loop

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
        if (connecting != null) {
            return RdmaSockets.OUT;
        }
        // A peer that has ended would be told again and again; until somebody reads, there is nothing to do about it.
        return (reading ? RdmaSockets.IN : peerHasEnded ? 0 : RdmaSockets.ENDED) | (waitsForRoom ? RdmaSockets.OUT : 0);
    }

    @Override
    public void closeNow() {
        unsafe().close(voidPromise());
    }

    @Override
    public void happened(int what) {
        var unsafe = (RdmaUnsafe) unsafe();
        if (connecting != null) {
            unsafe.finishConnect();
            return;
        }
        if ((what & RdmaSockets.OUT) != 0 && open) {
            waitsForRoom = false;
            unsafe.flushNow();
        }
        boolean broken = (what & RdmaSockets.BROKEN) != 0;
        peerHasEnded |= (what & RdmaSockets.ENDED) != 0;
        if ((reading || broken) && open && (what & ~RdmaSockets.OUT) != 0) {
            unsafe.read(broken);
        }
    }

    // ---- states

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return active;
    }

    @Override
    protected SocketAddress localAddress0() {
        return null;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return remote;
    }

    @Override
    protected void doBind(SocketAddress address) {
        throw new UnsupportedOperationException("an RDMA lane is not bound");
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected void doClose() {
        open = false;
        active = false;
        if (connectTimer != null) {
            connectTimer.cancel(false);
        }
        var waiting = connecting;
        connecting = null;
        if (waiting != null) {
            waiting.tryFailure(new ConnectException("closed before it was connected"));
        }
        int was = socket;
        socket = NONE;
        if (was != NONE) {
            fabric.release(was);
        }
    }

    @Override
    protected void doBeginRead() {
        reading = true;
    }

    // ---- writing

    @Override
    protected Object filterOutboundMessage(Object message) {
        var buffer = (ByteBuf) message;
        if (buffer.hasMemoryAddress()) {
            return buffer;
        }
        var direct = alloc().directBuffer(buffer.readableBytes()).writeBytes(buffer);
        buffer.release();
        return direct;
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer queue) throws IOException {
        for (int moved = 0; moved < TURN_BYTES;) {
            var next = (ByteBuf) queue.current();
            if (next == null) {
                return;
            }
            if (!next.isReadable()) {
                queue.remove();
                continue;
            }
            int sent = sockets().send(socket, next.memoryAddress() + next.readerIndex(), next.readableBytes());
            if (sent == RdmaSockets.LATER) {
                waitsForRoom = true;
                return;
            }
            queue.removeBytes(sent);
            moved += sent;
        }
        eventLoop().execute(() -> ((RdmaUnsafe) unsafe()).flushNow());
    }

    // ---- connecting and reading

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new RdmaUnsafe();
    }

    private final class RdmaUnsafe extends AbstractUnsafe {
        @Override
        public void connect(SocketAddress address, SocketAddress local, ChannelPromise promise) {
            if (!promise.setUncancellable() || !ensureOpen(promise)) {
                return;
            }
            try {
                if (socket != NONE) {
                    throw new ConnectionPendingException();
                }
                remote = (InetSocketAddress) address;
                socket = sockets().connect(remote, fabric.tuning());
                connecting = promise;
                int timeoutMs = config.getConnectTimeoutMillis();
                connectTimer = eventLoop().schedule(() -> {
                    if (promise.tryFailure(new ConnectTimeoutException("no RDMA connection to " + address + " within " + timeoutMs + " ms"))) {
                        close(voidPromise());
                    }
                }, timeoutMs, TimeUnit.MILLISECONDS);
            } catch (IOException | RuntimeException e) {
                promise.tryFailure(e);
                close(voidPromise());
            }
        }

        void finishConnect() {
            var promise = connecting;
            connecting = null;
            connectTimer.cancel(false);
            try {
                sockets().connected(socket);
                active = true;
                promise.trySuccess();
                pipeline().fireChannelActive();
            } catch (IOException e) {
                promise.tryFailure(e);
                close(voidPromise());
            }
        }

        @Override
        protected void flush0() {
            if (!waitsForRoom) {
                super.flush0();
            }
        }

        void flushNow() {
            flush0();
        }

        void read(boolean broken) {
            var allocation = recvBufAllocHandle();
            allocation.reset(config);
            boolean ended = false;
            try {
                do {
                    var buffer = allocation.allocate(alloc());
                    int read = fill(buffer);
                    allocation.attemptedBytesRead(buffer.writableBytes());
                    allocation.lastBytesRead(read);
                    if (read <= 0) {
                        buffer.release();
                        ended = read == 0;
                        break;
                    }
                    allocation.incMessagesRead(1);
                    pipeline().fireChannelRead(buffer);
                } while (allocation.continueReading() && reading && open);
                allocation.readComplete();
                pipeline().fireChannelReadComplete();
                if (broken && (ended || !reading)) {
                    pipeline().fireExceptionCaught(new RdmaException("the RDMA connection broke: its device is gone or the peer does not answer"));
                }
            } catch (IOException e) {
                ended = true;
                pipeline().fireExceptionCaught(e);
            }
            if (ended || broken) {
                close(voidPromise());
            }
        }

        private int fill(ByteBuf buffer) throws IOException {
            try {
                int read = sockets().receive(socket, buffer.memoryAddress() + buffer.writerIndex(), buffer.writableBytes());
                if (read > 0) {
                    buffer.writerIndex(buffer.writerIndex() + read);
                }
                return read;
            } catch (IOException e) {
                buffer.release();
                throw e;
            }
        }
    }
}
