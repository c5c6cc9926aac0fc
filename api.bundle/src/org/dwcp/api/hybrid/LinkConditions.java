// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.time.Instant;
import java.util.Objects;

import org.dwcp.api.Check;

/**
 * What was measured on a link, or averaged over several samples or links. Immutable.
 * {@snippet :
 * LinkConditions wan = new LinkConditions(80_000_000L, 200_000_000L, 0.001, java.time.Instant.EPOCH, "tcp-info");
 * double rttMs = wan.rttMs(); // 80.0
 * }
 *
 * @param rttNs         smallest round-trip time seen, in nanoseconds, 0 or more
 * @param bandwidthBps  available bandwidth in bits per second, 0 or more
 * @param loss          share of lost segments, 0 to 1
 * @param at            when it was measured
 * @param source        how, for example {@code handshake}, {@code tcp-info}, {@code burst}
 */
public record LinkConditions(long rttNs, long bandwidthBps, double loss, Instant at, String source) {
    /** Refuses values out of range. */
    public LinkConditions {
        Check.argument(rttNs >= 0, "round-trip time %d ns is negative", rttNs);
        Check.argument(bandwidthBps >= 0, "bandwidth %d bit/s is negative", bandwidthBps);
        Check.argument(loss >= 0 && loss <= 1, "loss %s is not in 0..1", loss);
        Objects.requireNonNull(at);
        Objects.requireNonNull(source);
    }

    /**
     * Gives the round-trip time in milliseconds.
     *
     * @return milliseconds with fraction
     */
    public double rttMs() {
        return rttNs / 1e6;
    }
}
