// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import org.dwcp.api.Check;

/**
 * What the Raft server is built from.
 *
 * @param host               address to listen on
 * @param port               port to listen on; 0 takes any that is free
 * @param electionMinMs      shortest silence of a leader before an election, 100 to 60,000
 * @param electionMaxMs      longest, above the shortest, at most 120,000
 * @param snapshotEntries    entries after which a snapshot is written, 1,000 to 100,000,000
 * @param outstandingMax     most entries of a group that wait for an answer, 1 to 10,000
 */
record RaftSettings(String host, int port, int electionMinMs, int electionMaxMs, long snapshotEntries, int outstandingMax) {
    RaftSettings {
        Check.argument(port >= 0 && port <= 65_535, "listen.port %d is not in 0..65535", port);
        Check.argument(electionMinMs >= 100 && electionMinMs <= 60_000, "election.timeout.min.ms %d is not in 100..60000", electionMinMs);
        Check.argument(electionMaxMs > electionMinMs && electionMaxMs <= 120_000, "election.timeout.max.ms %d is not above %d and at most 120000", electionMaxMs,
                electionMinMs);
        Check.argument(snapshotEntries >= 1_000 && snapshotEntries <= 100_000_000, "snapshot.entries %d is not in 1000..100000000", snapshotEntries);
        Check.argument(outstandingMax >= 1 && outstandingMax <= 10_000, "outstanding.entries.max %d is not in 1..10000", outstandingMax);
    }
}
