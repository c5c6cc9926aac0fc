// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.vm;

import java.time.Duration;
import java.util.Objects;

import org.dwcp.api.Check;

/**
 * How a guest is to be moved. Immutable.
 * {@snippet :
 * MigrationOptions patient = new MigrationOptions(java.time.Duration.ofMillis(100), java.time.Duration.ofMinutes(2));
 * }
 *
 * @param downtime longest standstill that QEMU aims at, 1 ms to 60 s; the way to the peer is added to it
 * @param patience how long to go on while the peer cannot be reached, 1 s to 1 h; the guest runs on here meanwhile
 */
public record MigrationOptions(Duration downtime, Duration patience) {
    /** 100 ms, 60 s. */
    public static final MigrationOptions DEFAULT = new MigrationOptions(Duration.ofMillis(100), Duration.ofSeconds(60));

    /** Refuses what is out of bounds. */
    public MigrationOptions {
        Objects.requireNonNull(downtime);
        Objects.requireNonNull(patience);
        Check.argument(downtime.toMillis() >= 1 && downtime.toSeconds() <= 60, "downtime %s is not between 1 ms and 60 s", downtime);
        Check.argument(patience.toMillis() >= 1_000 && patience.toHours() <= 1, "patience %s is not between 1 s and 1 h", patience);
    }
}
