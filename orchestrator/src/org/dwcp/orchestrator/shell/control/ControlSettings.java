// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import java.time.Duration;

import org.dwcp.api.Check;

/**
 * What the control port was told.
 *
 * @param port             where it listens on the loopback address, 0 for any free one
 * @param sessionsMax      most commands at a time, 1 to 256
 * @param handshakeTimeout longest wait for a client's request, 100 ms to 1 min
 * @param commandTimeout   longest run of a command that does not stream, 100 ms to 10 min
 * @param stallTimeout     longest wait for a client that does not read, 100 ms to 10 min
 */
record ControlSettings(int port, int sessionsMax, Duration handshakeTimeout, Duration commandTimeout, Duration stallTimeout) {
    ControlSettings {
        Check.argument(port >= 0 && port <= 65_535, "port %d is not in 0..65535", port);
        Check.argument(sessionsMax >= 1 && sessionsMax <= 256, "sessions.max %d is not in 1..256", sessionsMax);
        within("handshake.timeout.ms", handshakeTimeout, 60_000);
        within("command.timeout.ms", commandTimeout, 600_000);
        within("stall.timeout.ms", stallTimeout, 600_000);
    }

    private static void within(String key, Duration value, long maxMs) {
        Check.argument(value.toMillis() >= 100 && value.toMillis() <= maxMs, "%s %d is not in 100..%d", key, value.toMillis(), maxMs);
    }
}
