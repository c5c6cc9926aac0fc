// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import static org.dwcp.transport.v1.rdma.VerbsMessage.CREDIT;
import static org.dwcp.transport.v1.rdma.VerbsMessage.DATA;
import static org.dwcp.transport.v1.rdma.VerbsMessage.END;
import static org.dwcp.transport.v1.rdma.VerbsMessage.HEADER_BYTES;
import static org.dwcp.transport.v1.rdma.VerbsMessage.HELLO;
import static org.dwcp.transport.v1.rdma.VerbsMessage.HELLO_BYTES;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

import org.dwcp.transport.v1.rdma.RdmaSockets.Tuning;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.netty.util.concurrent.Ticker;

/**
 * An ordered stream of bytes over the messages of a reliable queue pair. A message needs a slot that its receiver has made ready, so a sender counts
 * the slots of its peer: {@code HELLO} tells how many there are and how large, every message gives back those that were read since, and a {@code CREDIT}
 * does so alone when half of them are due. Data leaves the last slots to such messages, so two ends that both have much to say never wait for each other.
 * {@code END} is the last one.
 *
 * <p>Used by one thread at a time but for {@link #event}: the loop that has the socket, later the thread that closes it.
 */
final class VerbsStream implements VerbsHub.Member {
    /** Messages each way. Source: chosen; a slot of 32 KiB with the usual memory. */
    static final int SLOTS = 32;
    private static final int SLOT_BYTES_MIN = 1 << 10;
    private static final int SLOT_BYTES_MAX = 4 << 20;
    private static final int SLOTS_MIN = 8;
    private static final int SLOTS_MAX = 1024;
    /** Slots of the peer that data leaves free: two messages of credit may cross, and the end. */
    private static final int RESERVE = 3;
    private static final int RESOLVE_MS = 2_000;
    /** Attempts of the device before a peer counts as gone, and for one whose slots are not ready, which the credits rule out. Source: the most there are. */
    private static final int RETRIES = 7;
    /** Longest wait of a close for what is on its way. With the other limits of a stop below 2 s. Source: chosen. */
    private static final long CLOSE_NS = 1_000_000_000L;
    private static final long CLOSE_LOOK_NS = 200_000L;
    private static final Ticker TICKER = Ticker.systemTicker();
    private static final Logger LOG = LoggerFactory.getLogger(VerbsStream.class);

    /** Events of the connection manager. */
    private static final int ADDRESS_RESOLVED = 0;
    private static final int ROUTE_RESOLVED = 2;
    private static final int ESTABLISHED = 9;
    private static final int DISCONNECTED = 10;
    private static final int TIMEWAIT_EXIT = 15;

    private final VerbsHub hub;
    private final long id;
    private final int slotBytes;
    private final long idleNs;
    private final Queue<Integer> events = new ConcurrentLinkedQueue<>();
    private final ArrayDeque<Integer> free = new ArrayDeque<>(SLOTS);
    private final ArrayDeque<Received> readable = new ArrayDeque<>(SLOTS);
    private VerbsQueue queue;
    private boolean established;
    private boolean greeted;
    private boolean closing;
    private boolean peerEnded;
    private boolean disconnected;
    private IOException broken;
    private int messageBytes;
    private int slotsOfPeer = 1;
    private int credits = 1; // every peer has a slot for the HELLO
    private int sentMessages;
    private int owed;
    private long lastNs = TICKER.nanoTime();

    /** What came and was not read yet. */
    private static final class Received {
        private final int slot;
        private int at = HEADER_BYTES;
        private final int end;

        Received(int slot, int end) {
            this.slot = slot;
            this.end = end;
        }
    }

    private VerbsStream(VerbsHub hub, long id, Tuning tuning) {
        this.hub = hub;
        this.id = id;
        slotBytes = tuning.bufferBytes() / SLOTS;
        idleNs = tuning.idleSeconds() * 1_000_000_000L;
        for (int slot = 0; slot < SLOTS; slot++) {
            free.add(slot);
        }
    }

    /** Begins to connect; gives the socket. */
    static int connect(VerbsHub hub, MemorySegment address, Tuning tuning) throws IOException {
        hub.join();
        VerbsStream stream = null;
        try {
            var made = stream = new VerbsStream(hub, hub.createId(), tuning);
            return hub.add(made.id, made, () -> hub.verbs().resolveAddress(made.id, address.address(), RESOLVE_MS));
        } catch (IOException e) {
            giveUp(hub, stream);
            throw RdmaException.of("looking for the peer's device", e);
        }
    }

