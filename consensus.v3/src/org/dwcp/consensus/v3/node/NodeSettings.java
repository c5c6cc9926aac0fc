// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import org.dwcp.api.Check;
import org.dwcp.consensus.v3.core.Settings;

/**
 * What a member of a node is built from.
 *
 * @param core              bounds of the protocol
 * @param entriesMax        entries that wait to be proposed, 1 to 1,000,000
 * @param bytesMax          bytes of them, 1 MiB to 1 GiB
 * @param proposalTimeoutMs until a proposal fails for want of an answer, 1 s to 10 min
 * @param quarantine        whether members that provably or repeatedly misbehave are shut out when f + 1 members see it
 */
public record NodeSettings(Settings core, int entriesMax, long bytesMax, long proposalTimeoutMs, Quarantine quarantine) {
    /** What is done with misbehaving members. */
    public enum Quarantine {
        /** It is recorded; when f + 1 members agree, an ordered command shuts the member out. */
        AUTO,
        /** It is recorded. */
        OFF
    }

    /** Chosen and measured in ADR 0030. */
    public static final NodeSettings DEFAULT = new NodeSettings(Settings.DEFAULT, 16_384, 64L << 20, 30_000, Quarantine.AUTO);

    /** Checks the bounds. */
    public NodeSettings {
        Check.argument(entriesMax >= 1 && entriesMax <= 1_000_000, "queue.entries.max %d is not in 1..1000000", entriesMax);
        Check.argument(bytesMax >= 1 << 20 && bytesMax <= 1L << 30, "queue.bytes.max %d is not in %d..%d", bytesMax, 1 << 20, 1L << 30);
        Check.argument(proposalTimeoutMs >= 1_000 && proposalTimeoutMs <= 600_000, "proposal.timeout.ms %d is not in 1000..600000",
                proposalTimeoutMs);
    }
}
