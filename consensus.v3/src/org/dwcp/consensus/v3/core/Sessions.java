// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.dwcp.consensus.v3.message.Limits;
import org.dwcp.consensus.v3.message.MalformedException;
import org.dwcp.consensus.v3.message.Message.Outcome;
import org.dwcp.consensus.v3.message.Reader;
import org.dwcp.consensus.v3.message.Writer;

/**
 * Which sequence numbers of each client were executed, and with what result: part of the replicated state, so that every request takes
 * effect at most once on every path. A client's window is its last numbers; what is below is refused as stale for ever. Clients are those of the
 * membership, so their number is bounded.
 */
final class Sessions {
    private static final int RESULTS_BYTES_MAX = 1 << 20;

    /** A result. */
    record Answer(Outcome outcome, byte[] result) {
    }

    private static final class Session {
        private long floor;
        private int bytes;
        private final TreeMap<Long, Answer> answers = new TreeMap<>();
    }

    private static final Answer STALE = new Answer(Outcome.STALE, new byte[0]);

    private final int window;
    private final TreeMap<String, Session> sessions = new TreeMap<>();

    Sessions(int window) {
        this.window = window;
    }

    /** What became of a request, if it is over: its result, or that it is too old to tell. */
    Optional<Answer> answer(String client, long sequence) {
        var session = sessions.get(client);
        if (session == null) {
            return Optional.empty();
        }
        if (sequence <= session.floor) {
            return Optional.of(STALE);
        }
        return Optional.ofNullable(session.answers.get(sequence));
    }

    /** Remembers a result; forgets what leaves the window, and the oldest results beyond a megabyte. */
    void remember(String client, long sequence, Answer answer) {
        var session = sessions.computeIfAbsent(client, ignored -> new Session());
        session.answers.put(sequence, answer);
        session.bytes += answer.result().length;
        while (session.answers.firstKey() <= session.answers.lastKey() - window || session.bytes > RESULTS_BYTES_MAX && session.answers.size() > 1) {
            var oldest = session.answers.pollFirstEntry();
            session.bytes -= oldest.getValue().result().length;
            session.floor = Math.max(session.floor, oldest.getKey());
        }
        session.floor = Math.max(session.floor, session.answers.lastKey() - window);
    }

    void write(Writer out) {
        out.i32(sessions.size());
        for (Map.Entry<String, Session> entry : sessions.entrySet()) {
            out.text(entry.getKey());
            out.i64(entry.getValue().floor);
            out.i32(entry.getValue().answers.size());
            entry.getValue().answers.forEach((sequence, answer) -> {
                out.i64(sequence);
                out.u8(answer.outcome().ordinal());
                out.block(answer.result());
            });
        }
    }

    void read(Reader in) {
        sessions.clear();
        for (int left = in.i32(); left > 0; left--) {
            var client = in.text();
            var session = new Session();
            session.floor = in.i64();
            int answers = in.i32();
            if (answers > window) {
                throw new MalformedException(answers + " answers of " + client + " exceed the window of " + window);
            }
            for (; answers > 0; answers--) {
                long sequence = in.i64();
                var answer = new Answer(in.choice(Outcome.values()), in.block(Limits.RESULT_BYTES_MAX));
                session.answers.put(sequence, answer);
                session.bytes += answer.result().length;
            }
            sessions.put(client, session);
        }
    }
}
