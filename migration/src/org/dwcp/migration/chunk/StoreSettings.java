// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

/**
 * Limits of a store. Immutable.
 *
 * @param bytesMax    most bytes of packs, 1 MiB to 1 PiB
 * @param chunksMax   most chunks, 1,000 to 100 million; about 60 bytes of memory each
 * @param versionsMax most versions of one name; the oldest make room, 1 to 1,000
 */
public record StoreSettings(long bytesMax, int chunksMax, int versionsMax) {
    /** 64 GiB, 8 million chunks, 10 versions. */
    public static final StoreSettings DEFAULT = new StoreSettings(64L << 30, 8_000_000, 10);

    public StoreSettings {
        within("store.bytes.max", bytesMax, 1 << 20, 1L << 50);
        within("store.chunks.max", chunksMax, 1_000, 100_000_000);
        within("versions.max", versionsMax, 1, 1_000);
    }

    private static void within(String key, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(key + " = " + value + " is not in " + least + ".." + most);
        }
    }
}
