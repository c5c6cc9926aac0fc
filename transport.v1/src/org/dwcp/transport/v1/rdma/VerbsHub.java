// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.netty.util.concurrent.Ticker;

/**
 * What all sockets of a verbs library share: the numbers they go by, and the connection manager's events. Ids that were accepted get their events where
 * their listener does, so all have one channel; whoever looks hands each event to its socket, whose own thread takes it from there. Thread-safe.
 */
final class VerbsHub {
    private static final Logger LOG = LoggerFactory.getLogger(VerbsHub.class);
    /** rdma_cm_event_type. */
    private static final int CONNECT_REQUEST = 4;
    private static final int EVENTS_A_LOOK = 64;
    /** Least time between two looks: each is a call of the system, and all loops look. Source: chosen; a connection takes three events. */
    private static final long LOOK_NS = 2_000_000;
    private static final Ticker TICKER = Ticker.systemTicker();

    private final Verbs verbs;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, Member> byId = new HashMap<>();
    private final Map<Integer, Member> byNumber = new ConcurrentHashMap<>();
    private final MemorySegment ids = Arena.ofAuto().allocate(JAVA_LONG, 2);
    private volatile long lookedNs = TICKER.nanoTime() - LOOK_NS;
    private long events;
    private int users;
    private int last;

    VerbsHub(Verbs verbs) {
        this.verbs = verbs;
    }

    /** A socket. */
    interface Member {
        /** Something happened to its id; called by any thread, with the hub's lock held. */
        void event(int type);

        /** A peer asks for a connection and has got this id; false leaves the id to the hub. Called as {@link #event}. */
        default boolean request(long id) {
            return false;
        }

        /** Ends it; any thread, once, and may wait for the peer. */
        void close();
    }

    /** What begins a socket's life. */
    interface Beginning {
        void begin() throws IOException;
    }

    Verbs verbs() {
        return verbs;
    }

    int users() {
        lock.lock();
        try {
            return users;
        } finally {
            lock.unlock();
        }
    }

    /** A loop or a socket begins. */
    void join() throws IOException {
        lock.lock();
        try {
            if (users == 0) {
                events = verbs.createEvents();
            }
            users++;
        } finally {
            lock.unlock();
        }
    }

    /** It has ended. */
    void leave() {
        lock.lock();
        try {
            if (--users == 0) {
                verbs.destroyEvents(events);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes an id. */
    long createId() throws IOException {
        lock.lock();
        try {
            return verbs.createId(events);
        } finally {
            lock.unlock();
        }
    }

    /** Does what begins a socket's life, and gives it a number; its id's events are its own from now on. */
    int add(long id, Member member, Beginning beginning) throws IOException {
        lock.lock();
        try {
            beginning.begin(); // with the lock held, so that the first event finds it
            byId.put(id, member);
            byNumber.put(++last, member);
            return last;
        } finally {
            lock.unlock();
        }
    }

    /** Destroys an id. With the lock held, so that no event of it is handed to who gets the same address next. */
    void destroyId(long id) {
        lock.lock();
        try {
            byId.remove(id);
            verbs.destroyId(id);
        } finally {
            lock.unlock();
        }
    }

    <T extends Member> T find(int number, Class<T> type) throws RdmaException {
        var member = byNumber.get(number);
        if (!type.isInstance(member)) {
            throw new RdmaException("socket " + number + " is closed");
        }
        return type.cast(member);
    }

    /** Any socket, or null when it is closed. */
    Member find(int number) {
        return byNumber.get(number);
    }

    void close(int number) {
        var member = byNumber.remove(number);
        if (member != null) {
            member.close();
        }
    }

    /** Hands out the events that are there; returns at once when it was just done or another thread is at it. Called often. */
    void look() {
        long nowNs = TICKER.nanoTime();
        if (nowNs - lookedNs < LOOK_NS || !lock.tryLock()) {
            return;
        }
        try {
            lookedNs = nowNs;
            for (int count = 0; count < EVENTS_A_LOOK && users > 0; count++) {
                int type = verbs.event(events, ids.address(), ids.address() + Long.BYTES);
                if (type < 0) {
                    return;
                }
                long id = ids.get(JAVA_LONG, Long.BYTES);
                if (type == CONNECT_REQUEST) {
                    request(ids.get(JAVA_LONG, 0), id);
                } else if (byId.get(id) != null) {
                    byId.get(id).event(type);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void request(long listening, long id) {
        var listener = byId.get(listening);
        if (listener == null || !listener.request(id)) {
            LOG.debug("rdma refuses a connection: nobody listens, or too many wait");
            verbs.destroyId(id);
        }
    }
}
