// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Where senders wait for room on a channel's lanes. Waking is free while nobody waits. Thread-safe; virtual threads park here. */
final class Room {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile int waiting;

    /**
     * Tries until it gives something. The attempt is repeated after every {@link #wake}; it runs after this thread is counted as waiting, so
     * room that comes free between a failed attempt and the wait is not missed.
     */
    <T> T await(Supplier<T> attempt) throws InterruptedException {
        lock.lock();
        try {
            waiting++;
            for (var got = attempt.get();; got = attempt.get()) {
                if (got != null) {
                    return got;
                }
                changed.await();
            }
        } finally {
            waiting--;
            lock.unlock();
        }
    }

    void wake() {
        if (waiting > 0) {
            lock.lock();
            try {
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
