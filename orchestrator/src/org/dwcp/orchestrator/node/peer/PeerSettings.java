// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.time.Duration;

import org.dwcp.api.Check;

/**
 * Times and limits of the control connections. Immutable, every value within its bounds.
 *
 * @param pingInterval     time between two pings
 * @param pingMissedMax    pings without an answer after which a peer is taken for dead
 * @param redialMin        shortest wait before a peer is dialled again
 * @param redialMax        longest wait before a peer is dialled again
 * @param handshakeTimeout longest time from the first byte to an accepted HELLO
 * @param handshakesMax    connections that may be in their handshake at once; more are closed unread
 */
record PeerSettings(Duration pingInterval, int pingMissedMax, Duration redialMin, Duration redialMax, Duration handshakeTimeout,
        int handshakesMax) {
    /** Source: chosen; see ADR-12. */
    static final PeerSettings DEFAULT = new PeerSettings(Duration.ofSeconds(1), 3, Duration.ofMillis(100), Duration.ofSeconds(5),
            Duration.ofSeconds(5), 64);

    PeerSettings {
        bounds("ping.interval.ms", pingInterval.toMillis(), 20, 60_000);
        bounds("ping.missed.max", pingMissedMax, 1, 100);
        bounds("redial.min.ms", redialMin.toMillis(), 10, 60_000);
        bounds("redial.max.ms", redialMax.toMillis(), redialMin.toMillis(), 600_000);
        bounds("handshake.timeout.ms", handshakeTimeout.toMillis(), 100, 60_000);
        bounds("handshakes.max", handshakesMax, 1, 10_000);
    }

    private static void bounds(String key, long value, long least, long most) {
        Check.argument(value >= least && value <= most, "%s=%d is not in %d..%d", key, value, least, most);
    }
}
