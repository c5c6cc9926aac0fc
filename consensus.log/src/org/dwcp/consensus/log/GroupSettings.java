// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.time.Duration;

import org.dwcp.api.Check;

/**
 * How a group works.
 *
 * @param entriesInFlight   entries proposed at a time, 1 to 64; what comes meanwhile goes into the next one (group commit)
 * @param commandTimeout    longest time for a command with all repetitions, 100 ms to 10 min
 * @param proposalTimeout   time after which an entry without an answer is proposed again, 100 ms to 1 min
 * @param retryDelay        time before a refused entry is proposed again, 1 ms to 10 s
 * @param tick              time between two looks at peers, routing and provider, 10 ms to 10 s
 * @param dwell             time that the routing must want another provider, and an epoch must have lasted, before an automatic switch, 0 to 1 h
 * @param fallback          time without an answer after which the next epoch is what the routing wants, if that tolerates more, without dwell; 0 to 10 min, 0 never
 * @param prepareTimeout    longest preparation of a switch, 100 ms to 10 min
 * @param waitingMax        commands that wait in this node, 1 to 1,000,000
 */
record GroupSettings(int entriesInFlight, Duration commandTimeout, Duration proposalTimeout, Duration retryDelay, Duration tick, Duration dwell,
        Duration fallback, Duration prepareTimeout, int waitingMax) {
    static final GroupSettings DEFAULT = new GroupSettings(4, Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofMillis(20), Duration.ofMillis(500),
            Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(10), 100_000);

    GroupSettings {
        Check.argument(entriesInFlight >= 1 && entriesInFlight <= 64, "entries.inflight.max %d is not in 1..64", entriesInFlight);
        within("command.timeout.ms", commandTimeout, 100, 600_000);
        within("proposal.timeout.ms", proposalTimeout, 100, 60_000);
        within("retry.delay.ms", retryDelay, 1, 10_000);
        within("tick.interval.ms", tick, 10, 10_000);
        within("switch.dwell.ms", dwell, 0, 3_600_000);
        within("fallback.deadline.ms", fallback, 0, 600_000);
        within("prepare.timeout.ms", prepareTimeout, 100, 600_000);
        Check.argument(waitingMax >= 1 && waitingMax <= 1_000_000, "commands.waiting.max %d is not in 1..1000000", waitingMax);
    }

    private static void within(String key, Duration value, long min, long max) {
        Check.argument(value.toMillis() >= min && value.toMillis() <= max, "%s %d is not in %d..%d", key, value.toMillis(), min, max);
    }
}
