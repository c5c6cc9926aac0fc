// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import java.util.Arrays;
import java.util.BitSet;

import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.Recipe;

/**
 * A version that the receiver has, as the sender needs to know it: key, version, and the first 8 bytes of each chunk's id, by which equal chunks are
 * found. Two different chunks that agree in them are noticed by the hash of the restored image. Immutable.
 */
public final class Baseline {
    private final String name;
    private final ChunkId sha256;
    private final int count;
    private final long[] keys;
    private final int[] places;

    /** Makes one of short ids in the order of the recipe. */
    public Baseline(String name, ChunkId sha256, long[] shortIds) {
        this.name = name;
        this.sha256 = sha256;
        count = shortIds.length;
        keys = new long[Integer.highestOneBit(Math.max(8, count)) * 4];
        places = new int[keys.length];
        Arrays.fill(places, -1);
        for (int place = 0; place < count; place++) {
            int slot = slot(shortIds[place]);
            if (places[slot] < 0) {
                keys[slot] = shortIds[place];
                places[slot] = place;
            }
        }
    }

    /** One of a recipe that is at hand. */
    public static Baseline of(Recipe recipe) {
        long[] ids = new long[recipe.count()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = recipe.shortId(i);
        }
        return new Baseline(recipe.version().name(), recipe.version().sha256(), ids);
    }

    private int slot(long key) {
        int slot = (int) (key * 0x9E3779B97F4A7C15L >>> 32) & keys.length - 1;
        while (places[slot] >= 0 && keys[slot] != key) {
            slot = slot + 1 & keys.length - 1;
        }
        return slot;
    }

    /** Place of the first chunk with this id, or -1. */
    int find(ChunkId id) {
        return places[slot(id.a())];
    }

    /** Sets the places of a recipe whose chunks this version has. */
    public void places(Recipe recipe, BitSet into) {
        for (int place = 0; place < recipe.count(); place++) {
            into.set(place, find(recipe.id(place)) >= 0);
        }
    }

    public String name() {
        return name;
    }

    public ChunkId sha256() {
        return sha256;
    }

    public int count() {
        return count;
    }
}
