// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

/**
 * Which lane takes the next frame. Frames of a channel are to arrive about in the order in which they were given, or whoever puts them together has to
 * hold much and a stream with a small window stands still. So a frame goes to the lane that will have it out first, by what the lane holds and how fast
 * it is; a lane that would be later than the best one by more than {@link #LAG_NS} gets nothing, even when it is the only one with room: waiting for a
 * fast one is quicker. That is the earliest-completion-first rule (Lim et al., "ECF: An MPTCP Path Scheduler to Manage Heterogeneous Paths", CoNEXT 2017)
 * with a tolerance, because lanes that share a bottleneck differ all the time and none of them may starve for it.
 *
 * <p>A lane that gets nothing cannot show that it has become faster, so it is given one frame every now and then. Pure and thread-safe: no state.
 */
final class Striping {
    /** Most that a frame may be later than it had been on the best lane. Source: chosen; some round trips of a long link, and short for a person. */
    static final long LAG_NS = 500_000_000L;
    /** Time without a frame after which a slow lane is tried again. Source: chosen; one late frame in so long. */
    static final long TRY_AGAIN_NS = 30_000_000_000L;

    /** Frames up to this size get in when bulk has filled a lane, and where order does not matter they go first. Source: chosen; a flow's messages. */
    static final int SMALL_BYTES = 16 << 10;
    private static final int SMALL_ROOM_BYTES = 64 << 10;

    /** What is known of a lane. */
    interface Gauge {
        /** Bytes that wait to be given to the kernel. */
        long heldBytes();

        /** Bytes that may wait there; one frame always may. */
        long roomBytes();

        /** Bits per second that arrive at the peer while the lane is busy; 0 before that was measured. */
        long rateBps();

        /** When it got its last frame. */
        long lastFrameNs();
    }

    private Striping() {
    }

    /** Whether a lane that holds so much takes so many bytes more: one frame always, and small ones beyond what bulk may fill. */
    static boolean hasRoom(long heldBytes, long roomBytes, int bytes) {
        return heldBytes == 0 || heldBytes + bytes <= roomBytes + (bytes <= SMALL_BYTES ? SMALL_ROOM_BYTES : 0);
    }

    /**
     * Chooses a lane.
     *
     * @param lanes  the channel's lanes
     * @param active how many of them are in use, from the first on
     * @param bytes  size of the frame
     * @param nowNs  monotonic time
     * @return index of the lane, or -1 to wait for room
     */
    static int choose(Gauge[] lanes, int active, int bytes, long nowNs) {
        int count = Math.min(active, lanes.length);
        long usual = usualRate(lanes, count);
        double best = Double.MAX_VALUE;
        double bestWithRoom = Double.MAX_VALUE;
        int chosen = -1;
        int forgotten = -1;
        for (int index = 0; index < count; index++) {
            var lane = lanes[index];
            long rate = lane.rateBps();
            double doneNs = (lane.heldBytes() + bytes) * 8e9 / Math.max(1, rate == 0 ? usual : rate);
            best = Math.min(best, doneNs);
            if (!hasRoom(lane.heldBytes(), lane.roomBytes(), bytes)) {
                continue;
            }
            if (doneNs < bestWithRoom) {
                bestWithRoom = doneNs;
                chosen = index;
            }
            if (lane.heldBytes() == 0 && nowNs - lane.lastFrameNs() > TRY_AGAIN_NS) {
                forgotten = index;
            }
        }
        if (chosen >= 0 && bestWithRoom > best + LAG_NS) {
            chosen = -1;
        }
        return forgotten >= 0 ? forgotten : chosen;
    }

    /** What a lane that was not measured yet is taken for: as fast as the fastest. */
    private static long usualRate(Gauge[] lanes, int count) {
        long most = 1;
        for (int index = 0; index < count; index++) {
            most = Math.max(most, lanes[index].rateBps());
        }
        return most;
    }
}
