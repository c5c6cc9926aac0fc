// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.ToIntFunction;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;

/** The simplest transport between processes: a plain TCP connection for each channel, frames with a length in front, no security. */
public final class SocketTransport implements Transport, AutoCloseable {
    private final NodeId self;
    private final ToIntFunction<NodeId> ports;
    private final Function<String, Optional<ProtocolHandler>> protocols;
    private final ServerSocket server;

    public SocketTransport(NodeId self, ToIntFunction<NodeId> ports, Function<String, Optional<ProtocolHandler>> protocols) throws IOException {
        this.self = self;
        this.ports = ports;
        this.protocols = protocols;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("socket.accept").start(this::accept);
    }

    @Override
    public int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> welcome(socket));
            }
        } catch (IOException _) {
            return; // closed
        }
    }

    private void welcome(Socket socket) {
        try {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            NodeId peer = NodeId.of(in.readUTF());
            String protocol = in.readUTF();
            SocketChannel channel = new SocketChannel(socket, peer, protocol);
            Optional<ProtocolHandler> handler = protocols.apply(protocol);
            channel.out.writeBoolean(handler.isPresent());
            channel.out.flush();
            if (handler.isPresent()) {
                channel.read(in, handler.get().accept(channel));
            }
        } catch (IOException | DwcpException _) {
            return;
        }
    }

    @Override
    public Channel open(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options) {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.applyAsInt(peer)), (int) options.timeout().toMillis());
            SocketChannel channel = new SocketChannel(socket, peer, protocol);
            channel.out.writeUTF(self.value());
            channel.out.writeUTF(protocol);
            channel.out.flush();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            if (!in.readBoolean()) {
                throw new TransportException(Kind.REJECTED, peer + " has no protocol " + protocol);
            }
            Thread.ofVirtual().start(() -> channel.read(in, handler));
            return channel;
        } catch (IOException e) {
            throw new TransportException(Kind.UNAVAILABLE, peer + " cannot be reached: " + e.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private static final class SocketChannel implements Channel {
        private final Socket socket;
        private final NodeId peer;
        private final String protocol;
        private final DataOutputStream out;
        private final Object gate = new Object();
        private final AtomicBoolean closed = new AtomicBoolean();
        private boolean paused;

        SocketChannel(Socket socket, NodeId peer, String protocol) throws IOException {
            this.socket = socket;
            this.peer = peer;
            this.protocol = protocol;
            out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 64 << 10));
        }

        void read(DataInputStream in, ChannelHandler handler) {
            Optional<TransportException> cause = Optional.empty();
            try {
                while (true) {
                    synchronized (gate) {
                        while (paused && !closed.get()) {
                            gate.wait();
                        }
                    }
                    byte[] frame = new byte[in.readInt()];
                    in.readFully(frame);
                    if (frame.length == 0) {
                        break; // an orderly end
                    }
                    handler.onFrame(this, ByteBuffer.wrap(frame));
                }
            } catch (IOException e) {
                if (!closed.get()) {
                    cause = Optional.of(new TransportException(Kind.UNAVAILABLE, "connection to " + peer + " broke: " + e.getMessage()));
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            closed.set(true);
            shut();
            handler.onClosed(this, cause);
        }

        @Override
        public NodeId peer() {
            return peer;
        }

        @Override
        public String protocol() {
            return protocol;
        }

        @Override
        public String provider() {
            return "socket";
        }

        @Override
        public void send(ByteBuffer... parts) {
            int bytes = 0;
            for (ByteBuffer part : parts) {
                bytes += part.remaining();
            }
            try {
                synchronized (out) {
                    if (closed.get()) {
                        throw new IOException("closed");
                    }
                    out.writeInt(bytes);
                    for (ByteBuffer part : parts) {
                        byte[] copy = new byte[part.remaining()];
                        part.get(copy);
                        out.write(copy);
                    }
                    out.flush();
                }
            } catch (IOException e) {
                throw new TransportException(Kind.UNAVAILABLE, "connection to " + peer + " broke: " + e.getMessage());
            }
        }

        @Override
        public boolean trySend(ByteBuffer... parts) {
            send(parts); // answers are small beside a socket's buffer
            return true;
        }

        @Override
        public void pauseReading() {
            synchronized (gate) {
                paused = true;
            }
        }

        @Override
        public void resumeReading() {
            synchronized (gate) {
                paused = false;
                gate.notifyAll();
            }
        }

        @Override
        public boolean isOpen() {
            return !closed.get();
        }

        @Override
        public ChannelStats stats() {
            return new ChannelStats(peer, protocol, provider(), 1, 0, 0, 0, 0);
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                try {
                    synchronized (out) {
                        out.writeInt(0);
                        out.flush();
                    }
                    socket.shutdownOutput();
                } catch (IOException _) {
                    shut();
                }
                resumeReading();
            }
        }

        private void shut() {
            try {
                socket.close();
            } catch (IOException _) {
                return;
            }
        }
    }
}
