// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Verbs between queue pairs of one process, by copying: what a device and its kernel do, as far as {@link VerbsSockets} can see it. A message waits for a
 * slot of its receiver; an ended connection fails what is posted. Counts what is open. Thread-safe by one lock.
 */
final class LoopVerbs implements Verbs {
    private static final int ADDRESS_RESOLVED = 0;
    private static final int ROUTE_RESOLVED = 2;
    private static final int CONNECT_REQUEST = 4;
    private static final int REJECTED = 8;
    private static final int ESTABLISHED = 9;
    private static final int DISCONNECTED = 10;
    private static final int FLUSHED = 5;
    private static final int NO_ANSWER = 12;

    private final Map<Long, Object> objects = new HashMap<>();
    private final Map<Integer, Id> listening = new HashMap<>();
    private final AtomicInteger slotsNotReady = new AtomicInteger();
    private long last = 1;
    private int lastPort = 40_000;
    private boolean deaf;

    private record Event(int type, long listening, long id) {
    }

    private static final class Events {
        private final Queue<Event> queue = new ArrayDeque<>();
    }

    private static final class Id {
        private final long handle;
        private final Events events;
        private int port;
        private Id peer;
        private Pair pair;
        private boolean granted;

        Id(long handle, Events events) {
            this.handle = handle;
            this.events = events;
        }
    }

    private static final class Pair {
        private final Completions done;
        private final Queue<long[]> receives = new ArrayDeque<>();
        private final Queue<long[]> waiting = new ArrayDeque<>();
        private boolean ended;

        Pair(Completions done) {
            this.done = done;
        }
    }

    private static final class Completions {
        private final Queue<long[]> queue = new ArrayDeque<>();
    }

    private static final class Thing {
    }

    /** Handles that were not given back. */
    synchronized int open() {
        return objects.size();
    }

    /** Messages that came before their receiver had a slot ready. */
    int slotsNotReady() {
        return slotsNotReady.get();
    }

    /** From now on every message is lost, as when the other machine has died. */
    synchronized void deaf() {
        deaf = true;
    }

    private long add(Object object) {
        objects.put(++last, object);
        return last;
    }

    private <T> T get(long handle, Class<T> type) {
        return type.cast(java.util.Objects.requireNonNull(objects.get(handle), () -> "handle " + handle + " was destroyed"));
    }

    private void remove(long handle) {
        java.util.Objects.requireNonNull(objects.remove(handle), () -> "handle " + handle + " destroyed twice");
    }

    @SuppressWarnings("restricted") // the memory of who asks
    private static MemorySegment at(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    private static int port(long socketAddress) {
        return Short.toUnsignedInt(at(socketAddress, 16).get(JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2));
    }

    @Override
    public synchronized long createEvents() {
        return add(new Events());
    }

    @Override
    public synchronized void destroyEvents(long events) {
        remove(events);
    }

    @Override
    public synchronized long createId(long events) {
        return add(new Id(last + 1, get(events, Events.class)));
    }

    @Override
    public synchronized void destroyId(long handle) {
        var id = get(handle, Id.class);
        remove(handle);
        listening.values().remove(id);
        id.events.queue.removeIf(event -> event.id == handle);
        if (id.peer != null && !id.granted && id.peer.pair != null && !id.peer.granted) {
            tell(id.peer, REJECTED);
        }
        end(id);
    }

    private static void tell(Id id, int type) {
        id.events.queue.add(new Event(type, -1, id.handle));
    }

    @Override
    public synchronized void bind(long handle, long socketAddress) throws IOException {
        int port = port(socketAddress) == 0 ? ++lastPort : port(socketAddress);
        if (listening.containsKey(port)) {
            throw new IOException("bind: Address already in use");
        }
        get(handle, Id.class).port = port;
        listening.put(port, get(handle, Id.class));
    }

    @Override
    public synchronized void listen(long id, int backlog) {
        get(id, Id.class);
    }

    @Override
    public synchronized void resolveAddress(long handle, long socketAddress, int timeoutMs) {
        var id = get(handle, Id.class);
        id.port = port(socketAddress);
        tell(id, ADDRESS_RESOLVED);
    }

    @Override
    public synchronized void resolveRoute(long id, int timeoutMs) {
        tell(get(id, Id.class), ROUTE_RESOLVED);
    }

    @Override
    public synchronized void connect(long handle, int retries, int notReadyRetries) {
        var id = get(handle, Id.class);
        var listener = listening.get(id.port);
        if (listener == null) {
            tell(id, REJECTED);
            return;
        }
        var other = new Id(last + 1, listener.events);
        add(other);
        id.peer = other;
        other.peer = id;
        listener.events.queue.add(new Event(CONNECT_REQUEST, listener.handle, other.handle));
    }

    @Override
    public synchronized void accept(long handle, int retries, int notReadyRetries) throws IOException {
        var id = get(handle, Id.class);
        if (!objects.containsValue(id.peer)) {
            throw new IOException("accept: the peer has gone");
        }
        id.granted = true;
        id.peer.granted = true;
        tell(id, ESTABLISHED);
        tell(id.peer, ESTABLISHED);
    }

    @Override
    public synchronized void disconnect(long id) {
        end(get(id, Id.class));
    }

    private void end(Id id) {
        if (id.granted && id.pair != null && !id.pair.ended) {
            id.pair.ended = true;
            flush(id.pair);
            tell(id, DISCONNECTED);
            if (id.peer != null && objects.containsKey(id.peer.handle)) {
                tell(id.peer, DISCONNECTED);
            }
        }
    }

    private static void flush(Pair pair) {
        pair.receives.forEach(receive -> pair.done.queue.add(new long[] {receive[0], FLUSHED, 0}));
        pair.receives.clear();
    }

    @Override
    public synchronized void address(long handle, long socketAddress) {
        var to = at(socketAddress, 16);
        to.set(JAVA_SHORT, 0, (short) 2);
        to.set(JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, (short) get(handle, Id.class).port);
        to.set(JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN), 4, 0x7f000001);
    }

