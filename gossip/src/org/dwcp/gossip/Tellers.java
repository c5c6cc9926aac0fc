// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.gossip.GossipListener;
import org.dwcp.api.gossip.GossipValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners what has changed, on one thread. Of one name the latest alone waits, so that a slow listener costs a bounded amount. Thread-safe. */
final class Tellers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tellers.class);

    private record Listening(GossipListener listener, String name) {
        boolean wants(String other) {
            return name.isEmpty() || name.equals(other);
        }
    }

    private record Key(Object whom, NodeId owner, String name) {
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition come = lock.newCondition();
    private final LinkedHashMap<Key, Runnable> waiting = new LinkedHashMap<>();
    private final List<Listening> listeners = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private boolean closed;

    Tellers() {
        thread = Thread.ofPlatform().name("gossip.tell").daemon().unstarted(this::run);
        thread.setContextClassLoader(null);
        thread.start();
    }

    /** Adds a listener, who is told what is known first. */
    Registration add(GossipListener listener, String name, List<GossipValue> known) {
        var listening = new Listening(listener, name);
        listeners.add(listening);
        known.forEach(value -> offer(new Key(listening, value.owner(), value.name()), value.name(), List.of(listening), each -> each.changed(value)));
        return () -> listeners.remove(listening);
    }

    void changed(GossipValue value) {
        offer(new Key("", value.owner(), value.name()), value.name(), listeners, each -> each.changed(value));
    }

    void gone(NodeId owner, String name) {
        offer(new Key("", owner, name), name, listeners, each -> each.removed(owner, name));
    }

    private void offer(Key key, String name, List<Listening> whom, Consumer<GossipListener> what) {
        lock.lock();
        try {
            waiting.putLast(key, () -> whom.stream().filter(listening -> listening.wants(name)).forEach(listening -> tell(listening.listener(), what)));
            come.signal();
        } finally {
            lock.unlock();
        }
    }

    private static void tell(GossipListener listener, Consumer<GossipListener> what) {
        try {
            what.accept(listener);
        } catch (RuntimeException e) {
            LOG.error("gossip listener={} failed", listener.getClass().getName(), e);
        }
    }

    private void run() {
        try {
            while (true) {
                Runnable next;
                lock.lockInterruptibly();
                try {
                    while (waiting.isEmpty() && !closed) {
                        come.await();
                    }
                    if (closed) {
                        return;
                    }
                    next = waiting.remove(waiting.keySet().iterator().next());
                } finally {
                    lock.unlock();
                }
                next.run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // by close
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            come.signal();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
        GossipNode.join(thread, Duration.ofMillis(700));
    }

    /** A value as the API shows it. */
    static GossipValue shown(SignedValue value, int hops) {
        return new GossipValue(value.owner(), value.name(), value.version(), value.bytes(), Instant.ofEpochMilli(value.writtenMs()),
                Instant.ofEpochMilli(value.expiresMs()), hops);
    }
}
