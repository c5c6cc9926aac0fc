// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The queue pair of one connection with its memory: slots for messages that come and as many for those that go, registered as one piece. Used by one
 * thread at a time. Layouts: {@code ibv_sge}, {@code ibv_send_wr}, {@code ibv_recv_wr}, {@code ibv_wc} of verbs.h.
 */
final class VerbsQueue {
    private static final int PAGE_BYTES = 4096;
    private static final int REQUEST_BYTES = 128;
    private static final int COMPLETION_BYTES = 48;
    private static final int COMPLETIONS = 16;
    private static final long SENT = 1L << 32;
    private static final int SEND = 2;
    private static final int SIGNALED = 2;

    private final Verbs verbs;
    private final long id;
    private final int slots;
    private final int slotBytes;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final MemorySegment request;
    private final MemorySegment part;
    private final MemorySegment completions;
    private long domain;
    private long notices;
    private long done;
    private long pair;
    private long region;
    private int localKey;

    /**
     * Makes it for an id that knows its device.
     *
     * @param slots     messages each way
     * @param slotBytes largest message
     */
    VerbsQueue(Verbs verbs, long id, int slots, int slotBytes) throws IOException {
        this.verbs = verbs;
        this.id = id;
        this.slots = slots;
        this.slotBytes = slotBytes;
        memory = arena.allocate(2L * slots * slotBytes, PAGE_BYTES);
        request = arena.allocate(REQUEST_BYTES, Long.BYTES);
        part = arena.allocate(16, Long.BYTES);
        completions = arena.allocate((long) COMPLETIONS * COMPLETION_BYTES, Long.BYTES);
        try {
            long device = verbs.device(id);
            domain = verbs.createDomain(device);
            notices = verbs.createNotices(device);
            done = verbs.createCompletions(device, notices, 2 * slots);
            pair = verbs.createQueuePair(id, domain, done, slots, slots);
            region = verbs.register(domain, memory.address(), (int) memory.byteSize(), part.address());
            localKey = part.get(JAVA_INT, 0);
            for (int slot = 0; slot < slots; slot++) {
                receive(slot);
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Memory of a message that came. */
    MemorySegment received(int slot) {
        return memory.asSlice((long) slot * slotBytes, slotBytes);
    }

    /** Memory of a message that will go. */
    MemorySegment sending(int slot) {
        return memory.asSlice((long) (slots + slot) * slotBytes, slotBytes);
    }

    /** Lets the device fill a slot. */
    void receive(int slot) throws IOException {
        describe(slot, received(slot), slotBytes);
        verbs.postReceive(pair, request.address());
    }

    /** Sends the first bytes of a slot. */
    void send(int slot, int bytes) throws IOException {
        describe(SENT | slot, sending(slot), bytes);
        request.set(JAVA_INT, 28, SEND);
        request.set(JAVA_INT, 32, SIGNALED);
        verbs.postSend(pair, request.address());
    }

    private void describe(long number, MemorySegment slot, int bytes) {
        part.set(JAVA_LONG, 0, slot.address());
        part.set(JAVA_INT, 8, bytes);
        part.set(JAVA_INT, 12, localKey);
        request.fill((byte) 0);
        request.set(JAVA_LONG, 0, number);
        request.set(JAVA_LONG, 16, part.address());
        request.set(JAVA_INT, 24, 1);
    }

    /** Looks for what is done; {@link #isSent}, {@link #slot}, {@link #bytes} and {@link #status} tell of each until the next look. */
    int poll() throws IOException {
        return verbs.poll(done, COMPLETIONS, completions.address());
    }

    boolean isSent(int index) {
        return (number(index) & SENT) != 0;
    }

    int slot(int index) {
        return (int) number(index);
    }

    /** What came: its length. Only of success. */
    int bytes(int index) {
        return completions.get(JAVA_INT, (long) index * COMPLETION_BYTES + 20);
    }

    /** 0 for success, else as ibv_wc_status numbers it. */
    int status(int index) {
        return completions.get(JAVA_INT, (long) index * COMPLETION_BYTES + 8);
    }

    private long number(int index) {
        return completions.get(JAVA_LONG, (long) index * COMPLETION_BYTES);
    }

    /** Gives everything back, in the order in which one thing stands on another. */
    void close() {
        if (pair != 0) {
            verbs.destroyQueuePair(id);
        }
        if (region != 0) {
            try {
                verbs.deregister(region);
            } catch (IOException e) {
                throw new IllegalStateException("memory that a device uses cannot be taken from it", e);
            }
        }
        if (done != 0) {
            verbs.destroyCompletions(done);
        }
        if (notices != 0) {
            verbs.destroyNotices(notices);
        }
        if (domain != 0) {
            verbs.destroyDomain(domain);
        }
        arena.close();
    }
}
