// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import org.dwcp.api.Check;

/**
 * Limits of one node. Immutable, every value within its bounds.
 *
 * @param intervalMs     length of a round
 * @param neighboursMax  most nodes that values are exchanged with; HyParView's active view
 * @param knownMax       most nodes that are known besides, to replace a neighbour; its passive view
 * @param valuesMax      most values, of all owners, those that were removed lately included
 * @param valuesBytesMax most bytes of them
 */
record GossipSettings(long intervalMs, int neighboursMax, int knownMax, int valuesMax, long valuesBytesMax) {
    /** Source: HyParView's 5 and 30 for ten thousand nodes, one more neighbour for a hundred thousand; the rest chosen, see ADR-37. */
    static final GossipSettings DEFAULT = new GossipSettings(1_000, 6, 30, 20_000, 64L << 20);

    GossipSettings {
        within("interval.ms", intervalMs, 20, 60_000);
        within("neighbours.max", neighboursMax, 2, 32);
        within("known.max", knownMax, 8, 1_000);
        within("values.max", valuesMax, 16, 1_000_000);
        within("values.bytes.max", valuesBytesMax, 1L << 20, 4L << 30);
    }

    private static void within(String key, long value, long least, long most) {
        Check.argument(value >= least && value <= most, "%s=%d is not in %d..%d", key, value, least, most);
    }
}
