// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.rpc;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.testkit.node.TestAuthority;

/**
 * Unary calls of gRPC: bytes without Protobuf, one channel, TLS 1.3 with certificates on both sides by its own copy of Netty and BoringSSL.
 */
final class GrpcEcho implements Echo {
    private static final int TIMEOUT_S = 30;
    private static final MethodDescriptor<byte[], byte[]> ECHO = MethodDescriptor.newBuilder(new Bytes(), new Bytes())
            .setType(MethodDescriptor.MethodType.UNARY).setFullMethodName("dwcp.bench/echo").build();

    /** Where its code runs. */
    enum Style {
        /** All of it on its event loops (direct executors); an answer lets the next request go. The best that it can do. */
        CALLBACKS,
        /** A virtual thread for each caller, and one for each request at the server. */
        BLOCKING
    }

    private final Style style;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Server server;
    private final ManagedChannel channel;

    GrpcEcho(Style style, TestAuthority authority) throws IOException {
        this.style = style;
        var service = ServerServiceDefinition.builder("dwcp.bench").addMethod(ECHO, ServerCalls.<byte[], byte[]>asyncUnaryCall((request, answer) -> {
            answer.onNext(request);
            answer.onCompleted();
        })).build();
        var here = authority.issue(NodeId.of("server"));
        var there = authority.issue(NodeId.of("client"));
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .executor(style == Style.CALLBACKS ? Runnable::run : threads)
                .sslContext(GrpcSslContexts.configure(SslContextBuilder.forServer(here.privateKey(), chain(here)), SslProvider.OPENSSL)
                        .protocols("TLSv1.3").trustManager(trusted(here)).clientAuth(ClientAuth.REQUIRE).build())
                .addService(service).build().start();
        channel = NettyChannelBuilder.forAddress(InetAddress.getLoopbackAddress().getHostAddress(), server.getPort())
                .executor(style == Style.CALLBACKS ? Runnable::run : threads)
                .overrideAuthority("server")
                .sslContext(GrpcSslContexts.configure(SslContextBuilder.forClient().keyManager(there.privateKey(), chain(there)), SslProvider.OPENSSL)
                        .protocols("TLSv1.3").trustManager(trusted(there)).build()).build();
    }

    private static X509Certificate[] chain(NodeIdentity identity) {
        return identity.certificates().toArray(X509Certificate[]::new);
    }

    private static X509Certificate[] trusted(NodeIdentity identity) {
        return identity.authorities().toArray(X509Certificate[]::new);
    }

    @Override
    public String title() {
        return "gRPC 1.85.1 TLS" + (style == Style.BLOCKING ? ", blocking" : "");
    }

    @Override
    public void run(byte[] payload, int outstanding, Timing timing) throws Exception {
        if (style == Style.BLOCKING) {
            Echo.fromThreads(outstanding, timing, () -> ClientCalls.blockingUnaryCall(channel, ECHO, CallOptions.DEFAULT, payload).length,
                    payload.length);
            return;
        }
        var load = new Load(payload, outstanding, timing);
        for (int number = 0; number < outstanding; number++) {
            load.ask();
        }
        load.done.get(TIMEOUT_S, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        try {
            channel.shutdownNow().awaitTermination(TIMEOUT_S, TimeUnit.SECONDS);
            server.shutdownNow().awaitTermination(TIMEOUT_S, TimeUnit.SECONDS);
            threads.shutdownNow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Chains of calls, one for each that is outstanding. */
    private final class Load {
        private final byte[] payload;
        private final Timing timing;
        private final AtomicInteger running;
        private final CompletableFuture<Void> done = new CompletableFuture<>();

        Load(byte[] payload, int outstanding, Timing timing) {
            this.payload = payload;
            this.timing = timing;
            running = new AtomicInteger(outstanding);
        }

        void ask() {
            long sentNs = timing.nowNs();
            ClientCall<byte[], byte[]> call = channel.newCall(ECHO, CallOptions.DEFAULT);
            call.start(new ClientCall.Listener<>() {
                private int bytes = -1;

                @Override
                public void onMessage(byte[] answer) {
                    bytes = answer.length;
                }

                @Override
                public void onClose(Status status, Metadata trailers) {
                    if (!status.isOk() || bytes != payload.length) {
                        done.completeExceptionally(new IllegalStateException(status + ", answer of " + bytes + " bytes"));
                        return;
                    }
                    long nowNs = timing.nowNs();
                    timing.answered(sentNs, nowNs);
                    if (!timing.isOver(nowNs)) {
                        ask();
                    } else if (running.decrementAndGet() == 0) {
                        done.complete(null);
                    }
                }
            }, new Metadata());
            call.request(2);
            call.sendMessage(payload);
            call.halfClose();
        }
    }

    /** Bytes as they are. */
    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw Status.INTERNAL.withCause(e).asRuntimeException();
            }
        }
    }
}
