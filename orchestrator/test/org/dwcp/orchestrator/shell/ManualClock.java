// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.node.NodeClock;

/** Time that moves only by hand, or by sleeping. */
public final class ManualClock implements NodeClock {
    private final AtomicLong ns = new AtomicLong(1_000);

    @Override
    public long nanoTime() {
        return ns.get();
    }

    @Override
    public Instant now() {
        return Fixtures.NOON.plusNanos(ns.get() - 1_000);
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        ns.addAndGet(duration.toNanos());
    }

    public void pass(Duration duration) {
        ns.addAndGet(duration.toNanos());
    }
}
