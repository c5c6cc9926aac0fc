// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.wan;

import org.dwcp.api.node.NodeClock;

/** What a plain TCP transfer gets out of a link. */
final class Rate {
    private Rate() {
    }

    /** Mbit/s of IP packets while so many megabytes arrive, after a second's worth of the link's rate to get going. */
    static double of(NodeClock clock, WanLink link, int mbit, int megabytes) throws Exception {
        try (var bulk = new Bulk(link)) {
            bulk.awaitReceived(mbit * 125_000L);
            var start = clock.nanoTime();
            var before = link.stats().aToB().bytesOut();
            bulk.awaitReceived(bulk.received() + megabytes * 1_000_000L);
            return (link.stats().aToB().bytesOut() - before) * 8e3 / (clock.nanoTime() - start);
        }
    }
}
