// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.dwcp.api.Check;
import org.dwcp.consensus.v3.auth.Authenticator;
import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Limits;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.Message.Outcome;
import org.dwcp.consensus.v3.message.Message.Reply;
import org.dwcp.consensus.v3.message.Request;

/**
 * A client: numbers and signs requests, sends them to the leader, to all members when that takes too long, and believes what f + 1 members say
 * alike. Several requests may be open, within the window that the replicas remember. One thread; pure as a replica is.
 */
public final class ClientCore {
    /** What happens to a client. */
    public sealed interface Event {
        /** A request is wanted. */
        record Wanted(long ticket, Request.Kind kind, byte[] command) implements Event {
        }

        /** A member answered. */
        record Answered(int from, Reply reply) implements Event {
        }

        /** The retry timer ran out. */
        record Expired() implements Event {
        }

        /** Another membership is in force. */
        record Changed(Membership members) implements Event {
        }
    }

    /** What a client wants done. */
    public sealed interface Effect {
        /** Send to one member. */
        record Send(int to, Request request) implements Effect {
        }

        /** A request is over. */
        record Done(long ticket, Outcome outcome, byte[] result) implements Effect {
        }

        /** Start the retry timer anew. */
        record Start(long delayMs) implements Effect {
        }

        /** Stop the retry timer. */
        record Stop() implements Effect {
        }
    }

    private record Wish(long ticket, Request.Kind kind, byte[] command) {
    }

    private static final class Open {
        private final long ticket;
        private final Request request;
        private final Map<Integer, Reply> replies = new HashMap<>();

        Open(long ticket, Request request) {
            this.ticket = ticket;
            this.request = request;
        }
    }

    private final String name;
    private final Authenticator authenticator;
    private final int window;
    private final long retryMs;
    private Membership members;
    private long sequence;
    private long view;
    private int retriesInRow;
    private final TreeMap<Long, Open> open = new TreeMap<>();
    private final Deque<Wish> waiting = new ArrayDeque<>();
    private List<Effect> effects = new ArrayList<>();

    /**
     * Makes a client.
     *
     * @param name          its name in the membership
     * @param authenticator signs
     * @param members       whom to ask
     * @param sequence      the highest number ever used before; numbers go on from there
     * @param window        open requests at once, at most half of what replicas remember
     * @param retryMs       until a request is sent to all members; doubles, to 32 times
     */
    public ClientCore(String name, Authenticator authenticator, Membership members, long sequence, int window, long retryMs) {
        this.name = name;
        this.authenticator = authenticator;
        this.members = members;
        this.sequence = sequence;
        this.window = window;
        this.retryMs = retryMs;
    }

    /** Does what follows from an event. */
    public List<Effect> step(Event event) {
        switch (event) {
            case Event.Wanted e -> want(e);
            case Event.Answered e -> answered(e.from(), e.reply());
            case Event.Expired e -> again();
            case Event.Changed e -> {
                if (e.members().number() > members.number()) {
                    members = e.members();
                    view = 0;
                    again();
                }
            }
        }
        var all = effects;
        effects = new ArrayList<>();
        return all;
    }

    private void want(Event.Wanted wanted) {
        Check.argument(wanted.command().length <= Limits.COMMAND_BYTES_MAX, "command of %d bytes exceeds %d; split it", wanted.command().length,
                Limits.COMMAND_BYTES_MAX);
        waiting.add(new Wish(wanted.ticket(), wanted.kind(), wanted.command()));
        next();
    }

    private void next() {
        // The span counts, not the number: a replica remembers the last numbers, whichever of them are over.
        while (!waiting.isEmpty() && (open.isEmpty() || sequence + 1 - open.firstKey() < window)) {
            var wish = waiting.poll();
            var unsigned = new Request(name, ++sequence, wish.kind(), wish.command(), new byte[0]);
            var request = new Request(name, sequence, wish.kind(), wish.command(), authenticator.sign(Codec.toSign(unsigned)));
            if (open.isEmpty()) {
                effects.add(new Effect.Start(retryMs));
                retriesInRow = 0;
            }
            open.put(sequence, new Open(wish.ticket(), request));
            effects.add(new Effect.Send(members.leader(view), request));
        }
    }

    private void answered(int from, Reply reply) {
        var asked = open.get(reply.sequence());
        if (asked == null || !reply.client().equals(name) || !members.heeds(from)) {
            return;
        }
        asked.replies.put(from, reply);
        int alike = 0;
        long viewsSeen = Long.MAX_VALUE;
        for (var other : asked.replies.values()) {
            if (other.outcome() == reply.outcome() && Arrays.equals(other.result(), reply.result())) {
                alike++;
                viewsSeen = Math.min(viewsSeen, other.view());
            }
        }
        if (alike < members.weak()) {
            return;
        }
        if (reply.config() == members.number()) {
            view = Math.max(view, viewsSeen); // one of them is correct and was in this view or a later one
        }
        open.remove(reply.sequence());
        retriesInRow = 0;
        effects.add(new Effect.Done(asked.ticket, reply.outcome(), reply.result()));
        next();
        if (open.isEmpty()) {
            effects.add(new Effect.Stop());
        }
    }

    /** Nobody has answered for a while: everybody is asked, so that members see who does not lead. */
    private void again() {
        if (open.isEmpty()) {
            return;
        }
        for (var asked : open.values()) {
            members.members().stream().filter(member -> !member.quarantined())
                    .forEach(member -> effects.add(new Effect.Send(member.id(), asked.request)));
        }
        effects.add(new Effect.Start(retryMs << Math.min(++retriesInRow, 5)));
    }

    /** Requests that are open or wait. */
    public int waiting() {
        return open.size() + waiting.size();
    }

    /** The highest number that was used. */
    public long sequence() {
        return sequence;
    }
}
