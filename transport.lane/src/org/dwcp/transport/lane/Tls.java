// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.transport.TransportException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;

/**
 * TLS 1.3 with certificates on both sides, by BoringSSL where it is there, else by the JDK. Who the peer is, is read from its certificate by
 * {@link NodeIdentity#peerOf}; the host name that was dialled says nothing about it, so host name verification is off.
 */
final class Tls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tls.class);
    /** Longest wait for the last TLS alert to go out when a lane is closed. Source: chosen; well below the 2 s for a stop. */
    private static final long LAST_ALERT_MS = 300;

    private final NodeIdentity identity;
    private final SslContext client;
    private final SslContext server;
    private final String library;

    private Tls(NodeIdentity identity, SslProvider provider) throws SSLException {
        this.identity = identity;
        library = provider == SslProvider.JDK ? "jdk" : "boringssl";
        var chain = identity.certificates().toArray(X509Certificate[]::new);
        client = common(SslContextBuilder.forClient().keyManager(identity.privateKey(), chain).endpointIdentificationAlgorithm(null), provider);
        server = common(SslContextBuilder.forServer(identity.privateKey(), chain).clientAuth(ClientAuth.REQUIRE), provider);
    }

    private SslContext common(SslContextBuilder builder, SslProvider provider) throws SSLException {
        return builder.sslProvider(provider).protocols("TLSv1.3")
                .trustManager(identity.authorities().toArray(X509Certificate[]::new)).build();
    }

    static Tls of(NodeIdentity identity, LaneSettings.Natives natives) {
        if (natives == LaneSettings.Natives.AUTO && OpenSsl.isAvailable() && SslProvider.isTlsv13Supported(SslProvider.OPENSSL_REFCNT)) {
            try {
                return new Tls(identity, SslProvider.OPENSSL_REFCNT);
            } catch (SSLException | IllegalArgumentException e) {
                LOG.warn("tls falls back library=jdk reason=\"BoringSSL does not take this node's key: {}\"", e.getMessage());
            }
        }
        try {
            return new Tls(identity, SslProvider.JDK);
        } catch (SSLException e) {
            throw new TransportException(Kind.BROKEN, "cannot set up TLS 1.3 with the certificate of " + identity.id() + ": " + e.getMessage(), e);
        }
    }

    String library() {
        return library;
    }

    /** Puts the opener's side in front of all other handlers. */
    void connecting(ChannelPipeline pipeline) {
        pipeline.addFirst(tuned(client.newHandler(pipeline.channel().alloc())), new Handshake());
    }

    /** Puts the acceptor's side in front of all other handlers. */
    void accepting(ChannelPipeline pipeline) {
        pipeline.addFirst(tuned(server.newHandler(pipeline.channel().alloc())), new Handshake());
    }

    /** Tells who the peer is when TLS knows. */
    private final class Handshake extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake) {
                try {
                    if (!handshake.isSuccess()) {
                        throw Troubles.explain(handshake.cause());
                    }
                    context.fireUserEventTriggered(new Secured(peer(context.pipeline().get(SslHandler.class))));
                } catch (TransportException e) {
                    context.fireExceptionCaught(e);
                }
            } else {
                context.fireUserEventTriggered(event);
            }
        }
    }

    private static SslHandler tuned(SslHandler handler) {
        handler.setHandshakeTimeoutMillis(0); // who opens or accepts has a deadline for the whole handshake, not only for TLS
        handler.setCloseNotifyFlushTimeoutMillis(LAST_ALERT_MS);
        return handler;
    }

    /** Reads the name of a peer whose handshake is done. */
    private NodeId peer(SslHandler handler) {
        try {
            List<X509Certificate> chain = new ArrayList<>();
            for (var certificate : handler.engine().getSession().getPeerCertificates()) {
                chain.add((X509Certificate) certificate);
            }
            return identity.peerOf(chain);
        } catch (SSLPeerUnverifiedException | CertificateException e) {
            throw new TransportException(Kind.REJECTED, "peer's certificate names no node of this cluster: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        ReferenceCountUtil.release(client);
        ReferenceCountUtil.release(server);
    }
}
