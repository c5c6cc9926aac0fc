// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.wan;

import java.time.Duration;

/**
 * What a link, or one direction of it, is like. Immutable; {@link #of} makes a clean one and the {@code with} methods spoil it.
 * {@snippet :
 * WanCondition bad = WanCondition.of(java.time.Duration.ofMillis(100), 100_000_000).withLoss(0.001).withJitter(java.time.Duration.ofMillis(5));
 * }
 *
 * @param rtt           round-trip time without queues, 0 to 10 s; half of it each way
 * @param bitsPerSecond rate of IP packets each way, 0 for no bound, up to 10^11. TCP's part of it is at most 1448 of 1500 bytes
 * @param queueBytes    bytes that wait for the wire each way before the next is dropped, 0 for no bound but 128 MiB under way, up to 10^9
 * @param loss          share of packets lost each way, 0 to 0.99
 * @param lossRun       mean length in packets of a run of losses, 1 (each by itself) to 10^6
 * @param jitter        largest extra delay each way, 0 to 10 s: uniform from 0, never overtaking
 * @param reorder       share of packets that are overtaken, 0 to 1
 * @param reorderDelay  how much later those come, 0 to 10 s
 */
public record WanCondition(Duration rtt, long bitsPerSecond, long queueBytes, double loss, double lossRun, Duration jitter, double reorder,
        Duration reorderDelay) {
    /** Two super-packets of the kernel: a shorter queue would drop from a connection's first burst on a link without delay. */
    private static final long QUEUE_BYTES_MIN = 128 << 10;
    private static final long DELAY_NS_MAX = 10_000_000_000L;

    /** Refuses what is out of bounds. */
    public WanCondition {
        check("rtt in ns", rtt.toNanos(), 0, DELAY_NS_MAX);
        check("bitsPerSecond", bitsPerSecond, 0, 1e11);
        check("queueBytes", queueBytes, 0, 1e9);
        check("loss", loss, 0, 0.99);
        check("lossRun", lossRun, 1, 1e6);
        check("jitter in ns", jitter.toNanos(), 0, DELAY_NS_MAX);
        check("reorder", reorder, 0, 1);
        check("reorderDelay in ns", reorderDelay.toNanos(), 0, DELAY_NS_MAX);
    }

    private static void check(String what, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(what + " " + value + " is not between " + least + " and " + most);
        }
    }

    /**
     * Makes a link without losses. Its queue holds what the link carries in one round trip, at least 128 KiB.
     *
     * @param rtt           round-trip time
     * @param bitsPerSecond rate, 0 for no bound
     * @return a clean link
     */
    public static WanCondition of(Duration rtt, long bitsPerSecond) {
        return new WanCondition(rtt, bitsPerSecond, 0, 0, 1, Duration.ZERO, 0, Duration.ZERO).withQueue(1);
    }

    /** As {@link #of(Duration, long)}, in the units in which people name links: milliseconds and megabits per second. */
    public static WanCondition of(double rttMs, double mbitPerSecond) {
        return of(Duration.ofNanos(Math.round(rttMs * 1e6)), Math.round(mbitPerSecond * 1e6));
    }

    /** Bytes that the link carries in one round trip. */
    public long bandwidthDelayBytes() {
        return (long) (bitsPerSecond / 8e9 * rtt.toNanos());
    }

    /** Returns this with a queue of so many bandwidth-delay products, at least 128 KiB. */
    public WanCondition withQueue(double products) {
        return withQueueBytes(bitsPerSecond == 0 ? 0 : Math.max(QUEUE_BYTES_MIN, (long) (products * bandwidthDelayBytes())));
    }

    /** Returns this with a queue of so many bytes. */
    public WanCondition withQueueBytes(long bytes) {
        return new WanCondition(rtt, bitsPerSecond, bytes, loss, lossRun, jitter, reorder, reorderDelay);
    }

    /** Returns this with such a share of packets lost, each by itself. */
    public WanCondition withLoss(double share) {
        return withLoss(share, 1);
    }

    /** Returns this with such a share of packets lost, in runs of such a mean length. */
    public WanCondition withLoss(double share, double run) {
        return new WanCondition(rtt, bitsPerSecond, queueBytes, share, run, jitter, reorder, reorderDelay);
    }

    /** Returns this with such a largest extra delay. */
    public WanCondition withJitter(Duration most) {
        return new WanCondition(rtt, bitsPerSecond, queueBytes, loss, lossRun, most, reorder, reorderDelay);
    }

    /** Returns this with such a share of packets that come so much later, after younger ones. */
    public WanCondition withReorder(double share, Duration delay) {
        return new WanCondition(rtt, bitsPerSecond, queueBytes, loss, lossRun, jitter, share, delay);
    }

    /** Names the link for people, such as {@code 100 ms 900 Mbit/s 0.1 %}. */
    @Override
    public String toString() {
        var text = new StringBuilder(number(rtt.toNanos() / 1e6)).append(" ms ")
                .append(bitsPerSecond == 0 ? "unbounded " : number(bitsPerSecond / 1e6) + " Mbit/s ").append(number(loss * 100)).append(" %");
        if (lossRun > 1) {
            text.append(" in runs of ").append(number(lossRun));
        }
        if (!jitter.isZero()) {
            text.append(" jitter ").append(number(jitter.toNanos() / 1e6)).append(" ms");
        }
        if (reorder > 0) {
            text.append(" reordered ").append(number(reorder * 100)).append(" %");
        }
        return text.toString();
    }

    private static String number(double value) {
        return new java.math.BigDecimal(String.format(java.util.Locale.ROOT, "%.4f", value)).stripTrailingZeros().toPlainString();
    }

    /** The words of the emulator's command. */
    String words(String prefix) {
        return (prefix + "rate=%d " + prefix + "queue=%d " + prefix + "delay=%d " + prefix + "jitter=%d " + prefix + "loss=%s " + prefix + "run=%s "
                + prefix + "reorder=%s " + prefix + "reorderby=%d").formatted(bitsPerSecond, queueBytes, rtt.toNanos() / 2, jitter.toNanos(), loss,
                lossRun, reorder, reorderDelay.toNanos());
    }
}
