// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** A lock with one condition, for owners whose state is guarded as a whole. Nothing is called out of it that may block. */
final class Guard {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Computes something under the lock. */
    <T> T get(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /** Does something under the lock. */
    void run(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }

    /** Does something that may wait by {@link #await} under the lock. */
    <T> T getInterruptibly(Waiting<T> work) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a change; the lock is held before and after. */
    void await() throws InterruptedException {
        changed.await();
    }

    /** Wakes one that waits; the lock is held. */
    void wakeOne() {
        changed.signal();
    }

    /** Wakes all that wait; the lock is held. */
    void wakeAll() {
        changed.signalAll();
    }

    /** Work that may wait. */
    interface Waiting<T> {
        T get() throws InterruptedException;
    }
}
