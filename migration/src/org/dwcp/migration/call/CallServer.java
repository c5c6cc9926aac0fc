// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.call;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

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
 * Answers calls. Each runs on a thread of its own, unless its handler is {@link CallHandler#DIRECT}; so many at once, the others wait in line, and
 * what does not fit there is refused. A request that comes again, over whatever channel, waits for or gets the answer of the first; answers are
 * remembered within a number and a size. Thread-safe.
 */
final class CallServer implements ProtocolHandler {
    /** Most answers that are remembered. Source: chosen; repeats come within the caller's timeout. */
    static final int ANSWERS_MAX = 10_000;
    /** Most requests that wait for others to end. Source: chosen; sixteen of each of 500 peers. */
    static final int WAITING_MAX = 8_192;
    /** Most of them from one peer, so that it cannot shut the others out. Source: chosen. */
    static final int WAITING_PEER_MAX = 2_048;
    private static final long WAITING_BYTES_MAX = 64 << 20;
    private static final long ANSWER_BYTES_MAX = 32 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(CallServer.class);

    private final Threads threads;
    private final Function<String, Optional<CallHandler>> handlers;
    private volatile int callsMax;
    private final Map<Key, Task> tasks = new HashMap<>();
    private final Map<Key, CallFrame> answers = new LinkedHashMap<>();
    private final Deque<Task> waiting = new ArrayDeque<>();
    private final Map<NodeId, Integer> waitingOf = new HashMap<>();
    private long waitingBytes;
    private int running;
    private long answerBytes;

    CallServer(Threads threads, Function<String, Optional<CallHandler>> handlers, int callsMax) {
        this.threads = threads;
        this.handlers = handlers;
        this.callsMax = callsMax;
    }

    /** A handler that may be called by a transport's thread, see {@link CallHandler#DIRECT}. */
    record Direct(CallHandler handler) implements CallHandler {
        @Override
        public byte[] handle(NodeId peer, byte[] body) {
            return handler.handle(peer, body);
        }
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
        Task task = new Task(new Key(channel.peer(), request.client(), request.number()), request, handlers.apply(request.text()), channel);
        CallFrame known;
        Verdict verdict;
        synchronized (tasks) {
            known = answers.get(task.key);
            verdict = known == null ? admit(task) : Verdict.JOINS;
        }
        if (known != null) {
            reply(channel, known);
            return;
        }
        switch (verdict) {
            case DIRECT -> answer(task);
            case RUNS -> begin(task);
            case REFUSED -> reply(channel, request.failure(Kind.RETRY, callsMax + " calls run already, calls.max, and too many wait; try again later"));
            case JOINS, WAITS -> { }
        }
    }

    private enum Verdict {
        /** It is called by this thread. */
        DIRECT,
        /** It gets a thread now. */
        RUNS,
        /** It gets the thread of one that ends. */
        WAITS,
        /** It is under way already. */
        JOINS,
        /** There is no room. */
        REFUSED
    }

    private Verdict admit(Task task) {
        Task first = tasks.get(task.key);
        if (first != null) {
            first.alsoFor(task.channels);
            return Verdict.JOINS;
        }
        Verdict verdict = task.handler.isPresent() && task.handler.get() instanceof Direct ? Verdict.DIRECT : running < callsMax ? Verdict.RUNS
                : hasRoomFor(task) ? Verdict.WAITS : Verdict.REFUSED;
        if (verdict != Verdict.REFUSED) {
            tasks.put(task.key, task);
        }
        if (verdict == Verdict.RUNS) {
            running++;
        } else if (verdict == Verdict.WAITS) {
            waiting.add(task);
            waitingBytes += task.request.body().length;
            waitingOf.merge(task.key.peer, 1, Integer::sum);
        }
        return verdict;
    }

    private boolean hasRoomFor(Task task) {
        return waiting.size() < WAITING_MAX && waitingOf.getOrDefault(task.key.peer, 0) < WAITING_PEER_MAX
                && waitingBytes + task.request.body().length <= WAITING_BYTES_MAX;
    }

    private void begin(Task task) {
        try {
            threads.start("call", () -> {
                for (Task next = task; next != null; next = afterOne()) {
                    answer(next);
                }
            });
        } catch (DwcpException e) {
            synchronized (tasks) {
                running--;
            }
            finish(task, task.request.failure(Kind.RETRY, e.getMessage()));
        }
    }

    /** The thread of a call that has ended takes the next one that waits; null when none does. */
    private Task afterOne() {
        synchronized (tasks) {
            Task next = running <= callsMax ? waiting.poll() : null;
            if (next == null) {
                running--;
            } else {
                waitingBytes -= next.request.body().length;
                waitingOf.computeIfPresent(next.key.peer, (_, count) -> count == 1 ? null : count - 1);
            }
            return next;
        }
    }

    private void answer(Task task) {
        CallFrame request = task.request;
        CallFrame answer;
        try {
            answer = task.handler.map(found -> request.answer(found.handle(task.key.peer, request.body())))
                    .orElseGet(() -> request.failure(Kind.UNAVAILABLE, "there is no method '" + request.text() + "'"));
        } catch (DwcpException e) {
            answer = request.failure(e.kind(), String.valueOf(e.getMessage()));
        } catch (RuntimeException | LinkageError e) { // the latter when the handler's bundle was replaced
            LOG.warn("call method={} peer={} failed", request.text(), task.key.peer, e);
            answer = request.failure(Kind.BROKEN, "the handler of '" + request.text() + "' failed: " + e);
        }
        finish(task, answer);
    }

    private void finish(Task task, CallFrame answer) {
        List<Channel> channels;
        synchronized (tasks) {
            tasks.remove(task.key);
            channels = task.channels;
            answers.put(task.key, answer);
            answerBytes += answer.body().length;
            var oldest = answers.values().iterator();
            while (answers.size() > ANSWERS_MAX || answerBytes > ANSWER_BYTES_MAX) {
                answerBytes -= oldest.next().body().length;
                oldest.remove();
            }
        }
        for (Channel channel : channels) {
            reply(channel, answer);
        }
    }

    /** Goes out at once, or on a thread of its own when the lane is full. */
    private void reply(Channel channel, CallFrame answer) {
        try {
            if (!channel.trySend(answer.parts())) {
                threads.start("reply", () -> send(channel, answer));
            }
        } catch (DwcpException e) {
            LOG.debug("answer to {} not sent: {}", channel.peer(), e.getMessage());
        }
    }

    private static void send(Channel channel, CallFrame answer) {
        try {
            channel.send(answer.parts());
        } catch (DwcpException e) {
            LOG.debug("answer to {} not sent: {}", channel.peer(), e.getMessage());
        }
    }

    private record Key(NodeId peer, long client, long number) {
    }

    /** A request that runs or waits, with the channels that wait for its answer, which {@code tasks} guards. */
    private static final class Task {
        private final Key key;
        private final CallFrame request;
        private final Optional<CallHandler> handler;
        private List<Channel> channels;

        Task(Key key, CallFrame request, Optional<CallHandler> handler, Channel first) {
            this.key = key;
            this.request = request;
            this.handler = handler;
            channels = List.of(first);
        }

        void alsoFor(List<Channel> others) {
            channels = Stream.concat(channels.stream(), others.stream()).distinct().toList();
        }
    }
}
