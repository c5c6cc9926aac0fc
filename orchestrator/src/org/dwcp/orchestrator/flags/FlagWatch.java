// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import java.time.Duration;

import org.dwcp.api.node.NodeClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the flag file twice a second, on one thread. Looking and not a file system watch: it works on every file system, network ones
 * included, sees a rename like a write, and costs one {@code stat}.
 */
final class FlagWatch implements AutoCloseable {
    /** Time between two looks. Source: R-128 asks for 2 s. */
    static final Duration INTERVAL = Duration.ofMillis(500);
    private static final Duration STOP_MAX = Duration.ofSeconds(2);
    private static final Logger LOG = LoggerFactory.getLogger(FlagWatch.class);

    private final StoredFlags flags;
    private final NodeClock clock;
    private final Thread thread;

    FlagWatch(StoredFlags flags, NodeClock clock) {
        this.flags = flags;
        this.clock = clock;
        this.thread = Thread.ofPlatform().name("orchestrator.flags.watch-1").daemon().unstarted(this::run);
        thread.setContextClassLoader(null);
        thread.start();
    }

    private void run() {
        String lastFailure = "";
        while (!Thread.currentThread().isInterrupted()) {
            try {
                clock.sleep(INTERVAL);
                flags.reload();
                lastFailure = "";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) { // the watch outlives whatever a look may meet
                if (!e.toString().equals(lastFailure)) { // a failure that repeats twice a second is logged once
                    LOG.error("flags watch failed", e);
                    lastFailure = e.toString();
                }
            }
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        if (Thread.currentThread() == thread) {
            return; // closed by a listener: the loop ends after it
        }
        try {
            if (!thread.join(STOP_MAX)) {
                LOG.error("flags watch survives stop stack={}", java.util.Arrays.toString(thread.getStackTrace()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
