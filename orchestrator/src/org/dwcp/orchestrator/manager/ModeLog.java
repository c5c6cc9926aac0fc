// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.manager;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.hybrid.ModeChange;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.node.NodeClock;

/**
 * Counts changes of the mode and the time spent in each. Changes come as events a moment after they are in force; a reader who sees the new mode
 * before the event gets figures that include it, so that mode and count never contradict each other. Time counts while the manager runs.
 * Thread-safe.
 *
 * <p>Invariant: the times of all modes add up to the time between start and stop, exactly.
 */
final class ModeLog {
    private static final int REASONS_MAX = 10; // source: the API
    /** An event that says it is older than this is believed to be of this age: the wall clock was moved. */
    private static final Duration LAG_MAX = Duration.ofMinutes(10);

    private final NodeClock clock;
    private final Map<NetworkMode, Duration> spent = new EnumMap<>(NetworkMode.class);
    private final Deque<String> reasons = new ArrayDeque<>();
    private NetworkMode seen;
    private long changes;
    private Optional<Instant> last = Optional.empty();
    private Optional<Long> countedToNs = Optional.empty();

    ModeLog(NodeClock clock, NetworkMode mode) {
        this.clock = clock;
        this.seen = mode;
        for (NetworkMode each : NetworkMode.values()) {
            spent.put(each, Duration.ZERO);
        }
    }

    synchronized void start() {
        countedToNs = Optional.of(clock.nanoTime());
    }

    synchronized void stop() {
        count(clock.nanoTime());
        countedToNs = Optional.empty();
    }

    synchronized void changed(ModeChange change) {
        Duration lag = Duration.between(change.at(), clock.now());
        Duration believed = lag.isNegative() ? Duration.ZERO : lag.compareTo(LAG_MAX) > 0 ? LAG_MAX : lag;
        count(clock.nanoTime() - believed.toNanos());
        seen = change.newMode();
        changes++;
        last = Optional.of(change.at());
        if (reasons.size() == REASONS_MAX) {
            reasons.removeFirst();
        }
        reasons.addLast(change.reason());
    }

    /** Adds the time since the last count to the mode that was. */
    private void count(long untilNs) {
        countedToNs.filter(from -> untilNs - from > 0).ifPresent(from -> {
            spent.merge(seen, Duration.ofNanos(untilNs - from), Duration::plus);
            countedToNs = Optional.of(untilNs);
        });
    }

    /** What the log knows, with a change that is in force and has not been told yet. */
    record Figures(long changes, List<String> reasons, Map<NetworkMode, Duration> spent, Optional<Instant> last) {
    }

    synchronized Figures figures(ModeReport now) {
        boolean untold = now.mode() != seen;
        if (!untold) {
            count(clock.nanoTime());
        }
        List<String> all = new ArrayList<>(reasons);
        Map<NetworkMode, Duration> times = new EnumMap<>(spent);
        if (untold) {
            all.add(now.reason());
            countedToNs.ifPresent(from -> times.merge(seen, Duration.ofNanos(Math.max(0, clock.nanoTime() - from)), Duration::plus));
        }
        return new Figures(changes + (untold ? 1 : 0), all.subList(Math.max(0, all.size() - REASONS_MAX), all.size()), times,
                untold ? Optional.of(now.since()) : last);
    }
}
