// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A stretch of time during which a provider keeps its place in the table, with the counters of the work begun in it. When keys are taken from a
 * provider it gets a fresh epoch; the old one is retired and drained when as much work has left it as entered.
 *
 * <p><b>No work hides from the drain.</b> A caller (1) reads the table, (2) counts itself into the epoch it picked, (3) reads the table again and
 * begins only if its slot is unchanged, else counts itself out and starts over. The writer (a) publishes a table without the epoch,
 * (b) reads the counters. All four are sequentially consistent (volatile field, {@link VarHandle#getAndAdd}, {@link VarHandle#getVolatile}). Either
 * (2) comes before (b), then the writer sees the caller; or (b) before (2), then (a) before (3), and the caller sees the new table and
 * does not begin. Hence an epoch that was retired and then read as idle never has work again.
 *
 * <p><b>Reading idle is sound over stripes.</b> {@code left} is summed before {@code entered}. Each piece of work enters before it leaves, so equal sums
 * mean that everything entered before the second sum began had left before the first sum ended.
 *
 * <p>Counters are striped by thread and 128 bytes apart (two cache lines, as adjacent lines are fetched in pairs), so threads do not slow
 * each other down. They also are the exact request and error counts: nothing else is written on the way of a call.
 */
public final class Epoch {
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    /** Longs between two stripes: 128 bytes. */
    private static final int STRIDE_SHIFT = 4;
    /** Stripes: four a processor, so that two of its threads seldom meet; 8 to 64. */
    private static final int STRIPES = Integer.highestOneBit(Math.clamp(Runtime.getRuntime().availableProcessors() * 8L - 1, 8, 64));
    private static final int STRIPE_SHIFT = 64 - Integer.numberOfTrailingZeros(STRIPES);
    /** 2^64 divided by the golden ratio: consecutive thread ids fall far apart (Knuth, TAOCP 3, section 6.4). */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private static final int ENTERED = 0;
    private static final int LEFT = 1;
    private static final int NOT_COUNTED = 2;
    private static final int ERRORS = 3;
    private static final int TIME_NS = 4;
    private static final int TIMED = 5;

    /** One call in 64 is timed when calls are short: the two clock readings then cost under a nanosecond a call. */
    private static final int SAMPLED = 63;
    /** Below this mean a call counts as short. Source: two clock readings are about 50 ns, 1 % of it. */
    private static final long SHORT_NS = 5_000;
    private static final int ADAPT_EVERY = 64;

    final Object service;
    final ProviderHandle handle;
    private final long[] counters = new long[STRIPES << STRIDE_SHIFT];
    /** 0: time every call; {@link #SAMPLED}: one in 64. A racy hint: any value read is a right one. */
    int timingMask;
    private volatile boolean retired;

    Epoch(ProviderHandle handle, int timingMask) {
        this.handle = handle;
        this.service = handle.service();
        this.timingMask = timingMask;
    }

    /** Returns the calling thread's place in the counters. */
    static int stripe() {
        return (int) (Thread.currentThread().threadId() * GOLDEN >>> STRIPE_SHIFT) << STRIDE_SHIFT;
    }

    /** Counts work in; returns how many had entered this stripe before. */
    long enter(int stripe) {
        return (long) COUNT.getAndAdd(counters, stripe + ENTERED, 1L);
    }

    /** Counts work out, from any thread. */
    void leave(int stripe) {
        COUNT.getAndAdd(counters, stripe + LEFT, 1L);
    }

    /** Takes back an entry that is no request: a caller that found the table changed, or a lease that moved here from an older epoch. */
    void discount(int stripe) {
        COUNT.getAndAdd(counters, stripe + NOT_COUNTED, 1L);
    }

    void error(int stripe) {
        COUNT.getAndAdd(counters, stripe + ERRORS, 1L);
    }

    /** Notes one call's time; it stands for as many calls as were not timed. */
    void time(int stripe, int mask, long elapsedNs) {
        COUNT.getAndAdd(counters, stripe + TIME_NS, elapsedNs * (mask + 1));
        long timed = (long) COUNT.getAndAdd(counters, stripe + TIMED, mask + 1L) + mask + 1;
        if (mask == 0 && timed % ADAPT_EVERY == 0 && sum(TIME_NS) / Math.max(1, sum(TIMED)) < SHORT_NS) {
            timingMask = SAMPLED;
        } else if (mask != 0 && elapsedNs > SHORT_NS * 10) {
            timingMask = 0;
        }
    }

    /** Notes that no table in force has this epoch any more. Called after the publication. */
    void retire() {
        retired = true;
    }

    boolean isRetired() {
        return retired;
    }

    /**
     * Returns the counts of a retired epoch that nothing runs in, or null. A caller that comes late counts itself in, out and off again; the counts are
     * taken only when no such caller came between two readings.
     */
    Totals finalTotals() {
        if (!retired) {
            return null;
        }
        Totals first = totals();
        return idle() && totals().equals(first) ? first : null;
    }

    /** Tells whether all work that entered has left. Lasting only for a retired epoch. */
    public boolean idle() {
        return inFlight() == 0;
    }

    /** Returns the pieces of work running, 0 or more; exact while nobody enters or leaves. */
    public long inFlight() {
        long left = sum(LEFT);
        return sum(ENTERED) - left;
    }

    /** Returns the provider. */
    public ProviderHandle handle() {
        return handle;
    }

    Totals totals() {
        long notCounted = sum(NOT_COUNTED);
        return new Totals(Math.max(0, sum(ENTERED) - notCounted), sum(ERRORS), sum(TIME_NS), sum(TIMED));
    }

    private long sum(int counter) {
        long sum = 0;
        for (int stripe = 0; stripe < counters.length; stripe += 1 << STRIDE_SHIFT) {
            sum += (long) COUNT.getVolatile(counters, stripe + counter);
        }
        return sum;
    }
}
