// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v0;

import org.dwcp.api.Check;

/**
 * What a single-node log is built from.
 *
 * @param queueEntriesMax most entries that wait for the disk, 1 to 1,000,000
 * @param queueBytesMax   most bytes of them, 1 MiB to 1 GiB
 * @param logBytesMax     bytes of log that make a snapshot, 1 MiB to 16 GiB
 */
record SingleSettings(int queueEntriesMax, long queueBytesMax, long logBytesMax) {
    static final SingleSettings DEFAULT = new SingleSettings(4_096, 64L << 20, 64L << 20);

    SingleSettings {
        Check.argument(queueEntriesMax >= 1 && queueEntriesMax <= 1_000_000, "queue.entries.max %d is not in 1..1000000", queueEntriesMax);
        Check.argument(queueBytesMax >= 1 << 20 && queueBytesMax <= 1L << 30, "queue.bytes.max %d is not in %d..%d", queueBytesMax, 1 << 20, 1L << 30);
        Check.argument(logBytesMax >= 1 << 20 && logBytesMax <= 16L << 30, "log.bytes.max %d is not in %d..%d", logBytesMax, 1 << 20, 16L << 30);
    }
}
