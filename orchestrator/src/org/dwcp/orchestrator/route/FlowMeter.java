// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.FlowMove;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.node.NodeClock;

/**
 * What flows tell of their progress, by slot and key: enough to compare the goodput of one flow before and after a move, and to know how long a
 * move took to its first byte. A flow is known while it has an open lease. Thread-safe.
 */
public final class FlowMeter {
    /** Most flows that are watched; others run unwatched. Source: chosen; 1 KiB each. */
    static final int FLOWS_MAX = 10_000;
    private static final int MOVES_MAX = 1_000; // source: HybridOrchestrator.flowMoves
    /** Looks that are kept of each flow: two minutes of one a second. */
    private static final int LOOKS_MAX = 120;

    private record Id(String slot, RouteKey key) {
    }

    private record Look(long atNs, long bytes) {
    }

    private static final class Flow {
        private final LongAdder bytes = new LongAdder();
        private final Deque<Look> looks = new ArrayDeque<>(); // touched by the looker only
        private int leases; // guarded by the map's lock of the entry
        private volatile String provider = "";
    }

    private final NodeClock clock;
    private final Map<Id, Flow> flows = new ConcurrentHashMap<>();
    private final Map<String, Long> decidedNs = new ConcurrentHashMap<>();
    private final Deque<FlowMove> moves = new ArrayDeque<>();

    FlowMeter(NodeClock clock) {
        this.clock = clock;
    }

    void opened(String slot, RouteKey key) {
        if (flows.size() < FLOWS_MAX) {
            flows.compute(new Id(slot, key), (id, known) -> {
                Flow flow = known == null ? new Flow() : known;
                flow.leases++;
                return flow;
            });
        }
    }

    void closed(String slot, RouteKey key) {
        flows.computeIfPresent(new Id(slot, key), (id, flow) -> --flow.leases <= 0 ? null : flow);
    }

    void progress(String slot, RouteKey key, String provider, long bytes) {
        Flow flow = flows.get(new Id(slot, key));
        if (flow == null || bytes <= 0) {
            return;
        }
        String before = flow.provider;
        if (!before.equals(provider)) {
            flow.provider = provider;
            if (!before.isEmpty()) {
                moved(slot, key, before, provider);
            }
        }
        flow.bytes.add(bytes);
    }

    private void moved(String slot, RouteKey key, String from, String to) {
        Long decided = decidedNs.get(slot);
        if (decided != null) {
            FlowMove move = new FlowMove(slot, key.text(), from, to, clock.now(), Duration.ofNanos(Math.max(0, clock.nanoTime() - decided)));
            synchronized (moves) {
                if (moves.size() == MOVES_MAX) {
                    moves.removeFirst();
                }
                moves.addLast(move);
            }
        }
    }

    /** Notes that a slot's traffic is moved by a decision of that time. */
    public void decided(String slot, long atNs) {
        decidedNs.put(slot, atNs);
    }

    /** Returns the last moves, newest last. */
    public List<FlowMove> moves() {
        synchronized (moves) {
            return new ArrayList<>(moves);
        }
    }

    /** Notes where every flow is. Called by one thread. */
    public void look() {
        long nowNs = clock.nanoTime();
        flows.values().forEach(flow -> {
            if (flow.looks.size() == LOOKS_MAX) {
                flow.looks.removeFirst();
            }
            flow.looks.addLast(new Look(nowNs, flow.bytes.sum()));
        });
    }

    /** A flow's goodput on both sides of a moment, in bits per second; below 0 where it did not run long enough. */
    public record Goodput(RouteKey key, double beforeBps, double afterBps) {
        /** Tells whether the two can be compared: it moved something before. */
        public boolean isJudged() {
            return beforeBps > 0 && afterBps >= 0;
        }
    }

    /**
     * Compares each flow with a peer before and after a moment. After it, the first half of the time is left out: that is the move itself. Called by
     * the thread of {@link #look}.
     *
     * @param spanNs time to look back before the moment, and after it
     */
    public List<Goodput> around(String slot, NodeId peer, long momentNs, long spanNs) {
        List<Goodput> all = new ArrayList<>();
        flows.forEach((id, flow) -> {
            if (id.slot.equals(slot) && id.key.peer().filter(peer::equals).isPresent() && !flow.provider.isEmpty()) {
                all.add(new Goodput(id.key, rate(flow.looks, momentNs - spanNs, momentNs), rate(flow.looks, momentNs + spanNs / 2, momentNs + 2 * spanNs)));
            }
        });
        return all;
    }

    private static double rate(Deque<Look> looks, long fromNs, long toNs) {
        Look first = null;
        Look last = null;
        for (Look look : looks) {
            if (look.atNs - fromNs >= 0 && look.atNs - toNs <= 0) {
                first = first == null ? look : first;
                last = look;
            }
        }
        return first == null || last.atNs == first.atNs ? -1 : (last.bytes - first.bytes) * 8e9 / (last.atNs - first.atNs);
    }
}
