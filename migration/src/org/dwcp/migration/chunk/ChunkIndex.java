// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.util.Arrays;

/**
 * Where chunks are: the first 16 bytes of the id lead to pack and place. Open addressing in four arrays, about 40 bytes a chunk. What differs behind
 * the first 16 bytes is found by whoever reads the chunk and checks its hash. Thread-safe; calls take well under a microsecond but for the
 * doubling of the arrays.
 */
public final class ChunkIndex {
    /** No such chunk. */
    public static final long ABSENT = -1;
    private static final int SMALLEST = 1 << 12;

    private long[] a = new long[SMALLEST];
    private long[] b = new long[SMALLEST];
    private int[] packs = filled(SMALLEST);
    private int[] places = new int[SMALLEST];
    private int count;
    private int used;

    private static int[] filled(int size) {
        int[] slots = new int[size];
        Arrays.fill(slots, FREE);
        return slots;
    }

    private static final int FREE = -1;
    private static final int GONE = -2;

    /** Pack in the upper half, place in the lower; or {@link #ABSENT}. */
    public synchronized long find(ChunkId id) {
        int slot = slot(id);
        return slot < 0 ? ABSENT : location(packs[slot], places[slot]);
    }

    static long location(int pack, int place) {
        return (long) pack << 32 | place;
    }

    static int pack(long location) {
        return (int) (location >>> 32);
    }

    /** Lower half of a location. */
    public static int place(long location) {
        return (int) location;
    }

    /** Sets where a chunk is; what was known before is replaced. */
    public synchronized void put(ChunkId id, int pack, int place) {
        int slot = slot(id);
        if (slot < 0) {
            if ((used + 1) * 3L > a.length * 2L) {
                grow();
            }
            slot = home(id.a(), id.b(), a.length);
            while (packs[slot] >= 0) {
                slot = slot + 1 & a.length - 1;
            }
            if (packs[slot] == FREE) {
                used++;
            }
            count++;
            a[slot] = id.a();
            b[slot] = id.b();
        }
        packs[slot] = pack;
        places[slot] = place;
    }

    /** Moves a chunk, if it still is where it was. */
    synchronized void move(ChunkId id, long from, int pack, int place) {
        int slot = slot(id);
        if (slot >= 0 && location(packs[slot], places[slot]) == from) {
            packs[slot] = pack;
            places[slot] = place;
        }
    }

    /** Forgets a chunk, if it still is there. */
    synchronized void remove(ChunkId id, long from) {
        int slot = slot(id);
        if (slot >= 0 && location(packs[slot], places[slot]) == from) {
            packs[slot] = GONE;
            count--;
        }
    }

    synchronized int count() {
        return count;
    }

    private int slot(ChunkId id) {
        int slot = home(id.a(), id.b(), a.length);
        while (packs[slot] != FREE) {
            if (packs[slot] >= 0 && a[slot] == id.a() && b[slot] == id.b()) {
                return slot;
            }
            slot = slot + 1 & a.length - 1;
        }
        return -1;
    }

    /** Ids are hashes, but of bytes that a peer may have chosen so that their first bytes agree: both halves are mixed in. */
    private static int home(long a, long b, int size) {
        long mixed = (a ^ Long.rotateLeft(b, 29)) * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 32) & size - 1;
    }

    private void grow() {
        long[] oldA = a;
        long[] oldB = b;
        int[] oldPacks = packs;
        int[] oldPlaces = places;
        int size = count * 3L > oldA.length ? Math.multiplyExact(oldA.length, 2) : oldA.length;
        a = new long[size];
        b = new long[size];
        packs = filled(size);
        places = new int[size];
        used = count;
        for (int i = 0; i < oldA.length; i++) {
            if (oldPacks[i] >= 0) {
                int slot = home(oldA[i], oldB[i], size);
                while (packs[slot] != FREE) {
                    slot = slot + 1 & size - 1;
                }
                a[slot] = oldA[i];
                b[slot] = oldB[i];
                packs[slot] = oldPacks[i];
                places[slot] = oldPlaces[i];
            }
        }
    }
}
