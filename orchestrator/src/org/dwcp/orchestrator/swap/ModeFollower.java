// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.route.Epoch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the detector's mode into the table. A change by detection waits, if so configured, until the calls in flight at its start have ended, at most
 * the drain timeout; new calls go on meanwhile as before. A forced mode waits for nobody. The last change wins: a newer one replaces one that
 * still waits. Everything but {@link #changed} runs on the swap loop.
 */
final class ModeFollower {
    /** Time between two tries of a mode change whose targets would not take over. Source: chosen; half a detection interval. */
    static final Duration RETRY = Duration.ofSeconds(5);
    private static final Duration LOOK = Duration.ofMillis(2);
    private static final Logger LOG = LoggerFactory.getLogger(ModeFollower.class);

    private final Switchboard switchboard;
    private final ModeDetector detector;
    private final Supplier<HybridConfig> config;
    private final NodeClock clock;
    private final ControlLoop swaps;
    /** Counts changes: a waiting change whose number is not the last one gives up. Touched on the swap loop only. */
    private long number;
    /** The change that waits for calls in flight. Touched on the swap loop only. */
    private Optional<Waiting> waiting = Optional.empty();
    private long triedNs;
    private boolean tried;
    private volatile boolean running;
    /** Operators' switches whose override the detector does not know yet. */
    private final AtomicInteger forcing = new AtomicInteger();

    ModeFollower(Switchboard switchboard, ModeDetector detector, Supplier<HybridConfig> config, NodeClock clock, ControlLoop swaps) {
        this.switchboard = switchboard;
        this.detector = detector;
        this.config = config;
        this.clock = clock;
        this.swaps = swaps;
    }

    /** Follows from now on. */
    void start() {
        running = true;
        reconcile();
    }

    /** Follows no more; a change that still waits is given up. */
    void stop() {
        running = false;
    }

    boolean isRunning() {
        return running;
    }

    /**
     * Switches by hand: the table first, then the detector, whose override keeps the detection from switching back. Until the detector knows, its
     * report is older than the table and must not be followed.
     *
     * @throws DwcpException when a provider cannot take over or the detector refuses the mode; nothing has changed then
     */
    List<SwapRecord> force(NetworkMode mode, String reason) {
        forcing.incrementAndGet();
        try {
            ModeReport before = switchboard.state().mode();
            Instant since = before.mode() == mode && before.detected() ? before.since() : clock.now();
            ModeReport forced = new ModeReport(mode, true, true, since, before.average(), before.samples(), reason);
            List<SwapRecord> swaps = switchboard.prepared(Request.of(state -> state.with(forced), SwapRecord.Trigger.OPERATOR, reason));
            try {
                detector.forceMode(mode, reason);
            } catch (DwcpException refusal) {
                switchboard.atOnce(Request.of(state -> state.mode() == forced ? state.with(before) : state, SwapRecord.Trigger.OPERATOR,
                        "the detector refused mode " + mode.label()));
                throw refusal;
            }
            return swaps;
        } finally {
            forcing.decrementAndGet();
            if (running) {
                swaps.execute(this::follow); // what came meanwhile
            }
        }
    }

    /** Notes that the detector's report may differ from the table. A forced mode is in force when this returns. */
    void changed() {
        ModeReport now = switchboard.state().mode(); // read first, see follow()
        if (!running || forcing.get() > 0) {
            return;
        }
        ModeReport report = detector.report();
        if (report.forced()) {
            attempt(report, SwapRecord.Trigger.OPERATOR, now, Duration.ZERO, 0);
        } else {
            swaps.execute(this::follow);
        }
    }

    /** Looks whether the table still has to follow: the first detection, a change that failed, a flag that was turned on. */
    void reconcile() {
        swaps.execute(() -> {
            waiting = waiting.filter(change -> running);
            boolean due = !tried || clock.nanoTime() - triedNs >= RETRY.toNanos();
            if (running && waiting.isEmpty() && due) {
                follow();
            }
        });
    }

    private void follow() {
        // In this order: a switch by hand that is committed after the first line is noticed when the change is applied, one that is committed
        // before it either shows in the second or is in the report.
        ModeReport now = switchboard.state().mode();
        if (!running || forcing.get() > 0) {
            return;
        }
        ModeReport report = detector.report();
        if (sameGrounds(report, now)) {
            number++; // what still waits is overtaken
            waiting = Optional.empty();
            return;
        }
        FlagState flags = switchboard.state().flags();
        if (!report.forced() && (!config.get().autoDetect() || !flags.enableModeDetection())) {
            return;
        }
        if (waiting.isPresent() && sameGrounds(report, waiting.get().to())) {
            return; // a second word of the same change: new epochs would hide the calls that the first waits for
        }
        long mine = ++number;
        tried = true;
        triedNs = clock.nanoTime();
        if (!report.forced() && config.get().gracefulTransition()) {
            List<Epoch> inFlight = new ArrayList<>(switchboard.renew(state -> state.with(report)));
            waiting.ifPresent(overtaken -> inFlight.addAll(overtaken.inFlight()));
            Waiting change = new Waiting(mine, report, now, inFlight, triedNs, config.get().drainTimeout());
            waiting = Optional.of(change);
            await(change);
        } else {
            attempt(report, report.forced() ? SwapRecord.Trigger.OPERATOR : SwapRecord.Trigger.MODE, now, Duration.ZERO, 0);
        }
    }

    static boolean sameGrounds(ModeReport a, ModeReport b) {
        return a.mode() == b.mode() && a.detected() == b.detected() && a.forced() == b.forced();
    }

    /** A change that waits for the calls in flight; {@code from} is the mode it began with. */
    private record Waiting(long number, ModeReport to, ModeReport from, List<Epoch> inFlight, long sinceNs, Duration timeout) {
    }

    private void await(Waiting change) {
        if (change.number() != number || !running) {
            return;
        }
        long left = Drains.inFlight(change.inFlight());
        Duration waited = Duration.ofNanos(clock.nanoTime() - change.sinceNs());
        Duration rest = change.timeout().minus(waited);
        if (left > 0 && rest.isPositive()) {
            swaps.schedule(rest.compareTo(LOOK) < 0 ? rest : LOOK, () -> await(change));
            return;
        }
        waiting = Optional.empty();
        attempt(change.to(), SwapRecord.Trigger.MODE, change.from(), waited, left);
    }

    /** Applies the report, unless somebody changed the mode since: an operator's word is not undone by a detection before it. */
    private void attempt(ModeReport report, SwapRecord.Trigger trigger, ModeReport from, Duration waited, long cutOff) {
        try {
            switchboard.prepared(new Request(state -> state.mode() == from ? state.with(report) : state, trigger, report.reason(), waited, cutOff,
                    () -> { }));
        } catch (DwcpException e) {
            LOG.warn("mode change put off mode={} retryMs={} cause='{}'", report.mode().label(), RETRY.toMillis(), e.getMessage());
        }
    }
}
