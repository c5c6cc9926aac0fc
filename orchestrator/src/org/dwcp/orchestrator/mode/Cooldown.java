// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.config.AtomicFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long the next automatic switch must wait: for the cooldown since the last one, also over a restart, and for the budget of switches an
 * hour. While the process runs, monotonic time counts, so a changed wall clock neither shortens nor stretches the wait; only what was read
 * from the file is compared by wall time. Not thread-safe.
 */
final class Cooldown {
    private static final Duration AGE_MAX = Duration.ofDays(1); // older is as good as never; the longest period is an hour
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int BUDGET_MAX = 1_000; // the upper limit of switches.per.hour.max
    private static final int BYTES_MAX = 64; // an instant in text has 20 to 30
    private static final Logger LOG = LoggerFactory.getLogger(Cooldown.class);

    private final NodeClock clock;
    private final Optional<Path> file;
    private final Deque<Long> budgetNs = new ArrayDeque<>();
    /** Monotonic time of the last switch; of one before the restart, computed from its age. */
    private Optional<Long> lastNs;

    Cooldown(NodeClock clock, Optional<Path> file) {
        this.clock = clock;
        this.file = file;
        this.lastNs = file.flatMap(Cooldown::read).map(last -> {
            Duration age = Duration.between(last, clock.now());
            // A wall clock that was set back makes an age below zero: then the whole period is waited for, not more.
            return clock.nanoTime() - (age.isNegative() ? 0 : age.compareTo(AGE_MAX) > 0 ? AGE_MAX.toNanos() : age.toNanos());
        });
    }

    /** Returns the time that is still to wait after the last switch, zero when none is. */
    Duration remaining(Duration period) {
        return lastNs.map(last -> left(last, period)).orElse(Duration.ZERO);
    }

    /** Returns the time until the budget allows a switch, zero when it does. */
    Duration untilBudget(int switchesPerHourMax) {
        return budgetNs.size() < switchesPerHourMax ? Duration.ZERO
                : left(budgetNs.stream().skip(budgetNs.size() - switchesPerHourMax).findFirst().orElseThrow(), HOUR);
    }

    private Duration left(long sinceNs, Duration period) {
        Duration left = period.minusNanos(clock.nanoTime() - sinceNs);
        return left.isPositive() ? left : Duration.ZERO;
    }

    /** Notes an automatic switch. */
    void begin() {
        lastNs = Optional.of(clock.nanoTime());
    }

    /** Notes that the switch counts against the budget; the first detection does not. */
    void spend() {
        if (budgetNs.size() == BUDGET_MAX) {
            budgetNs.removeFirst();
        }
        budgetNs.addLast(clock.nanoTime());
    }

    /** Writes the time of the last switch down. A file that cannot be written costs only the memory over a restart. */
    void keep() {
        file.ifPresent(path -> {
            try {
                AtomicFile.write(path, (clock.now() + "\n").getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                LOG.warn("cooldown not kept path={} problem=\"{}\"", path, e.toString());
            }
        });
    }

    private static Optional<Instant> read(Path path) {
        try {
            byte[] bytes = Files.size(path) > BYTES_MAX ? new byte[0] : Files.readAllBytes(path);
            return Optional.of(Instant.parse(new String(bytes, StandardCharsets.UTF_8).strip()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | DateTimeException e) {
            LOG.warn("cooldown unreadable path={} problem=\"{}\" action=none-assumed", path, e.toString());
            return Optional.empty();
        }
    }
}