    /** Grants what a peer asked for; gives the socket. */
    static int accept(VerbsHub hub, long id, Tuning tuning) throws IOException {
        hub.join();
        var stream = new VerbsStream(hub, id, tuning);
        try {
            stream.queue = new VerbsQueue(hub.verbs(), id, SLOTS, stream.slotBytes);
            return hub.add(id, stream, () -> hub.verbs().accept(id, RETRIES, RETRIES));
        } catch (IOException e) {
            giveUp(hub, stream);
            throw RdmaException.of("accepting", e);
        }
    }

    private static void giveUp(VerbsHub hub, VerbsStream stream) {
        if (stream != null) {
            if (stream.queue != null) {
                stream.queue.close();
            }
            hub.destroyId(stream.id);
        }
        hub.leave();
    }

    @Override
    public void event(int type) {
        events.add(type);
    }

    // ---- what the loop asks

    /** Why it does not work, or null. */
    IOException broken() {
        return broken;
    }

    boolean canRead() {
        return !readable.isEmpty() || peerEnded;
    }

    boolean hasEnded() {
        return peerEnded;
    }

    boolean canSend() {
        return greeted && credits > RESERVE && free.size() > 1;
    }

    int receive(long memory, int bytes) throws IOException {
        advance();
        int copied = 0;
        while (copied < bytes && !readable.isEmpty()) {
            var first = readable.peek();
            int some = Math.min(bytes - copied, first.end - first.at);
            MemorySegment.copy(queue.received(first.slot), first.at, at(memory, bytes), copied, some);
            copied += some;
            first.at += some;
            if (first.at == first.end) {
                readable.remove();
                recycle(first.slot);
            }
        }
        if (copied > 0) {
            giveBack(false);
            return copied;
        }
        if (peerEnded) {
            return 0;
        }
        if (broken != null) {
            throw broken;
        }
        return RdmaSockets.LATER;
    }

    int send(long memory, int bytes) throws IOException {
        advance();
        if (broken != null) {
            throw broken;
        }
        int taken = 0;
        while (taken < bytes && canSend()) {
            int some = Math.min(bytes - taken, messageBytes - HEADER_BYTES);
            MemorySegment.copy(at(memory, bytes), taken, queue.sending(free.peek()), HEADER_BYTES, some);
            post(DATA, some);
            taken += some;
        }
        return taken > 0 ? taken : RdmaSockets.LATER;
    }

    @SuppressWarnings("restricted") // the caller's memory, of the length that it tells
    private static MemorySegment at(long memory, int bytes) {
        return MemorySegment.ofAddress(memory).reinterpret(bytes);
    }

    /** Does what there is to do. Never throws: what breaks shows when it is read or written. */
    void advance() {
        if (broken != null) {
            return;
        }
        try {
            for (var type = events.poll(); type != null; type = events.poll()) {
                take(type);
            }
            if (queue == null) {
                return;
            }
            complete();
            if (disconnected && !peerEnded) {
                throw new RdmaException("the peer has closed the RDMA connection");
            }
            if (established && sentMessages == 0) {
                greet();
            }
            giveBack(greeted && TICKER.nanoTime() - lastNs > idleNs && free.size() == SLOTS);
        } catch (IOException e) {
            broken = RdmaException.of("the RDMA connection", e);
            LOG.debug("rdma stream broke established={} greeted={} peer.ended={} reason=\"{}\"", established, greeted, peerEnded, broken.getMessage());
        }
    }

    // ---- the connection

    private void take(int type) throws IOException {
        switch (type) {
            case ADDRESS_RESOLVED -> hub.verbs().resolveRoute(id, RESOLVE_MS);
            case ROUTE_RESOLVED -> {
                queue = new VerbsQueue(hub.verbs(), id, SLOTS, slotBytes);
                hub.verbs().connect(id, RETRIES, RETRIES);
            }
            case ESTABLISHED -> established = true;
            case DISCONNECTED -> disconnected = true;
            case TIMEWAIT_EXIT -> {
                // the address pair is free again; nothing of ours depends on it
            }
            default -> throw new RdmaException(switch (type) {
                case 1, 3 -> "no RDMA device reaches the peer";
                case 6, 7 -> "the peer did not answer over RDMA";
                case 8 -> "the peer does not accept RDMA there";
                case 11 -> "the RDMA device was removed";
                default -> "unexpected event " + type + " of the connection manager";
            });
        }
    }

    // ---- messages

    private void greet() throws IOException {
        var slot = queue.sending(free.peek());
        VerbsMessage.number(slot, 0, slotBytes);
        VerbsMessage.number(slot, 1, SLOTS);
        post(HELLO, HELLO_BYTES);
    }

