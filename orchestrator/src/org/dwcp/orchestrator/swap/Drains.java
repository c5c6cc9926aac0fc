// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.dwcp.api.SwapContext;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.route.Epoch;
import org.dwcp.orchestrator.route.ProviderHandle;

/**
 * What follows a commit, in the background: wait until the work begun under the old table has ended, at most the drain timeout; let the old
 * providers empty their queues; complete the record. Drains of several swaps run side by side. Everything here runs on the control loop.
 */
final class Drains {
    /** Time between two looks at the counters. Source: chosen; finer than anyone reads, coarse enough to cost nothing. */
    private static final Duration LOOK_FIRST = Duration.ofMillis(1);
    private static final Duration LOOK_MAX = Duration.ofMillis(20);

    private final ControlLoop control;
    private final NodeClock clock;
    private final Callouts callouts;
    private final Supplier<Duration> timeout;
    private final Consumer<SwapRecord> onEnd;

    /**
     * Makes the drains.
     *
     * @param timeout asked at the beginning of each drain
     * @param onEnd   told the complete record, on the control loop
     */
    Drains(ControlLoop control, NodeClock clock, Callouts callouts, Supplier<Duration> timeout, Consumer<SwapRecord> onEnd) {
        this.control = control;
        this.clock = clock;
        this.callouts = callouts;
        this.timeout = timeout;
        this.onEnd = onEnd;
    }

    /** Begins the drain of a committed swap. */
    void begin(Switchboard.Committed swap) {
        control.execute(() -> look(new Drain(swap, inFlight(swap.move().losing()), timeout.get()), LOOK_FIRST));
    }

    private record Drain(Switchboard.Committed swap, long begun, Duration timeout) {
        List<Epoch> epochs() {
            return swap.move().losing();
        }
    }

    static long inFlight(List<Epoch> epochs) {
        return epochs.stream().mapToLong(epoch -> Math.max(0, epoch.inFlight())).sum();
    }

    private void look(Drain drain, Duration next) {
        long left = inFlight(drain.epochs());
        Duration elapsed = Duration.ofNanos(clock.nanoTime() - drain.swap().committedNs());
        if (left > 0 && elapsed.compareTo(drain.timeout()) < 0) {
            Duration rest = drain.timeout().minus(elapsed);
            Duration doubled = next.multipliedBy(2).compareTo(LOOK_MAX) < 0 ? next.multipliedBy(2) : LOOK_MAX;
            control.schedule(next.compareTo(rest) < 0 ? next : rest, () -> look(drain, doubled));
            return;
        }
        SwapRecord swap = drain.swap().entry().amend(s -> new SwapRecord(s.id(), s.slot(), s.from(), s.to(), s.share(), s.trigger(), s.reason(),
                s.mode(), s.at(), s.toCommit(), elapsed, Math.max(0, drain.begun() - left), s.aborted() + left, s.outcome(), s.error()));
        drain.epochs().forEach(epoch -> epoch.handle().fold());
        letEmpty(swap, drain, 0);
    }

    /** Calls {@code drain} of one source after the other, then ends. A source that fails to empty its queue does not undo the swap. */
    private void letEmpty(SwapRecord swap, Drain drain, int index) {
        if (index == drain.epochs().size()) {
            onEnd.accept(swap);
            return;
        }
        ProviderHandle source = drain.epochs().get(index).handle();
        if (!source.implementsOwn("drain")) {
            letEmpty(swap, drain, index + 1);
            return;
        }
        SwapContext context = new SwapContext(swap.id(), swap.slot(), source.name(), swap.to(), drain.timeout());
        callouts.start(source.name() + ".drain", drain.timeout(), () -> source.swappable().orElseThrow().drain(context), failure -> {
            SwapRecord told = failure.isEmpty() ? swap
                    : drain.swap().entry().amend(s -> Records.withError(s, source.name() + ".drain failed: " + failure.get().getMessage()));
            control.execute(() -> letEmpty(told, drain, index + 1));
        });
    }
}
