// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.time.Duration;

import org.dwcp.api.Check;

/**
 * Times and limits of the control connections. Immutable, every value within its bounds.
 *
 * @param pingInterval     time between two pings
 * @param pingMissedMax    pings without an answer after which a peer on a local link is taken for dead
 * @param pingMissedWanMax the same for a peer on a wide-area link, or before its round trip is known
 * @param wanRtt           a link with this round trip or a longer one is a wide-area link
 * @param redialMin        shortest wait before a peer is dialled again
 * @param redialMax        longest wait before a peer is dialled again
 * @param handshakeTimeout longest time from the first byte to an accepted HELLO
 * @param handshakesMax    connections that may be in their handshake at once; more are closed unread
 */
public record PeerSettings(Duration pingInterval, int pingMissedMax, int pingMissedWanMax, Duration wanRtt, Duration redialMin, Duration redialMax, Duration handshakeTimeout,
        int handshakesMax) {
    /** Source: chosen; see ADR-12 and ADR-25. */
    public static final PeerSettings DEFAULT = new PeerSettings(Duration.ofSeconds(1), 3, 20, Duration.ofMillis(10), Duration.ofMillis(100), Duration.ofSeconds(5),
            Duration.ofSeconds(5), 64);

    /** Checks every bound. */
    public PeerSettings {
        bounds("ping.interval.ms", pingInterval.toMillis(), 20, 60_000);
        bounds("ping.missed.max", pingMissedMax, 1, 100);
        bounds("ping.missed.wan.max", pingMissedWanMax, pingMissedMax, 1_000);
        bounds("wan.rtt.ms", wanRtt.toMillis(), 1, 1_000);
        bounds("redial.min.ms", redialMin.toMillis(), 10, 60_000);
        bounds("redial.max.ms", redialMax.toMillis(), redialMin.toMillis(), 600_000);
        bounds("handshake.timeout.ms", handshakeTimeout.toMillis(), 100, 60_000);
        bounds("handshakes.max", handshakesMax, 1, 10_000);
    }

    /** The pings that a link may miss, by its smallest round-trip time; 0 when that is not known yet. */
    int missedMax(long rttMinNs) {
        return rttMinNs > 0 && rttMinNs < wanRtt.toNanos() ? pingMissedMax : pingMissedWanMax;
    }

    private static void bounds(String key, long value, long least, long most) {
        Check.argument(value >= least && value <= most, "%s=%d is not in %d..%d", key, value, least, most);
    }
}
