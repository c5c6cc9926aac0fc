// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

import org.dwcp.consensus.v3.message.Request;

/**
 * Requests that wait to be executed. Each client has a share of its own, at most its window, and a leader takes from the clients in turns: one
 * that floods only waits longer for itself. Per status interval a client may have so many requests taken from it, and as many again through
 * each member that passes them on, so that a leader never refuses what a member may rightly wait for.
 */
final class Pending {
    record Key(String client, long sequence) {
        static Key of(Request request) {
            return new Key(request.client(), request.sequence());
        }
    }

    /** Who brought a request: a member's id, or 0 for the client itself. */
    private record Source(int by, String client) {
    }

    private final int window;
    private final int rate;
    private final Map<Key, Request> waiting = new LinkedHashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private final Map<Source, Integer> taken = new HashMap<>();
    /** By client, what no leader has proposed yet; the order of the map is whose turn it is. */
    private final Map<String, ArrayDeque<Request>> queues = new LinkedHashMap<>();
    private final Map<Key, Boolean> proposed = new HashMap<>();

    Pending(int window, int rate) {
        this.window = window;
        this.rate = rate;
    }

    /** Takes a request unless it is there or its client has had enough. */
    boolean add(Request request, int by) {
        // Twice for members: their intervals and ours do not begin together.
        var key = Key.of(request);
        if (taken.merge(new Source(by, request.client()), 1, Integer::sum) > (by == 0 ? rate : 2L * rate) || waiting.containsKey(key)
                || counts.getOrDefault(request.client(), 0) >= window) {
            return false;
        }
        waiting.put(key, request);
        counts.merge(request.client(), 1, Integer::sum);
        queues.computeIfAbsent(request.client(), ignored -> new ArrayDeque<>()).add(request);
        return true;
    }

    boolean contains(Request request) {
        return waiting.containsKey(Key.of(request));
    }

    /** A request was executed, whether it waited here or not. */
    void remove(String client, long sequence) {
        var key = new Key(client, sequence);
        proposed.remove(key);
        var request = waiting.remove(key);
        if (request != null) {
            counts.computeIfPresent(client, (name, count) -> count == 1 ? null : count - 1);
            var queue = queues.get(client);
            if (queue != null) {
                queue.remove(request);
                if (queue.isEmpty()) {
                    queues.remove(client);
                }
            }
        }
    }

    /** The one that waits longest. */
    Optional<Key> oldest() {
        return waiting.isEmpty() ? Optional.empty() : Optional.of(waiting.keySet().iterator().next());
    }

    List<Request> oldest(int count) {
        return waiting.values().stream().limit(count).toList();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }

    boolean hasUnproposed() {
        return !queues.isEmpty();
    }

    /** Notes that a leader has proposed a request, so that this one need not. */
    void propose(Request request) {
        var key = Key.of(request);
        if (waiting.containsKey(key) && proposed.put(key, true) == null) {
            var queue = queues.get(request.client());
            if (queue != null) {
                queue.remove(waiting.get(key));
                if (queue.isEmpty()) {
                    queues.remove(request.client());
                }
            }
        }
    }

    /** Takes the next batch, one request of each client in turn. A change of the membership goes alone. */
    List<Request> take(int requestsMax, int bytesMax) {
        var batch = new ArrayList<Request>();
        long bytes = 0;
        while (!queues.isEmpty() && batch.size() < requestsMax) {
            var turn = queues.entrySet().iterator().next();
            var request = turn.getValue().peek();
            boolean alone = request.kind() == Request.Kind.MEMBERS;
            if (!batch.isEmpty() && (alone || bytes + request.command().length > bytesMax)) {
                break;
            }
            turn.getValue().poll();
            queues.remove(turn.getKey());
            if (!turn.getValue().isEmpty()) {
                queues.put(turn.getKey(), turn.getValue()); // to the end of the line
            }
            proposed.put(Key.of(request), true);
            batch.add(request);
            bytes += request.command().length + 256;
            if (alone) {
                break;
            }
        }
        return batch;
    }

    /** A new view: what was proposed in an old one may be lost and must be proposed again. */
    void forgetProposals() {
        proposed.clear();
        queues.clear();
        waiting.values().forEach(request -> queues.computeIfAbsent(request.client(), ignored -> new ArrayDeque<>()).add(request));
    }

    /** The membership has changed: requests of clients that it does not know as before are dropped. */
    void keep(Predicate<String> known) {
        for (var request : List.copyOf(waiting.values())) {
            if (!known.test(request.client())) {
                remove(request.client(), request.sequence());
            }
        }
    }

    /** A new status interval: rates begin again. */
    void refill() {
        taken.clear();
    }
}
