// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.NodeId;
import org.dwcp.api.transport.Transport;

/**
 * What all channels of a provider together may hold for sending, and what those of one peer may: peers that read slowly cannot take a node's
 * memory, nor each other's. The first {@link #SMALL_BYTES} of a peer do not count against the node, so that a call to a healthy peer goes out
 * though others have used the node's budget up. As much beyond each limit is for frames up to {@link Striping#SMALL_BYTES} alone, so that a call goes out
 * beside bulk to the same peer too: bulk, which waits in a line of its own, never makes calls wait for memory. Thread-safe.
 */
final class Budget {
    /** Source: chosen; the most peers there can be hold 64 MiB with it, and as much again in small frames. */
    static final long SMALL_BYTES = 64 << 10;

    private final Map<NodeId, Share> shares = new ConcurrentHashMap<>();
    private final AtomicLong heldBytes = new AtomicLong();
    private volatile long nodeBytesMax;
    private volatile long peerBytesMax;
    /** Somebody found the node's budget used up and has not been woken since. */
    private volatile boolean refused;

    Budget(long nodeBytesMax, long peerBytesMax) {
        apply(nodeBytesMax, peerBytesMax);
    }

    /** Changes the limits; what is held stays. */
    void apply(long node, long peer) {
        nodeBytesMax = node;
        peerBytesMax = peer;
    }

    /** A channel to a peer begins; gives the share of all channels to it. */
    Share join(NodeId peer) {
        return shares.compute(peer, (key, known) -> {
            var share = known == null ? new Share() : known;
            share.channels++;
            return share;
        });
    }

    /** A channel has ended. */
    void leave(NodeId peer) {
        shares.computeIfPresent(peer, (key, share) -> --share.channels == 0 && share.held.get() == 0 ? null : share);
    }

    /** Bytes that count against the node. */
    long heldBytes() {
        return heldBytes.get();
    }

    /** One peer's share. */
    final class Share {
        private final AtomicLong held = new AtomicLong();
        private final Queue<Room> waiting = new ConcurrentLinkedQueue<>();
        /** Somebody found this share used up and has not been woken since. */
        private volatile boolean usedUp;
        /** Guarded by the map's lock on this peer. */
        private int channels;

        /** Takes the bytes of a frame; false when the peer's share or the node's budget is used up for its size, and then nothing was taken. */
        boolean take(int bytes) {
            boolean small = bytes <= Striping.SMALL_BYTES;
            long most = peerBytesMax + (small ? SMALL_BYTES : 0);
            long before;
            do {
                before = held.get();
                if (before + bytes > most) {
                    usedUp = true;
                    return false;
                }
            } while (!held.compareAndSet(before, before + bytes));
            long counted = counted(before + bytes) - counted(before);
            if (counted > 0 && heldBytes.addAndGet(counted) > nodeBytesMax + (small ? SMALL_BYTES * shares.size() : 0)) {
                putBack(bytes);
                refused = true;
                return false;
            }
            return true;
        }

        /**
         * Gives bytes back. Those that were refused try again once there is room for a large frame, and not before, or each of many senders would be
         * woken by each frame that goes out (measured: 16 lanes of one peer had half their rate by that). Who could do with less room
         * tries when lanes are measured, see {@link LaneChannel#stir}.
         */
        void give(int bytes) {
            putBack(bytes);
            if (usedUp && hasRoom(held.get(), peerBytesMax)) {
                usedUp = false;
                wake();
            }
            if (refused && hasRoom(Budget.this.heldBytes.get(), nodeBytesMax)) {
                refused = false;
                shares.values().forEach(Share::wake);
            }
        }

        /** A channel whose senders found no room. */
        void awaits(Room room) {
            waiting.add(room);
        }

        void leaves(Room room) {
            waiting.remove(room);
        }

        private void wake() {
            waiting.forEach(Room::wake);
        }

        private void putBack(int bytes) {
            long after = held.addAndGet(-bytes);
            heldBytes.addAndGet(counted(after) - counted(after + bytes));
        }

        long heldBytes() {
            return held.get();
        }
    }

    private static long counted(long held) {
        return Math.max(0, held - SMALL_BYTES);
    }

    private static boolean hasRoom(long held, long most) {
        return held <= most - Math.min(Transport.FRAME_BYTES_MAX, most / 2);
    }
}
