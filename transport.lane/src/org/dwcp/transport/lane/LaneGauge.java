// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.Optional;

/**
 * How fast one lane is, and from that how much may wait on it: enough that the kernel never runs dry between two turns of the loop, and no more, because
 * what waits cannot be overtaken by a small frame nor moved to a faster lane. Written by one thread, read by any.
 */
final class LaneGauge {
    /** Time that what waits before the kernel may take to go out. Source: chosen; several turns of a busy loop. */
    static final long QUEUE_NS = 100_000_000L;
    /** The same for what the kernel has and could not send yet. Source: chosen; a busy machine lets a loop wait for tens of milliseconds. */
    static final long KERNEL_NS = 40_000_000L;
    /** Before anything was measured, and never less than that: two chunks of a flow with their headers, one going out and one behind it. */
    static final long ROOM_BYTES_MIN = 576 << 10;
    static final int KERNEL_BYTES_MIN = 64 << 10;
    /**
     * Until a lane was measured. Source: chosen; what a lane that joins a long and full link takes at once comes out seconds later, as it begins with ten segments a
     * round trip.
     */
    static final int KERNEL_BYTES_FIRST = 256 << 10;
    /** Weight of a new sample. Source: chosen; with samples every 100 ms half of the estimate is of the last third of a second. */
    private static final double GAIN = 0.2;

    private final long roomBytesMax;
    private volatile double rateBps;
    private volatile long rttNs;
    private volatile long rttMinNs;
    private volatile long pacingBps;
    private volatile long arrivedBytes;
    private volatile double retransmitShare;
    private double rttMeanNs;
    private int rttCount;
    private long lastNs;
    private long lastArrived;
    private volatile long lastSent;
    private volatile long lastRetransmits;
    private boolean wasBusy;

    LaneGauge(long roomBytesMax) {
        this.roomBytesMax = roomBytesMax;
    }

    /**
     * Takes a sample of what is at the peer, also behind a gap: in order alone that would stand still after a loss and then come all at once, and the lane's share of
     * its channel's rate with it (measured: a link of 500 ms was half empty for three seconds).
     *
     * @param nowNs monotonic time
     * @param info  what the kernel knows
     * @param taken bytes that the kernel took, which count where it knows nothing
     * @param busy  there is more to send than the lane takes
     */
    void sample(long nowNs, Optional<TcpInfo> info, long taken, boolean busy) {
        info.ifPresent(this::path);
        sample(nowNs, info.map(TcpInfo::arrivedBytes).orElse(taken), busy);
    }

    /** The same of so many bytes. */
    void sample(long nowNs, long arrived, boolean busy) {
        long elapsedNs = nowNs - lastNs;
        if (lastNs != 0 && elapsedNs > 0) {
            double seenBps = Math.max(0, arrived - lastArrived) * 8e9 / elapsedNs;
            boolean measured = busy && wasBusy;
            if (measured || seenBps > rateBps) {
                rateBps = rateBps == 0 ? seenBps : rateBps + GAIN * (seenBps - rateBps);
            }
        }
        lastNs = nowNs;
        lastArrived = Math.max(lastArrived, arrived); // a peer may take back what it told of a gap, and tell it again
        wasBusy = busy;
    }

    /** Takes what the kernel knows of the path. */
    void path(TcpInfo info) {
        rttNs = info.rttNs();
        addRtt(rttNs);
        rttMinNs = info.rttMinNs();
        pacingBps = info.pacingBps();
        arrivedBytes = info.arrivedBytes();
        long sent = info.segmentsSent() - lastSent;
        if (sent > 0) {
            retransmitShare = Math.clamp((double) (info.retransmits() - lastRetransmits) / sent, 0, 1);
        }
        lastSent = info.segmentsSent();
        lastRetransmits = info.retransmits();
    }

    long rateBps() {
        return (long) rateBps;
    }

    /**
     * What the lane sends or would, given enough to send: its pace stays when BBR looks for the shortest round trip with next to nothing under way, for at least a round
     * trip every ten seconds, and a lane that was dealt less for that would need seconds on a long link to get it back (measured).
     */
    long demandBps() {
        return Math.max(rateBps(), pacingBps);
    }

    /** Bytes that are known to be at the peer. */
    long arrivedBytes() {
        return arrivedBytes;
    }

    /** Segments sent since it began, with repetitions. */
    long segmentsSent() {
        return lastSent;
    }

    /** Segments sent again since it began. */
    long retransmits() {
        return lastRetransmits;
    }

    long rttNs() {
        return rttNs;
    }

    private synchronized void addRtt(long ns) {
        rttCount++;
        rttMeanNs += (ns - rttMeanNs) / rttCount;
    }

    /** Mean of the round trips seen since this was asked for before; 0 when there is none. */
    synchronized long takeRttMeanNs() {
        long mean = (long) rttMeanNs;
        rttMeanNs = 0;
        rttCount = 0;
        return mean;
    }

    long rttMinNs() {
        return rttMinNs;
    }

    double retransmitShare() {
        return retransmitShare;
    }

    /** Bytes that may wait before the kernel. */
    long roomBytes() {
        return Math.clamp((long) (rateBps / 8e9 * QUEUE_NS), Math.min(ROOM_BYTES_MIN, roomBytesMax), roomBytesMax);
    }

    /**
     * Bytes that may lie in the kernel unsent, at most {@code max}. By the rate at which it sends, which is three times what arrives while BBR begins: a
     * lane that runs dry then counts as limited by its application, and BBR does not see that the link is full and goes on pushing (measured).
     */
    int kernelBytes(int max) {
        return Math.clamp((long) (Math.max(rateBps, pacingBps) / 8e9 * KERNEL_NS), Math.min(KERNEL_BYTES_MIN, max), max);
    }
}
