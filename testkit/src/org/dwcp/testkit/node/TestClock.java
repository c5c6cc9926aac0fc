// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.node;

import java.time.Duration;
import java.time.Instant;

import org.dwcp.api.node.NodeClock;

/** The real clock, for tests with real sockets and files. Thread-safe. */
public final class TestClock implements NodeClock {
    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        if (duration.isPositive()) {
            Thread.sleep(duration);
        }
    }
}
