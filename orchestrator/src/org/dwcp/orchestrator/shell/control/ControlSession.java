// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.apache.felix.service.command.CommandProcessor;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.shell.Deadline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client and its one command. Three virtual threads: the worker reads the request and runs the command, the listener notices when the client goes
 * and interrupts the worker, the guard ends what takes too long. The session counts against the limit until its worker has really ended.
 */
final class ControlSession {
    static final int EXIT_FAILURE = 1;
    private static final Logger LOG = LoggerFactory.getLogger(ControlSession.class);
    private static final Duration GUARD_INTERVAL = Duration.ofMillis(100);
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Socket socket;
    private final byte[] token;
    private final CommandProcessor processor;
    private final NodeClock clock;
    private final ControlSettings settings;
    private final WrongTokens wrongTokens;
    private final Consumer<ControlSession> ended;
    private final Thread worker;
    private final Limit limit = new Limit();
    private volatile boolean entered;
    private volatile boolean done;
    private volatile boolean overdue;

    ControlSession(Socket socket, byte[] token, CommandProcessor processor, NodeClock clock, ControlSettings settings, WrongTokens wrongTokens,
            Consumer<ControlSession> ended) {
        this.socket = socket;
        this.token = token;
        this.processor = processor;
        this.clock = clock;
        this.settings = settings;
        this.wrongTokens = wrongTokens;
        this.ended = ended;
        worker = thread("session", this::run);
    }

    void start() {
        worker.start();
    }

    void join(Duration timeout) throws InterruptedException {
        worker.join(timeout);
    }

    /** Ends it from outside: the command is interrupted. */
    void close() {
        worker.interrupt();
        closeSocket();
    }

    private void run() {
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) settings.handshakeTimeout().toMillis());
            var answer = new Answer(socket.getOutputStream(), clock);
            thread("guard", () -> guard(answer)).start();
            try {
                var request = Request.read(new DataInputStream(socket.getInputStream()));
                if (!MessageDigest.isEqual(token, request.token())) {
                    refuseToken(answer);
                    return;
                }
                socket.setSoTimeout(0);
                limit.extend(settings.commandTimeout());
                entered = true;
                serve(request, answer);
            } catch (RefusedRequest e) {
                say(answer, e.getMessage());
            } catch (SocketTimeoutException e) {
                say(answer, "no request came within " + settings.handshakeTimeout().toMillis() + " ms");
            }
        } catch (IOException e) {
            LOG.debug("control session broke", e); // The client went; there is nobody to tell.
        } finally {
            done = true;
            ended.accept(this);
        }
    }

    private void refuseToken(Answer answer) throws IOException {
        if (wrongTokens.mayAnswer()) {
            LOG.warn("control token refused from={}", socket.getRemoteSocketAddress());
            say(answer, "refused: the token is not this node's; use the client with the node's own --home, as the node's user");
        }
    }

    private static void say(Answer answer, String sentence) throws IOException {
        var text = ("dwcp: " + sentence + "\n").getBytes(StandardCharsets.UTF_8);
        answer.frame(Answer.ERR, text, 0, text.length);
        answer.exit(EXIT_FAILURE);
    }

    private void serve(Request request, Answer answer) throws IOException {
        thread("listener", this::listen).start();
        int code;
        try (OutputStream out = answer.stream(Answer.OUT); OutputStream err = answer.stream(Answer.ERR)) {
            code = new CommandRun(processor, request, limit).run(out, err);
        }
        if (overdue) {
            Thread.interrupted(); // It was meant for the command; an interrupted virtual thread would lose its socket.
            var name = request.words().isEmpty() ? "help" : request.words().getFirst();
            say(answer, name + " was interrupted: it takes longer than " + limit.length().toSeconds() + " s; give it more with --timeout SECONDS"
                    + " where it has that option, and see 'dwcp history' for what it did");
            return;
        }
        answer.exit(code);
    }

    /** Nothing more is expected of the client, so whatever ends this read means that it has gone. */
    private void listen() {
        try {
            InputStream in = socket.getInputStream();
            while (in.read() >= 0) {
                LOG.trace("control input ignored");
            }
        } catch (IOException e) {
            LOG.trace("control client gone", e);
        }
        if (!done) {
            close();
        }
    }

    private void guard(Answer answer) {
        var start = clock.nanoTime();
        try {
            while (!done) {
                clock.sleep(GUARD_INTERVAL);
                // A client that sends a byte now and then passes every time-out of a single read; twice the time leaves room for our own answer.
                if (!entered && clock.nanoTime() - start > 2 * settings.handshakeTimeout().toNanos()) {
                    closeSocket();
                    return;
                }
                if (answer.stalledNs() > settings.stallTimeout().toNanos()) {
                    LOG.warn("control client does not read limit.ms={}", settings.stallTimeout().toMillis());
                    close();
                    return;
                }
                if (entered && !overdue && limit.isOver()) {
                    overdue = true;
                    worker.interrupt();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeSocket() {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("control socket close failed", e);
        }
    }

    private static Thread thread(String role, Runnable work) {
        var thread = Thread.ofVirtual().name("orchestrator.control." + role + "-" + NUMBER.incrementAndGet()).unstarted(work);
        thread.setContextClassLoader(null);
        return thread;
    }

    /** The time this session's command may take. */
    private final class Limit implements Deadline {
        private volatile long startNs;
        private volatile Duration length = Duration.ZERO;
        private volatile boolean lifted;

        @Override
        public void lift() {
            lifted = true;
        }

        @Override
        public void extend(Duration limit) {
            startNs = clock.nanoTime();
            length = limit;
        }

        Duration length() {
            return length;
        }

        boolean isOver() {
            return !lifted && clock.nanoTime() - startNs > length.toNanos();
        }
    }
}
