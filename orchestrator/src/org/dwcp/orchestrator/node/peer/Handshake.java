// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.function.Supplier;

import javax.net.ssl.SSLSocket;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;

/**
 * Turns a plain socket into a control connection, or into a {@link Refusal} that says what to do. TLS proves the cluster, the certificate's
 * name the node. The end that accepted speaks first: a dialler whose certificate was refused then reads the alert, and does not lose it to
 * the reset that unread bytes of its own would cause.
 */
final class Handshake {
    private final NodeIdentity identity;
    private final NodeClock clock;
    private final Supplier<ControlMessage.Hello> hello;

    /**
     * Prepares handshakes.
     *
     * @param hello what this node says of itself now
     */
    Handshake(NodeIdentity identity, NodeClock clock, Supplier<ControlMessage.Hello> hello) {
        this.identity = identity;
        this.clock = clock;
        this.hello = hello;
    }

    /** Speaks as the end that dialled. */
    ControlLink dialled(Socket socket, NodeId expected, String host) throws IOException {
        var tls = (SSLSocket) identity.tls().getSocketFactory().createSocket(socket, host, socket.getPort(), true);
        tls.setUseClientMode(true);
        var peer = authenticate(tls);
        if (!peer.equals(expected)) {
            throw new Refusal("node at " + host + ":" + socket.getPort() + " is " + peer + " by its certificate, not " + expected
                    + "; correct name or address of the peer");
        }
        var in = in(tls);
        var out = out(tls);
        var theirs = exchange(in, out, peer);
        var ours = hello.get();
        ControlCodec.write(out, ours);
        return new ControlLink(socket, in, out, theirs, ours.node(), socket.getInetAddress().getHostAddress(), ours.providers(), clock);
    }

    /** Speaks as the end that accepted. */
    ControlLink accepted(Socket socket) throws IOException {
        var host = ((InetSocketAddress) socket.getRemoteSocketAddress()).getAddress().getHostAddress();
        var tls = (SSLSocket) identity.tls().getSocketFactory().createSocket(socket, host, socket.getPort(), true);
        tls.setUseClientMode(false);
        var peer = authenticate(tls);
        var in = in(tls);
        var out = out(tls);
        var ours = hello.get();
        ControlCodec.write(out, ours);
        var theirs = exchange(in, out, peer);
        return new ControlLink(socket, in, out, theirs, peer, host, ours.providers(), clock);
    }

    private NodeId authenticate(SSLSocket tls) throws IOException {
        tls.startHandshake();
        try {
            var chain = Arrays.stream(tls.getSession().getPeerCertificates()).map(X509Certificate.class::cast).toList();
            return identity.peerOf(chain);
        } catch (CertificateException e) {
            throw new Refusal(Refusal.cut(e.getMessage() + "; enroll the node at " + tls.getInetAddress().getHostAddress() + " again"));
        }
    }

    /** Reads the peer's HELLO and checks it. What is refused is told to the peer before the connection ends. */
    private ControlMessage.Hello exchange(DataInputStream in, DataOutputStream out, NodeId peer) throws IOException {
        try {
            return switch (ControlCodec.read(in)) {
                case ControlMessage.Hello theirs -> checked(theirs, peer);
                case ControlMessage.Goodbye goodbye -> throw new Refusal(Refusal.cut("node " + peer + " refuses this node: " + goodbye.reason()));
                case ControlMessage other -> throw new Refusal("node " + peer + " sent " + other.getClass().getSimpleName() + " before HELLO");
            };
        } catch (Refusal refusal) {
            ControlCodec.write(out, new ControlMessage.Goodbye(ControlMessage.Code.REFUSED, refusal.getMessage()));
            throw refusal;
        }
    }

    private ControlMessage.Hello checked(ControlMessage.Hello theirs, NodeId peer) throws Refusal {
        if (!theirs.node().equals(peer)) {
            throw new Refusal("node " + peer + " by certificate calls itself " + theirs.node() + "; enroll it under its own name");
        }
        if (!theirs.cluster().equals(identity.cluster())) {
            throw new Refusal("node " + peer + " is of cluster " + Refusal.cut(theirs.cluster()) + ", this node of " + identity.cluster());
        }
        if (peer.equals(identity.id())) {
            throw new Refusal("node " + peer + " has this node's own name; correct the address, or enroll the other node under a name of its own");
        }
        return theirs;
    }

    private static DataInputStream in(SSLSocket tls) throws IOException {
        return new DataInputStream(new BufferedInputStream(tls.getInputStream()));
    }

    private static DataOutputStream out(SSLSocket tls) throws IOException {
        return new DataOutputStream(new BufferedOutputStream(tls.getOutputStream()));
    }
}
