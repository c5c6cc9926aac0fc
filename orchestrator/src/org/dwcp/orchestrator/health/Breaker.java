// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.health;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.HealthStatus;
import org.dwcp.api.node.NodeClock;

/**
 * Takes one provider out after so many counted failures in a row, and says when to try it again. The routing asks for nothing here while all
 * is well: a good call reads one flag ({@link #troubled}). Keeps texts, never exceptions: those would pin the provider's bundle. Thread-safe.
 *
 * <p>Invariants: open exactly from the failure that {@link #failed} answered true for until {@link #close}; the time to the next trial starts at
 * the backoff, doubles with each trial that fails and with each opening soon after a recovery, and never exceeds its maximum.
 */
public final class Breaker {
    private final Supplier<BreakerSettings> settings;
    private final NodeClock clock;
    private volatile boolean troubled;
    private boolean open;
    private int callFailures;
    private int probeFailures;
    private String lastFailure = "";
    private Duration backoff;
    private long trialAtNs;
    private boolean onTrial;
    private long trialEndsNs;
    private Instant lastCheck;
    private long opened;
    private long closed;

    /** Makes a closed breaker; its settings are asked again at each use. */
    public Breaker(Supplier<BreakerSettings> settings, NodeClock clock) {
        this.settings = settings;
        this.clock = clock;
        this.backoff = settings.get().backoff();
        this.lastCheck = clock.now();
    }

    /** Tells whether a failure says something about the provider: REJECTED and RETRY, and a caller's own cancelling, do not. */
    public static boolean counts(Throwable failure) {
        if (failure instanceof DwcpException e) {
            return e.kind() != DwcpException.Kind.REJECTED && e.kind() != DwcpException.Kind.RETRY;
        }
        return !(failure instanceof java.util.concurrent.CancellationException);
    }

    /** Tells whether a good call must be reported by {@link #succeeded}. */
    public boolean troubled() {
        return troubled;
    }

    /** Notes a good call: failures are counted in a row. */
    public synchronized void succeeded() {
        if (!open) {
            callFailures = 0;
            troubled = false;
            lastCheck = clock.now();
        }
    }

    /**
     * Notes a failed call.
     *
     * @return true for the one failure that opens the breaker
     */
    public synchronized boolean failed(Throwable failure) {
        lastCheck = clock.now();
        if (open) {
            return false;
        }
        lastFailure = text(failure);
        troubled = true;
        return opensAt(++callFailures);
    }

    /**
     * Notes a failed probe or preparation. While the breaker is open that is a failed trial: the next one comes later.
     *
     * @return true for the one failure that opens the breaker
     */
    public synchronized boolean probeFailed(Throwable failure) {
        lastCheck = clock.now();
        lastFailure = text(failure);
        if (open) {
            lengthen();
            trialAtNs = clock.nanoTime() + backoff.toNanos();
            return false;
        }
        return opensAt(++probeFailures);
    }

    /** Notes a good probe. It does not close an open breaker: that is done when the provider has been routed back. */
    public synchronized void probeSucceeded() {
        probeFailures = 0;
        lastCheck = clock.now();
    }

    private boolean opensAt(int failures) {
        if (failures < settings.get().errorsThreshold()) {
            return false;
        }
        long nowNs = clock.nanoTime();
        if (onTrial && nowNs - trialEndsNs < 0) {
            lengthen();
        } else {
            backoff = settings.get().backoff();
        }
        open = true;
        onTrial = false;
        opened++;
        trialAtNs = nowNs + backoff.toNanos();
        return true;
    }

    private void lengthen() {
        Duration twice = backoff.multipliedBy(2);
        backoff = twice.compareTo(settings.get().backoffMax()) < 0 ? twice : settings.get().backoffMax();
    }

    /** Puts an open breaker's provider on trial: work goes there again. */
    public synchronized void close() {
        if (open) {
            open = false;
            closed++;
            callFailures = 0;
            probeFailures = 0;
            troubled = false;
            onTrial = true;
            trialEndsNs = clock.nanoTime() + settings.get().backoffMax().toNanos();
            lastCheck = clock.now();
        }
    }

    /** Tells whether no work may go there. */
    public synchronized boolean isOpen() {
        return open;
    }

    /** Begins a trial if it is open and one is due; the next one is due a backoff later, so that one trial is not begun twice. */
    public synchronized boolean beginTrial() {
        long nowNs = clock.nanoTime();
        if (!open || nowNs - trialAtNs < 0) {
            return false;
        }
        trialAtNs = nowNs + backoff.toNanos();
        return true;
    }

    /** Returns the time until a trial is due, zero when it is due or the breaker closed. */
    public synchronized Duration untilTrial() {
        return open ? Duration.ofNanos(Math.max(0, trialAtNs - clock.nanoTime())) : Duration.ZERO;
    }

    /** Tells whether a closed breaker has failures that a probe should look into soon. */
    public synchronized boolean suspicious() {
        return !open && probeFailures > 0;
    }

    /** Returns how the provider is. */
    public synchronized HealthStatus.Status status() {
        if (open) {
            return HealthStatus.Status.FAILED;
        }
        boolean recovering = onTrial && clock.nanoTime() - trialEndsNs < 0;
        return callFailures > 0 || probeFailures > 0 || recovering ? HealthStatus.Status.DEGRADED : HealthStatus.Status.HEALTHY;
    }

    /** Notes that the provider was looked at. */
    public synchronized void checked() {
        lastCheck = clock.now();
    }

    /** Returns when the provider was probed or called last, as far as that is noted. */
    public synchronized Instant lastCheck() {
        return lastCheck;
    }

    /** Returns the reason for being out, in words. */
    public synchronized String reason() {
        return "breaker open after " + settings.get().errorsThreshold() + " failures in a row, last: " + lastFailure;
    }

    /** Returns how often it opened. */
    public synchronized long openedCount() {
        return opened;
    }

    /** Returns how often it closed again. */
    public synchronized long closedCount() {
        return closed;
    }

    private static String text(Throwable failure) {
        String message = failure.getMessage() == null ? "" : " " + failure.getMessage();
        String text = failure.getClass().getSimpleName() + message;
        return text.length() > 200 ? text.substring(0, 200) : text;
    }
}