    @Override
    public synchronized int event(long events, long listeningOut, long idOut) {
        var event = get(events, Events.class).queue.poll();
        if (event == null) {
            return -1;
        }
        at(listeningOut, 8).set(JAVA_LONG, 0, event.listening);
        at(idOut, 8).set(JAVA_LONG, 0, event.id);
        return event.type;
    }

    @Override
    public long device(long id) {
        return 1;
    }

    @Override
    public synchronized long createDomain(long device) {
        return add(new Thing());
    }

    @Override
    public synchronized void destroyDomain(long domain) {
        remove(domain);
    }

    @Override
    public synchronized long createNotices(long device) {
        return add(new Thing());
    }

    @Override
    public synchronized void destroyNotices(long notices) {
        remove(notices);
    }

    @Override
    public synchronized long createCompletions(long device, long notices, int entries) {
        return add(new Completions());
    }

    @Override
    public synchronized void destroyCompletions(long completions) {
        remove(completions);
    }

    @Override
    public synchronized long createQueuePair(long handle, long domain, long completions, int sends, int receives) {
        var pair = new Pair(get(completions, Completions.class));
        get(handle, Id.class).pair = pair;
        return add(pair);
    }

    @Override
    public synchronized void destroyQueuePair(long handle) {
        var id = get(handle, Id.class);
        end(id);
        id.pair.ended = true;
        objects.values().remove(id.pair);
    }

    @Override
    public synchronized long register(long domain, long memory, int bytes, long keysOut) {
        return add(new Thing());
    }

    @Override
    public synchronized void deregister(long region) {
        remove(region);
    }

    private static long[] work(long request) {
        var words = at(request, 32);
        var part = at(words.get(JAVA_LONG, 16), 16);
        return new long[] {words.get(JAVA_LONG, 0), part.get(JAVA_LONG, 0), part.get(JAVA_INT, 8)};
    }

    @Override
    public synchronized void postReceive(long queuePair, long request) {
        var pair = get(queuePair, Pair.class);
        pair.receives.add(work(request));
        var other = peerOf(pair);
        if (other != null) {
            deliver(other, pair);
        }
        if (pair.ended) {
            flush(pair);
        }
    }

    @Override
    public synchronized void postSend(long queuePair, long request) {
        var pair = get(queuePair, Pair.class);
        var to = peerOf(pair);
        if (pair.ended || to == null || to.ended || deaf) {
            pair.done.queue.add(new long[] {work(request)[0], pair.ended ? FLUSHED : NO_ANSWER, 0});
            return;
        }
        pair.waiting.add(work(request));
        if (to.receives.isEmpty()) {
            slotsNotReady.incrementAndGet();
        }
        deliver(pair, to);
    }

    private Pair peerOf(Pair pair) {
        for (var object : objects.values()) {
            if (object instanceof Id id && id.pair == pair) {
                return id.peer == null ? null : id.peer.pair;
            }
        }
        return null;
    }

    private static void deliver(Pair from, Pair to) {
        while (!from.waiting.isEmpty() && !to.receives.isEmpty()) {
            var message = from.waiting.remove();
            var slot = to.receives.remove();
            MemorySegment.copy(at(message[1], message[2]), 0, at(slot[1], slot[2]), 0, message[2]);
            to.done.queue.add(new long[] {slot[0], 0, message[2]});
            from.done.queue.add(new long[] {message[0], 0, 0});
        }
    }

    @Override
    public synchronized int poll(long completions, int most, long out) {
        var queue = get(completions, Completions.class).queue;
        int count = 0;
        for (; count < most && !queue.isEmpty(); count++) {
            var done = queue.remove();
            var entry = at(out + count * 48L, 48);
            entry.set(JAVA_LONG, 0, done[0]);
            entry.set(JAVA_INT, 8, (int) done[1]);
            entry.set(JAVA_INT, 20, (int) done[2]);
        }
        return count;
    }
}
