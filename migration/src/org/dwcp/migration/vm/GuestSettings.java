// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import org.dwcp.api.Check;

/**
 * Limits of moves. Immutable; a move keeps those that it began with.
 *
 * @param cacheBytesMax most memory that either end keeps of a guest, to send changes instead of pages
 * @param zstdLevel     of what travels while the mode is not DATACENTER
 * @param arrivingMax   most guests that arrive at once
 */
public record GuestSettings(long cacheBytesMax, int zstdLevel, int arrivingMax) {
    public static final GuestSettings DEFAULT = new GuestSettings(2L << 30, 1, 4);
    private static final int PAGE = 4096;

    public GuestSettings {
        Check.argument(cacheBytesMax >= 0 && cacheBytesMax <= 1L << 40, "cache.bytes.max = %d is not in 0.." + (1L << 40), cacheBytesMax);
        Check.argument(zstdLevel >= 1 && zstdLevel <= 19, "zstd.level = %d is not in 1..19", zstdLevel);
        Check.argument(arrivingMax >= 1 && arrivingMax <= 64, "arriving.max = %d is not in 1..64", arrivingMax);
    }

    int cachePages() {
        return (int) (cacheBytesMax / PAGE);
    }
}
