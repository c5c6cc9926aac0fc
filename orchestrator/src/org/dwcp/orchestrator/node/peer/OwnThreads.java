// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.node.NodeClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The virtual threads of one owner: started by name, and all of them gone when {@link #stop} returns. Thread-safe. */
final class OwnThreads {
    private static final Logger LOG = LoggerFactory.getLogger(OwnThreads.class);

    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final NodeClock clock;

    OwnThreads(NodeClock clock) {
        this.clock = clock;
    }

    Thread start(String name, Runnable work) {
        var thread = Thread.ofVirtual().name(name).unstarted(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                LOG.error("thread failed thread={}", name, e);
            } finally {
                threads.remove(Thread.currentThread());
            }
        });
        thread.setContextClassLoader(null);
        threads.add(thread);
        thread.start();
        return thread;
    }

    Set<Thread> running() {
        return Set.copyOf(threads);
    }

    /** Waits without interrupting; true when all are gone. */
    boolean await(Duration patience) throws InterruptedException {
        var endNs = clock.nanoTime() + patience.toNanos();
        for (var thread : threads) {
            var leftNs = endNs - clock.nanoTime();
            if (thread != Thread.currentThread() && (leftNs <= 0 || !thread.join(Duration.ofNanos(leftNs)))) {
                return false;
            }
        }
        return true;
    }

    /** Interrupts what is left and waits; logs who does not leave. Gives their number. */
    int stop(Duration patience) {
        threads.forEach(Thread::interrupt);
        try {
            if (await(patience)) {
                return 0;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // what is left is reported all the same
        }
        threads.forEach(thread -> LOG.error("peers stop.survivors thread={} after ms={}", thread.getName(),
                patience.toMillis()));
        return threads.size();
    }
}
