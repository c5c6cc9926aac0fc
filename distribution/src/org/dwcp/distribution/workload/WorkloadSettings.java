// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.workload;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;

/**
 * What to send, to whom and how fast. Immutable.
 *
 * @param files          folder whose files are sent, each at most {@link #FILE_BYTES_MAX}
 * @param peers          receivers
 * @param bytesPerSecond pause between files so that each receiver gets about this much, 1 KB/s to 1 GB/s
 * @param callInterval   time between two calls to a peer, 1 ms to 1 min
 * @param patience       how long one file may wait for its peer
 */
record WorkloadSettings(Path files, List<NodeId> peers, long bytesPerSecond, Duration callInterval, Duration patience) {
    /** Larger files are left out, so that the stream has many ends and beginnings. */
    static final long FILE_BYTES_MAX = 16 << 20;

    WorkloadSettings {
        peers = List.copyOf(peers);
        Check.argument(!peers.isEmpty(), "no peers given; name at least one");
        Check.argument(bytesPerSecond >= 1_000 && bytesPerSecond <= 1_000_000_000, "rate %d is not in 1000..1000000000 bytes a second", bytesPerSecond);
        Check.argument(callInterval.toMillis() >= 1 && callInterval.toMinutes() < 1, "call interval %s is not between 1 ms and 1 min", callInterval);
    }
}
