// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import java.time.Duration;
import java.time.Instant;

import org.dwcp.api.node.NodeClock;

/** The machine's time. */
public final class SystemClock implements NodeClock {
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
