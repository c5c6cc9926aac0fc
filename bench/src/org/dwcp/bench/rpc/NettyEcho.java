// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.rpc;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.testkit.node.TestAuthority;

/**
 * The least that Netty can do: one connection, frames with a length of four bytes, everything on the event loops, answers flushed once a read.
 * With TLS it is set up as our transports are: BoringSSL, TLS 1.3, certificates on both sides.
 */
final class NettyEcho implements Echo {
    private static final int LENGTH_BYTES = 4;
    private static final int FRAME_BYTES_MAX = 2 << 20;
    private static final int TIMEOUT_S = 30;

    /** What the connection carries. */
    enum Security { PLAIN, TLS }

    private final Security security;
    private final EventLoopGroup serverLoops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final EventLoopGroup clientLoops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final SslContext serverTls;
    private final SslContext clientTls;
    private final Channel listening;
    private final Channel connection;

    NettyEcho(Security security, TestAuthority authority) throws Exception {
        this.security = security;
        serverTls = context(security, authority.issue(NodeId.of("server")), false);
        clientTls = context(security, authority.issue(NodeId.of("client")), true);
        listening = new ServerBootstrap().group(serverLoops).channel(EpollServerSocketChannel.class).childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        begin(socket, serverTls);
                        socket.pipeline().addLast(new Answering());
                    }
                }).bind(InetAddress.getLoopbackAddress(), 0).sync().channel();
        connection = new Bootstrap().group(clientLoops).channel(EpollSocketChannel.class).option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        begin(socket, clientTls);
                    }
                }).connect(InetAddress.getLoopbackAddress(), ((InetSocketAddress) listening.localAddress()).getPort()).sync().channel();
    }

    private static SslContext context(Security security, NodeIdentity identity, boolean client) throws Exception {
        if (security == Security.PLAIN) {
            return null;
        }
        var chain = identity.certificates().toArray(X509Certificate[]::new);
        var builder = client ? SslContextBuilder.forClient().keyManager(identity.privateKey(), chain).endpointIdentificationAlgorithm(null)
                : SslContextBuilder.forServer(identity.privateKey(), chain).clientAuth(ClientAuth.REQUIRE);
        return builder.sslProvider(SslProvider.OPENSSL_REFCNT).protocols("TLSv1.3")
                .trustManager(identity.authorities().toArray(X509Certificate[]::new)).build();
    }

    private static void begin(Channel socket, SslContext tls) {
        if (tls != null) {
            socket.pipeline().addLast(tls.newHandler(socket.alloc()));
        }
        socket.pipeline().addLast(new LengthFieldBasedFrameDecoder(FRAME_BYTES_MAX, 0, LENGTH_BYTES, 0, 0));
    }

    @Override
    public String title() {
        return "Netty 4.2.18 " + (security == Security.TLS ? "TLS" : "plain");
    }

    @Override
    public void run(byte[] payload, int outstanding, Timing timing) throws Exception {
        var asking = new Asking(payload, outstanding, timing);
        connection.pipeline().addLast(asking);
        connection.eventLoop().execute(asking::begin);
        asking.done.get(TIMEOUT_S, TimeUnit.SECONDS);
        connection.pipeline().remove(asking);
    }

    @Override
    public void close() {
        connection.close().awaitUninterruptibly();
        listening.close().awaitUninterruptibly();
        serverLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        clientLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        ReferenceCountUtil.release(serverTls);
        ReferenceCountUtil.release(clientTls);
    }

    /** The server: the frame goes back as it came. */
    private static final class Answering extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object frame) {
            context.write(frame);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }
    }

    /** The client: an answer lets the next request go. Answers come in the order of the requests. Runs on the event loop. */
    private static final class Asking extends ChannelInboundHandlerAdapter {
        private final byte[] payload;
        private final int outstanding;
        private final Timing timing;
        private final long[] sentNs;
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private ChannelHandlerContext context;
        private long asked;
        private long answered;

        Asking(byte[] payload, int outstanding, Timing timing) {
            this.payload = payload;
            this.outstanding = outstanding;
            this.timing = timing;
            sentNs = new long[outstanding];
        }

        @Override
        public void handlerAdded(ChannelHandlerContext added) {
            context = added;
        }

        void begin() {
            for (int number = 0; number < outstanding; number++) {
                ask(timing.nowNs());
            }
            context.flush();
        }

        private void ask(long nowNs) {
            sentNs[(int) (asked++ % outstanding)] = nowNs;
            var frame = context.alloc().directBuffer(LENGTH_BYTES + payload.length);
            context.write(frame.writeInt(payload.length).writeBytes(payload));
        }

        @Override
        public void channelRead(ChannelHandlerContext from, Object message) {
            var frame = (ByteBuf) message;
            int bytes = frame.readableBytes() - LENGTH_BYTES;
            frame.release();
            if (bytes != payload.length) {
                done.completeExceptionally(new IllegalStateException("answer of " + bytes + " bytes"));
                return;
            }
            long nowNs = timing.nowNs();
            timing.answered(sentNs[(int) (answered++ % outstanding)], nowNs);
            if (!timing.isOver(nowNs)) {
                ask(nowNs);
            } else if (answered == asked) {
                done.complete(null);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext from) {
            from.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
            done.completeExceptionally(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext from) {
            done.completeExceptionally(new IllegalStateException("connection closed"));
        }
    }
}
