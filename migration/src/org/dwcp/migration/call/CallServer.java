// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.call;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.CallHandler;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.migration.flow.Threads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers calls. Each runs on a thread of its own, so many at once and no more. A request that comes again, over whatever channel, waits for or gets
 * the answer of the first; answers are remembered within a number and a size. Thread-safe.
 */
final class CallServer implements ProtocolHandler {
    /** Most answers that are remembered. Source: chosen; repeats come within the caller's timeout. */
    static final int ANSWERS_MAX = 10_000;
    private static final long ANSWER_BYTES_MAX = 32 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(CallServer.class);

    private final Threads threads;
    private final Function<String, Optional<CallHandler>> handlers;
    private volatile int callsMax;
    private final AtomicInteger running = new AtomicInteger();
    private final Map<Key, CompletableFuture<CallFrame>> answers = new LinkedHashMap<>();
    private long answerBytes;

    CallServer(Threads threads, Function<String, Optional<CallHandler>> handlers, int callsMax) {
        this.threads = threads;
        this.handlers = handlers;
        this.callsMax = callsMax;
    }

    /** Changes the limit. */
    void apply(int most) {
        callsMax = most;
    }

    @Override
    public ChannelHandler accept(Channel opened) {
        return this::onFrame;
    }

    private void onFrame(Channel channel, ByteBuffer bytes) {
        CallFrame request;
        try {
            request = CallFrame.read(bytes);
        } catch (DwcpException e) {
            LOG.debug("call from {} refused: {}", channel.peer(), e.getMessage());
            reply(channel, new CallFrame(CallFrame.Type.FAILURE, 0, 0, Kind.REJECTED, e.getMessage(), new byte[0]));
            return;
        }
        if (request.type() != CallFrame.Type.REQUEST) {
            return;
        }
        Key key = new Key(channel.peer(), request.client(), request.number());
        CompletableFuture<CallFrame> mine = new CompletableFuture<>();
        CompletableFuture<CallFrame> first;
        boolean full;
        synchronized (answers) {
            first = answers.get(key);
            full = first == null && running.get() >= callsMax;
            if (first == null && !full) {
                answers.put(key, mine);
                running.incrementAndGet();
            }
        }
        if (first != null) {
            first.thenAccept(answer -> reply(channel, answer));
            return;
        }
        if (full) {
            reply(channel, request.failure(Kind.RETRY, callsMax + " calls run already, calls.max; try again later"));
            return;
        }
        mine.thenAccept(answer -> reply(channel, answer));
        try {
            threads.start("call", () -> answer(key, request, mine));
        } catch (DwcpException e) {
            running.decrementAndGet();
            mine.complete(request.failure(Kind.RETRY, e.getMessage()));
        }
    }

    private void answer(Key key, CallFrame request, CompletableFuture<CallFrame> mine) {
        CallFrame answer;
        try {
            answer = handlers.apply(request.text()).map(handler -> request.answer(handler.handle(key.peer, request.body())))
                    .orElseGet(() -> request.failure(Kind.UNAVAILABLE, "there is no method '" + request.text() + "'"));
        } catch (DwcpException e) {
            answer = request.failure(e.kind(), String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.warn("call method={} peer={} failed", request.text(), key.peer, e);
            answer = request.failure(Kind.BROKEN, "the handler of '" + request.text() + "' failed: " + e);
        } finally {
            running.decrementAndGet();
        }
        synchronized (answers) {
            answerBytes += answer.body().length;
            var oldest = answers.entrySet().iterator();
            while ((answers.size() > ANSWERS_MAX || answerBytes > ANSWER_BYTES_MAX) && oldest.hasNext()) {
                CompletableFuture<CallFrame> old = oldest.next().getValue();
                if (old.isDone()) {
                    answerBytes -= old.join().body().length;
                    oldest.remove();
                }
            }
        }
        mine.complete(answer);
    }

    /** Goes out at once, or on a thread of its own when the lane is full. */
    private void reply(Channel channel, CallFrame answer) {
        try {
            if (!channel.trySend(answer.write())) {
                threads.start("reply", () -> send(channel, answer));
            }
        } catch (DwcpException e) {
            LOG.debug("answer to {} not sent: {}", channel.peer(), e.getMessage());
        }
    }

    private static void send(Channel channel, CallFrame answer) {
        try {
            channel.send(answer.write());
        } catch (DwcpException e) {
            LOG.debug("answer to {} not sent: {}", channel.peer(), e.getMessage());
        }
    }

    private record Key(NodeId peer, long client, long number) {
    }
}