    /** Sends the first free slot, whose bytes behind the header are there, with all that is due to the peer. */
    private void post(byte type, int bytes) throws IOException {
        int slot = free.remove();
        VerbsMessage.write(queue.sending(slot), type, owed, bytes);
        owed = 0;
        credits--;
        sentMessages++;
        lastNs = TICKER.nanoTime();
        queue.send(slot, HEADER_BYTES + bytes);
    }

    private void complete() throws IOException {
        for (int count = queue.poll(); count > 0; count = queue.poll()) {
            for (int index = 0; index < count; index++) {
                if (queue.status(index) != 0) {
                    throw new RdmaException("the RDMA connection broke: " + words(queue.status(index)));
                }
                if (queue.isSent(index)) {
                    free.add(queue.slot(index));
                } else {
                    read(queue.slot(index), queue.bytes(index));
                }
            }
        }
    }

    private static String words(int status) {
        return switch (status) {
            case 5 -> "it was ended";
            case 12 -> "the peer does not answer";
            case 13 -> "the peer has no room";
            default -> "status " + status + " of ibv_wc_status";
        };
    }

    private void read(int slot, int bytes) throws IOException {
        lastNs = TICKER.nanoTime();
        if (bytes < HEADER_BYTES || bytes > slotBytes) {
            throw refusal("a message of " + bytes + " bytes is not in " + HEADER_BYTES + ".." + slotBytes);
        }
        var message = VerbsMessage.read(queue.received(slot));
        if (message.version() != VerbsMessage.VERSION || message.length() != bytes - HEADER_BYTES) {
            throw refusal("version " + message.version() + " with " + message.length() + " of " + (bytes - HEADER_BYTES) + " bytes");
        }
        if (message.type() == HELLO == greeted || peerEnded || message.given() > slotsOfPeer - credits) {
            throw refusal("a message of type " + message.type() + " that gives back " + message.given() + " slots is out of place");
        }
        credits += message.given();
        switch (message.type()) {
            case HELLO -> greeted(queue.received(slot), message);
            case DATA -> {
                if (message.length() == 0) {
                    throw refusal("data of 0 bytes");
                }
                if (!closing) {
                    readable.add(new Received(slot, bytes));
                    return;
                }
            }
            case CREDIT -> {
                // what it gives back is counted above
            }
            case END -> peerEnded = true;
            default -> throw refusal("type " + message.type());
        }
        recycle(slot);
    }

    private void greeted(MemorySegment slot, VerbsMessage message) throws RdmaException {
        int peerSlotBytes = message.length() == HELLO_BYTES ? VerbsMessage.number(slot, 0) : 0;
        int peerSlots = message.length() == HELLO_BYTES ? VerbsMessage.number(slot, 1) : 0;
        if (peerSlotBytes < SLOT_BYTES_MIN || peerSlotBytes > SLOT_BYTES_MAX || peerSlots < SLOTS_MIN || peerSlots > SLOTS_MAX) {
            throw refusal(peerSlots + " slots of " + peerSlotBytes + " bytes");
        }
        greeted = true;
        messageBytes = Math.min(slotBytes, peerSlotBytes);
        slotsOfPeer = peerSlots;
        credits = peerSlots - sentMessages + message.given();
    }

    private static RdmaException refusal(String what) {
        return new RdmaException("the peer broke the protocol of RDMA messages: " + what);
    }

    /** A slot was read: the device may fill it again, and the peer is told. */
    private void recycle(int slot) throws IOException {
        if (!disconnected) {
            queue.receive(slot);
            owed++;
        }
    }

    /** Tells the peer of slots that were read, when they are many or it is time for a sign of life. */
    private void giveBack(boolean silent) throws IOException {
        if ((owed >= SLOTS / 2 || silent) && credits > 0 && !free.isEmpty() && !disconnected) {
            post(CREDIT, 0);
        }
    }

    // ---- the end

    /** Sends what is under way and the end, waits until the peer's device has it, and gives everything back. */
    @Override
    public void close() {
        closing = true;
        long untilNs = TICKER.nanoTime() + CLOSE_NS;
        boolean ended = false;
        try {
            readable.clear();
            while (established && broken == null && !disconnected && (!ended || free.size() < SLOTS) && TICKER.nanoTime() - untilNs < 0) {
                hub.look();
                advance();
                if (!ended && broken == null && greeted && credits > 0 && !free.isEmpty()) {
                    post(END, 0);
                    ended = true;
                } else {
                    LockSupport.parkNanos(CLOSE_LOOK_NS);
                }
            }
        } catch (IOException e) {
            broken = e; // the peer sees it broken, which it is
        }
        if (established) {
            hub.verbs().disconnect(id);
        }
        if (queue != null) {
            queue.close();
        }
        hub.destroyId(id);
        hub.leave();
    }
}
