// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.time.Instant;

import org.dwcp.api.node.NodeClock;

/** Real time, for tests in which threads race. */
final class MachineClock implements NodeClock {
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
        Thread.sleep(duration);
    }
}
