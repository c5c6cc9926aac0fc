// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.felix.service.command.CommandProcessor;
import org.dwcp.api.node.NodeClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts clients on the loopback address and gives each a session on virtual threads of its own. One platform thread accepts. A client over the limit
 * is told so and closed; nothing waits for it.
 */
final class ControlServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration ACCEPT_RETRY = Duration.ofMillis(200);
    private static final int BACKLOG = 64;

    private final ServerSocket socket;
    private final ControlFiles files;
    private final byte[] token;
    private final CommandProcessor processor;
    private final NodeClock clock;
    private final ControlSettings settings;
    private final WrongTokens wrongTokens;
    private final Set<ControlSession> sessions = ConcurrentHashMap.newKeySet();
    private final Thread acceptor;
    private volatile boolean closing;

    ControlServer(ControlFiles files, CommandProcessor processor, NodeClock clock, ControlSettings settings) throws IOException {
        this.files = files;
        this.processor = processor;
        this.clock = clock;
        this.settings = settings;
        wrongTokens = new WrongTokens(clock);
        token = files.writeToken();
        socket = new ServerSocket();
        try {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), settings.port()), BACKLOG);
            files.writePort(socket.getLocalPort());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        acceptor = Thread.ofPlatform().name("orchestrator.control.accept-1").daemon().unstarted(this::accept);
        acceptor.setContextClassLoader(null);
        acceptor.start();
    }

    int port() {
        return socket.getLocalPort();
    }

    int sessions() {
        return sessions.size();
    }

    private void accept() {
        while (!closing) {
            try {
                serve(socket.accept());
            } catch (IOException e) {
                if (!closing && !pause(e)) {
                    return;
                }
            }
        }
    }

    /** Out of file handles, most likely: it passes, and must not spin. */
    private boolean pause(IOException failure) {
        LOG.warn("control accept failed reason=\"{}\"", failure.getMessage());
        try {
            clock.sleep(ACCEPT_RETRY);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private void serve(Socket client) throws IOException {
        if (sessions.size() >= settings.sessionsMax()) {
            try (client) {
                var answer = new Answer(client.getOutputStream(), clock);
                var text = ("node busy: " + settings.sessionsMax() + " commands run already; try again, or raise sessions.max\n").getBytes(StandardCharsets.UTF_8);
                answer.frame(Answer.ERR, text, 0, text.length);
                answer.exit(ControlSession.EXIT_FAILURE);
                LOG.debug("control session refused limit={}", settings.sessionsMax());
            }
            return;
        }
        var session = new ControlSession(client, token, processor, clock, settings, wrongTokens, sessions::remove);
        sessions.add(session);
        session.start();
        if (closing) {
            session.close(); // It came while close was looking at the others.
        }
    }

    @Override
    public void close() {
        closing = true;
        try {
            socket.close();
            files.delete();
        } catch (IOException e) {
            LOG.warn("control port close failed reason=\"{}\"", e.getMessage());
        }
        acceptor.interrupt();
        sessions.forEach(ControlSession::close);
        var end = clock.nanoTime() + STOP_TIMEOUT.toNanos();
        try {
            acceptor.join(STOP_TIMEOUT);
            for (var session : sessions) {
                session.join(Duration.ofNanos(Math.max(1, end - clock.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!sessions.isEmpty()) {
            LOG.warn("control sessions survive stop count={}", sessions.size());
        }
    }
}
