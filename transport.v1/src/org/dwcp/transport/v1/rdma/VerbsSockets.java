// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** Sockets out of a library's verbs, for one loop; each is a {@link VerbsStream} or a {@link VerbsListener}. */
final class VerbsSockets implements RdmaSockets {
    private static final int AF_INET = 2;
    private static final int ADDRESS_BYTES = 16;
    private static final ByteOrder NETWORK = ByteOrder.BIG_ENDIAN;
    /** As {@link NativeSockets}. */
    private static final int SPINS = 128;
    private static final int BUSY_RESTS = 1_000;
    private static final int IDLE_MS_MAX = 10;

    private final VerbsHub hub;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment address = arena.allocate(ADDRESS_BYTES, Long.BYTES);
    private final AtomicBoolean woken = new AtomicBoolean();
    private volatile Thread waiting;
    private int idle;

    VerbsSockets(VerbsHub hub) {
        this.hub = hub;
        try {
            hub.join();
        } catch (IOException e) {
            arena.close();
            throw new IllegalStateException("the connection manager cannot be had: " + RdmaException.of("rdma_create_event_channel", e).getMessage(), e);
        }
    }

    @Override
    public int listen(InetSocketAddress where, Tuning tuning) throws IOException {
        hub.join();
        long made = 0;
        try {
            long id = made = hub.createId();
            return hub.add(id, new VerbsListener(hub, id, tuning), () -> {
                hub.verbs().bind(id, encode(where).address());
                hub.verbs().listen(id, VerbsListener.BACKLOG);
            });
        } catch (IOException e) {
            if (made != 0) {
                hub.destroyId(made);
            }
            hub.leave();
            throw RdmaException.of("listening on " + where, e);
        }
    }

    @Override
    public int accept(int listening) throws IOException {
        return hub.find(listening, VerbsListener.class).accept();
    }

    @Override
    public int connect(InetSocketAddress where, Tuning tuning) throws IOException {
        return VerbsStream.connect(hub, encode(where), tuning);
    }

    @Override
    public void connected(int socket) throws IOException {
        var stream = hub.find(socket, VerbsStream.class);
        if (stream.broken() != null) {
            throw stream.broken();
        }
    }

    @Override
    public InetSocketAddress address(int socket) throws IOException {
        hub.verbs().address(hub.find(socket, VerbsListener.class).id, address.address());
        var bytes = new byte[4];
        MemorySegment.copy(address, JAVA_BYTE, 4, bytes, 0, bytes.length);
        return new InetSocketAddress(InetAddress.getByAddress(bytes), Short.toUnsignedInt(address.get(JAVA_SHORT.withOrder(NETWORK), 2)));
    }

    private MemorySegment encode(InetSocketAddress where) throws RdmaException {
        var bytes = where.getAddress().getAddress();
        if (bytes.length != 4) {
            throw new RdmaException(where + " is no IPv4 address, and this RDMA library knows no other; set rdma.host");
        }
        address.fill((byte) 0);
        address.set(JAVA_SHORT, 0, (short) AF_INET);
        address.set(JAVA_SHORT.withOrder(NETWORK), 2, (short) where.getPort());
        MemorySegment.copy(bytes, 0, address, JAVA_BYTE, 4, bytes.length);
        return address;
    }

    @Override
    public int receive(int socket, long memory, int bytes) throws IOException {
        return hub.find(socket, VerbsStream.class).receive(memory, bytes);
    }

    @Override
    public int send(int socket, long memory, int bytes) throws IOException {
        return hub.find(socket, VerbsStream.class).send(memory, bytes);
    }

    /** Looks, and rests between looks as {@link NativeSockets#await} does: the library's own waiting is for one queue at a time. */
    @Override
    public int await(int[] sockets, int[] interests, int count, int timeoutMs) {
        waiting = Thread.currentThread();
        hub.look();
        int answers = 0;
        for (int index = 0; index < count; index++) {
            interests[index] = answer(sockets[index], interests[index]);
            answers += interests[index] == 0 ? 0 : 1;
        }
        if (answers > 0) {
            idle = 0;
        } else if (timeoutMs > 0) {
            rest(timeoutMs);
        }
        return answers;
    }

    private int answer(int socket, int interest) {
        return switch (hub.find(socket)) {
            case VerbsListener listener -> listener.hasRequest() ? interest & IN : 0;
            case VerbsStream stream -> {
                stream.advance();
                if (stream.broken() != null) {
                    yield BROKEN | interest & (IN | OUT);
                }
                yield (stream.canRead() ? interest & IN : 0) | (stream.hasEnded() ? ENDED : 0) | (stream.canSend() ? interest & OUT : 0);
            }
            case null, default -> BROKEN;
        };
    }

    private void rest(int timeoutMs) {
        if (woken.getAndSet(false)) {
            idle = 0;
        } else if (idle++ < SPINS) {
            Thread.onSpinWait();
        } else {
            int longest = idle < SPINS + BUSY_RESTS ? 1 : IDLE_MS_MAX;
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(Math.min(timeoutMs, longest)));
            idle = woken.getAndSet(false) ? 0 : idle;
        }
    }

    @Override
    public void wake() {
        if (!woken.getAndSet(true)) {
            LockSupport.unpark(waiting);
        }
    }

    @Override
    public void close() {
        hub.leave();
        arena.close();
    }
}
