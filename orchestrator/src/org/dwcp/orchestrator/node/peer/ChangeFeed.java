// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.node.PeerInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners of changes from one thread of its own. Of a peer that changes faster than the listeners look, they see the newest entry: so
 * what waits is never more than one entry a peer.
 */
final class ChangeFeed implements Runnable, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeFeed.class);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final LinkedHashMap<NodeId, PeerInfo> waiting = new LinkedHashMap<>();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private boolean closed;

    void changed(PeerInfo entry) {
        lock.lock();
        try {
            waiting.remove(entry.id()); // the newest goes to the end: listeners see changes in the order of the last of each
            waiting.put(entry.id(), entry);
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    Registration listen(Consumer<PeerInfo> consumer) {
        var listener = new Listener(consumer);
        listeners.add(listener);
        return () -> {
            listener.close();
            listeners.remove(listener);
        };
    }

    @Override
    public void run() {
        try {
            while (true) {
                var entry = take();
                if (entry == null) {
                    return;
                }
                listeners.forEach(listener -> listener.tell(entry));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private PeerInfo take() throws InterruptedException {
        lock.lock();
        try {
            while (waiting.isEmpty() && !closed) {
                changed.await();
            }
            return closed ? null : waiting.pollFirstEntry().getValue();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** One listener. Its gate makes sure that no call begins after {@link #close} returned. */
    private static final class Listener {
        private final ReentrantLock gate = new ReentrantLock();
        private final Consumer<PeerInfo> consumer;
        private boolean closed;

        Listener(Consumer<PeerInfo> consumer) {
            this.consumer = consumer;
        }

        void tell(PeerInfo entry) {
            gate.lock();
            try {
                if (closed) {
                    return;
                }
            } finally {
                gate.unlock();
            }
            try {
                consumer.accept(entry);
            } catch (RuntimeException e) {
                LOG.warn("peer listener failed listener={}", consumer.getClass().getName(), e);
            }
        }

        void close() {
            gate.lock();
            try {
                closed = true;
            } finally {
                gate.unlock();
            }
        }
    }
}
