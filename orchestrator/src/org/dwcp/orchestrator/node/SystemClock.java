// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node;

import java.time.Duration;
import java.time.Instant;

import org.dwcp.api.node.NodeClock;
import org.osgi.service.component.annotations.Component;

/** The machine's clock: with {@link SeededRandom} the one place where real time and chance enter a node. */
@Component(service = NodeClock.class)
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
