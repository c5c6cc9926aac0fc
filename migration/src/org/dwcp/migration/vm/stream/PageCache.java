// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.stream;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The last content of pages that went over, outside the heap. Both ends keep the same one: the same pages in the same places, because both do the same steps.
 * Takes places one after the other until it is full, and never gives one up; the page of a place is replaced. For one thread.
 */
final class PageCache implements AutoCloseable {
    /** Most pages. Source: 4 TiB of guests fit no node; 2^30 places fit the index. */
    static final int PAGES_MAX = 1 << 28;
    private static final int SLAB_PAGES = 256;
    private static final int PAGE = StreamParser.PAGE;
    private static final int INDEX_START = 1 << 10;
    private static final long MIX = 0x9e3779b97f4a7c15L;

    private final int pagesMax;
    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> slabs = new ArrayList<>();
    private long[] keys = new long[INDEX_START];
    private int[] places = new int[INDEX_START];
    private int count;

    PageCache(int pagesMax) {
        this.pagesMax = pagesMax;
    }

    int count() {
        return count;
    }

    private static int slot(long key, int mask) {
        return (int) (key * MIX >>> 32) & mask;
    }

    /** Gives the place of a page, or -1. */
    int find(int block, long address) {
        long key = key(block, address);
        int mask = keys.length - 1;
        for (int at = slot(key, mask);; at = at + 1 & mask) {
            if (keys[at] == key) {
                return places[at];
            }
            if (keys[at] == 0) {
                return -1;
            }
        }
    }

    /** Gives a place to a page that has none; -1 when all are taken. */
    int add(int block, long address) {
        if (count >= pagesMax) {
            return -1;
        }
        if (count * 2 >= keys.length) {
            grow();
        }
        if (count == slabs.size() * SLAB_PAGES) {
            slabs.add(arena.allocate((long) SLAB_PAGES * PAGE, 64));
        }
        put(key(block, address), count);
        return count++;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldPlaces = places;
        keys = new long[oldKeys.length * 2];
        places = new int[keys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0) {
                put(oldKeys[i], oldPlaces[i]);
            }
        }
    }

    private void put(long key, int place) {
        int mask = keys.length - 1;
        int at = slot(key, mask);
        while (keys[at] != 0) {
            at = at + 1 & mask;
        }
        keys[at] = key;
        places[at] = place;
    }

    /** Page numbers have 52 bits; that of a hostile sender that collides with another costs him the page. */
    private static long key(int block, long address) {
        return (address / PAGE ^ (long) (block + 1) << 52);
    }

    private MemorySegment slab(int place) {
        return slabs.get(place / SLAB_PAGES);
    }

    private static long offset(int place) {
        return (long) (place % SLAB_PAGES) * PAGE;
    }

    /** Reads the page of a place. */
    void read(int place, byte[] target) {
        MemorySegment.copy(slab(place), ValueLayout.JAVA_BYTE, offset(place), target, 0, PAGE);
    }

    /** Replaces the page of a place. */
    void write(int place, byte[] content) {
        MemorySegment.copy(content, 0, slab(place), ValueLayout.JAVA_BYTE, offset(place), PAGE);
    }

    /** Tells whether a place has this content. */
    boolean equal(int place, byte[] content) {
        long offset = offset(place);
        return MemorySegment.mismatch(slab(place), offset, offset + PAGE, MemorySegment.ofArray(content), 0, PAGE) < 0;
    }

    /** Frees the memory. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
        Arrays.fill(keys, 0);
    }
}
