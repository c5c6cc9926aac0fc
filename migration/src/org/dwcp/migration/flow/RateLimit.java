// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.time.Duration;
import java.util.function.BooleanSupplier;

import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transfer.TransferOptions;

/**
 * A token bucket over goodput: bytes of the flow before encoding; what is sent again counts again. A piece goes as soon as the bucket holds anything and
 * may put it into debt, so no piece is too large for it and the mean is right; of several flows on one bucket the next waits until the debt is paid.
 * A change holds at once, also for who waits. Thread-safe.
 */
public final class RateLimit {
    /** What an idle bucket holds at most. Source: chosen; short beside anything that queues on the way. */
    private static final Duration BURST = Duration.ofMillis(100);
    /** Who waits looks for a change or an end so often. Source: chosen; far below the 2 s of a stop. */
    private static final Duration LOOK = Duration.ofMillis(50);

    private final NodeClock clock;
    private long bytesPerSecond;
    private double tokens;
    private long filledNs;

    /** No limit. */
    public RateLimit(NodeClock clock) {
        this.clock = clock;
        filledNs = clock.nanoTime();
    }

    /** Sets the rate; 0 is no limit. Refuses what {@link TransferOptions} refuses. */
    public void change(long changed) {
        TransferOptions.checkRate(changed);
        synchronized (this) {
            fill();
            bytesPerSecond = changed;
            tokens = Math.min(tokens, 0);
        }
    }

    /** The rate; 0 when there is no limit. */
    public synchronized long bytesPerSecond() {
        return bytesPerSecond;
    }

    /** Waits until a piece may go, or its flow is over. */
    void await(long bytes, BooleanSupplier over) throws InterruptedException {
        for (long ns = take(bytes); ns > 0 && !over.getAsBoolean(); ns = take(bytes)) {
            clock.sleep(Duration.ofNanos(Math.min(ns, LOOK.toNanos())));
        }
    }

    /** Takes a piece; gives 0, or how long it has to wait and nothing was taken. */
    synchronized long take(long bytes) {
        fill();
        if (bytesPerSecond == 0) {
            return 0;
        }
        if (tokens < 0) {
            return (long) Math.ceil(-tokens / bytesPerSecond * 1e9);
        }
        tokens -= bytes;
        return 0;
    }

    private void fill() {
        long now = clock.nanoTime();
        double gained = (now - filledNs) / 1e9 * bytesPerSecond;
        filledNs = now;
        tokens = bytesPerSecond == 0 ? 0 : Math.min(tokens + gained, bytesPerSecond * (BURST.toNanos() / 1e9));
    }
}
