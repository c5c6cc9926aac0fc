// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import org.dwcp.consensus.v3.message.Message;

/** Collects the effects of a step, and holds back what may be said only once something is on the disk. */
final class Out {
    private record Held(long token, Runnable action) {
    }

    private List<Effect> effects = new ArrayList<>();
    private final Deque<Held> held = new ArrayDeque<>();
    private final Map<Timer, Long> running = new EnumMap<>(Timer.class);
    private long tokens;
    private long generations;

    List<Effect> drain() {
        var all = effects;
        effects = new ArrayList<>();
        return all;
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    void send(int to, Message message) {
        effects.add(new Effect.Send(to, message));
    }

    void broadcast(Message message) {
        effects.add(new Effect.Broadcast(message));
    }

    void persist(Record record) {
        effects.add(new Effect.Persist(++tokens, record));
    }

    /** Writes a record, and does the rest when it is on the disk. A crash in between forgets the rest, as if the record had come too late. */
    void persist(Record record, Runnable then) {
        persist(record);
        held.add(new Held(tokens, then));
    }

    void persisted(long token) {
        while (!held.isEmpty() && held.peek().token() <= token) {
            held.poll().action().run();
        }
    }

    void start(Timer timer, long delayMs) {
        running.put(timer, ++generations);
        effects.add(new Effect.Start(timer, generations, delayMs));
    }

    void stop(Timer timer) {
        if (running.remove(timer) != null) {
            effects.add(new Effect.Stop(timer));
        }
    }

    boolean runs(Timer timer) {
        return running.containsKey(timer);
    }

    /** Whether a timer that ran out is the one that was started last, and not one that was stopped since. */
    boolean expired(Timer timer, long generation) {
        return running.remove(timer, generation);
    }
}
