// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.consensus.v3.client.ClientCore;
import org.dwcp.consensus.v3.message.Message.Outcome;
import org.dwcp.consensus.v3.message.Request;

/** What this node wants ordered or read: bundles what waits, and gives each its answer. On the group's thread, except {@link #admit}. */
final class Proposals {
    /** Requests under way at once: what comes meanwhile is bundled. Source: measured in ADR 0030. */
    private static final int OPEN_MAX = 4;

    /** One wish. */
    record Wish(Request.Kind kind, byte[] bytes, long deadlineNs, CompletableFuture<byte[]> answer) {
    }

    private final NodeSettings settings;
    private final Consumer<ClientCore.Event> client;
    private final Deque<Wish> waiting = new ArrayDeque<>();
    private final Map<Long, List<Wish>> open = new HashMap<>();
    private long tickets;
    private int queued;
    private long queuedBytes;

    Proposals(NodeSettings settings, Consumer<ClientCore.Event> client) {
        this.settings = settings;
        this.client = client;
    }

    /** Counts a wish in, from any thread; false when too many wait. */
    synchronized boolean admit(int bytes) {
        if (queued >= settings.entriesMax() || queuedBytes + bytes > settings.bytesMax()) {
            return false;
        }
        queued++;
        queuedBytes += bytes;
        return true;
    }

    private synchronized void over(Wish wish) {
        queued--;
        queuedBytes -= wish.bytes().length;
    }

    void add(Wish wish) {
        waiting.add(wish);
    }

    /** Sends what waits, bundled by kind, as far as requests may be open. */
    void pump() {
        while (open.size() < OPEN_MAX && !waiting.isEmpty()) {
            var kind = waiting.peek().kind();
            boolean bundles = kind == Request.Kind.COMMAND || kind == Request.Kind.QUERY;
            var bundle = new ArrayList<Wish>();
            long bytes = 0;
            while (!waiting.isEmpty() && waiting.peek().kind() == kind && bundle.size() < (bundles ? Bundles.ENTRIES_MAX : 1)
                    && (bundle.isEmpty() || bytes + waiting.peek().bytes().length <= Bundles.BYTES_MAX)) {
                bytes += waiting.peek().bytes().length;
                bundle.add(waiting.poll());
            }
            open.put(++tickets, bundle);
            client.accept(new ClientCore.Event.Wanted(tickets, kind, bundles ? Bundles.pack(bundle.stream().map(Wish::bytes).toList())
                    : bundle.getFirst().bytes()));
        }
    }

    void done(ClientCore.Effect.Done done) {
        var bundle = open.remove(done.ticket());
        if (bundle == null) {
            return;
        }
        bundle.forEach(this::over);
        if (done.outcome() != Outcome.DONE) {
            var refused = done.outcome() == Outcome.STALE
                    ? new ConsensusException(Reason.SESSION_EXPIRED, "the members have forgotten whether this was ordered; ask the state machine")
                    : new ConsensusException(Reason.STATE_MACHINE, new String(done.result(), java.nio.charset.StandardCharsets.UTF_8));
            bundle.forEach(wish -> wish.answer().completeExceptionally(refused));
            return;
        }
        var kind = bundle.getFirst().kind();
        if (kind == Request.Kind.MEMBERS || kind == Request.Kind.CHECKPOINT) {
            bundle.getFirst().answer().complete(new byte[0]);
            return;
        }
        var answers = Bundles.answers(done.result());
        for (int index = 0; index < bundle.size(); index++) {
            var answer = index < answers.size() ? answers.get(index) : null;
            if (answer == null) {
                bundle.get(index).answer().completeExceptionally(new ConsensusException(Reason.SESSION_EXPIRED,
                        "was ordered, but the answers to the entries bundled with it are too long together; ask the state machine"));
            } else {
                bundle.get(index).answer().complete(answer);
            }
        }
    }

    /** Fails what has waited too long; what was sent may still be ordered. */
    void expire(long nowNs, boolean quorum) {
        var why = new ConsensusException(quorum ? Reason.TIMEOUT : Reason.NO_QUORUM, "not answered by f + 1 members within "
                + settings.proposalTimeoutMs() + " ms; it may still be ordered");
        var over = new ArrayList<Wish>(); // answered last: who waits may ask again at once
        open.values().forEach(bundle -> bundle.stream().filter(wish -> wish.deadlineNs() - nowNs < 0).forEach(over::add));
        waiting.removeIf(wish -> {
            boolean late = wish.deadlineNs() - nowNs < 0;
            if (late) {
                over(wish);
                over.add(wish);
            }
            return late;
        });
        over.forEach(wish -> wish.answer().completeExceptionally(why));
    }

    void close(ConsensusException why) {
        open.values().forEach(bundle -> bundle.forEach(wish -> wish.answer().completeExceptionally(why)));
        waiting.forEach(wish -> wish.answer().completeExceptionally(why));
        open.clear();
        waiting.clear();
    }
}
