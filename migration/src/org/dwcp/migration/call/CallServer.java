// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.call;

import java.nio.ByteBuffer;
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
 * Answers calls. Each runs on a thread of its own, unless its handler is {@link CallHandler#DIRECT}; so many at once and no more. A request that comes again, over whatever channel, waits for or gets
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
    private final Map<Key, Task> tasks = new LinkedHashMap<>();
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
        Key key = new Key(channel.peer(), request.client(), request.number());
        Optional<CallHandler> handler = handlers.apply(request.text());
        Task mine = new Task(channel);
        CallFrame known = null;
        boolean full = false;
        synchronized (tasks) {
            Task first = tasks.get(key);
            if (first == null) {
                full = running >= callsMax;
                if (!full) {
                    tasks.put(key, mine);
                    running++;
                }
            } else if (first.answer == null) {
                first.alsoFor(channel);
                return;
            } else {
                known = first.answer;
            }
        }
        if (known != null) {
            reply(channel, known);
        } else if (full) {
            reply(channel, request.failure(Kind.RETRY, callsMax + " calls run already, calls.max; try again later"));
        } else if (handler.isPresent() && handler.get() instanceof Direct) {
            answer(key, request, handler, mine);
        } else {
            try {
                threads.start("call", () -> answer(key, request, handler, mine));
            } catch (DwcpException e) {
                finish(mine, request.failure(Kind.RETRY, e.getMessage()));
            }
        }
    }

    private void answer(Key key, CallFrame request, Optional<CallHandler> handler, Task task) {
        CallFrame answer;
        try {
            answer = handler.map(found -> request.answer(found.handle(key.peer, request.body())))
                    .orElseGet(() -> request.failure(Kind.UNAVAILABLE, "there is no method '" + request.text() + "'"));
        } catch (DwcpException e) {
            answer = request.failure(e.kind(), String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.warn("call method={} peer={} failed", request.text(), key.peer, e);
            answer = request.failure(Kind.BROKEN, "the handler of '" + request.text() + "' failed: " + e);
        }
        finish(task, answer);
    }

    private void finish(Task task, CallFrame answer) {
        List<Channel> channels;
        synchronized (tasks) {
            running--;
            task.answer = answer;
            channels = task.channels;
            answerBytes += answer.body().length;
            var oldest = tasks.values().iterator();
            while ((tasks.size() > ANSWERS_MAX || answerBytes > ANSWER_BYTES_MAX) && oldest.hasNext()) {
                Task old = oldest.next();
                if (old.answer != null) {
                    answerBytes -= old.answer.body().length;
                    oldest.remove();
                }
            }
        }
        channels.forEach(channel -> reply(channel, answer));
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

    /** A request that runs, with the channels that wait for its answer; later the answer. Guarded by {@code tasks}. */
    private static final class Task {
        private List<Channel> channels;
        private CallFrame answer;

        Task(Channel first) {
            channels = List.of(first);
        }

        void alsoFor(Channel channel) {
            channels = Stream.concat(channels.stream(), Stream.of(channel)).distinct().toList();
        }
    }
}
