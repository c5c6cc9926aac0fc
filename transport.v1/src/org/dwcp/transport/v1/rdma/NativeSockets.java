// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;

/** Sockets by the functions of {@link NativeCalls}, for one loop. The layouts are those of Linux on 64 bits. */
final class NativeSockets implements RdmaSockets {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_STREAM = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SO_REUSEADDR = 2;
    private static final int SO_ERROR = 4;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int SO_KEEPALIVE = 9;
    private static final int SOL_TCP = 6;
    private static final int TCP_NODELAY = 1;
    private static final int TCP_KEEPIDLE = 4;
    private static final int F_SETFL = 4;
    private static final int O_NONBLOCK = 0x800;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int EAGAIN = 11;
    private static final int EINTR = 4;
    private static final int EINPROGRESS = 115;
    private static final int BACKLOG = 128;
    private static final int ADDRESS_BYTES = 28;
    private static final int POLL_BYTES = 8;
    /** Looks without sleep after the last event. Source: chosen; some 100 us. */
    private static final int SPINS = 128;
    /** Sleeps of 1 ms before longer ones. Source: chosen; about a second. */
    private static final int BUSY_RESTS = 1_000;
    private static final int IDLE_MS_MAX = 10;
    private static final ByteOrder NETWORK = ByteOrder.BIG_ENDIAN;

    private final NativeCalls calls;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment errors;
    private final MemorySegment word;
    private final MemorySegment peer;
    private final AtomicBoolean woken = new AtomicBoolean();
    private final int bell;
    private int idle;
    private MemorySegment polls;

    NativeSockets(NativeCalls calls) {
        this.calls = calls;
        errors = NativeCalls.errors(arena);
        word = arena.allocate(JAVA_LONG);
        peer = arena.allocate(ADDRESS_BYTES, Long.BYTES);
        polls = arena.allocate(POLL_BYTES * 16L, Long.BYTES);
        bell = calls.bell(errors);
    }

    @Override
    public int listen(InetSocketAddress address, Tuning tuning) throws IOException {
        int socket = socket(address, tuning);
        try {
            option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
            check("rbind to " + address, (int) calls.bind.invokeExact(errors, socket, peer, encode(address)));
            check("rlisten", (int) calls.listen.invokeExact(errors, socket, BACKLOG));
            return socket;
        } catch (Throwable e) {
            calls.close(socket);
            throw failure(e);
        }
    }

    @Override
    public int accept(int listening) throws IOException {
        try {
            int socket = (int) calls.accept.invokeExact(errors, listening, MemorySegment.NULL, MemorySegment.NULL);
            if (socket < 0) {
                return later("raccept");
            }
            doNotBlock(socket);
            return socket;
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    @Override
    public int connect(InetSocketAddress address, Tuning tuning) throws IOException {
        int socket = socket(address, tuning);
        try {
            int result = (int) calls.connect.invokeExact(errors, socket, peer, encode(address));
            if (result < 0 && NativeCalls.errno(errors) != EINPROGRESS) {
                throw RdmaException.of("rconnect to " + address, NativeCalls.errno(errors));
            }
            return socket;
        } catch (Throwable e) {
            calls.close(socket);
            throw failure(e);
        }
    }

    private int socket(InetSocketAddress address, Tuning tuning) throws IOException {
        try {
            int socket = check("rsocket", (int) calls.socket.invokeExact(errors, encode(address) == ADDRESS_BYTES ? AF_INET6 : AF_INET, SOCK_STREAM, 0));
            doNotBlock(socket);
            option(socket, SOL_SOCKET, SO_SNDBUF, tuning.bufferBytes());
            option(socket, SOL_SOCKET, SO_RCVBUF, tuning.bufferBytes());
            option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
            option(socket, SOL_TCP, TCP_KEEPIDLE, tuning.idleSeconds());
            option(socket, SOL_TCP, TCP_NODELAY, 1);
            return socket;
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    private void doNotBlock(int socket) throws Throwable {
        check("rfcntl", (int) calls.fcntl.invokeExact(errors, socket, F_SETFL, O_NONBLOCK));
    }

    private void option(int socket, int level, int name, int value) throws Throwable {
        word.set(JAVA_INT, 0, value);
        check("rsetsockopt " + level + "/" + name, (int) calls.setOption.invokeExact(errors, socket, level, name, word, Integer.BYTES));
    }

    @Override
    public void connected(int socket) throws IOException {
        try {
            var length = word.asSlice(Integer.BYTES);
            length.set(JAVA_INT, 0, Integer.BYTES);
            check("rgetsockopt", (int) calls.getOption.invokeExact(errors, socket, SOL_SOCKET, SO_ERROR, word, length));
            int error = word.get(JAVA_INT, 0);
            if (error != 0) {
                throw RdmaException.of("rconnect", error);
            }
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    @Override
    public InetSocketAddress address(int socket) throws IOException {
        try {
            word.set(JAVA_INT, 0, ADDRESS_BYTES);
            check("rgetsockname", (int) calls.name.invokeExact(errors, socket, peer, word));
            return decode();
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    @Override
    public int receive(int socket, long memory, int bytes) throws IOException {
        try {
            long read = (long) calls.receive.invokeExact(errors, socket, MemorySegment.ofAddress(memory), (long) bytes, 0);
            return read < 0 ? later("rrecv") : (int) read;
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    @Override
    public int send(int socket, long memory, int bytes) throws IOException {
        try {
            long sent = (long) calls.send.invokeExact(errors, socket, MemorySegment.ofAddress(memory), (long) bytes, MSG_NOSIGNAL);
            return sent < 0 ? later("rsend") : (int) sent;
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    /**
     * Looks at the sockets without waiting, and waits on the bell alone. rpoll's own waiting is shared by all threads of the process that poll: one
     * that is held up in it holds up all others (seen: four loops that never came back). So an idle loop looks every millisecond, later every
     * {@link #IDLE_MS_MAX}, and one that was just busy does not sleep at all.
     */
    @Override
    public int await(int[] sockets, int[] interests, int count, int timeoutMs) throws IOException {
        if (polls.byteSize() < (long) count * POLL_BYTES) {
            polls = arena.allocate(count * 2L * POLL_BYTES, Long.BYTES); // the old one goes with the arena; sizes double, so there are few
        }
        for (int index = 0; index < count; index++) {
            put(index, sockets[index], interests[index]);
        }
        try {
            int answers = count == 0 ? 0 : (int) calls.poll.invokeExact(errors, polls, (long) count, 0);
            if (answers < 0) {
                later("rpoll");
                answers = 0;
            }
            for (int index = 0; index < count; index++) {
                interests[index] = answers == 0 ? 0 : polls.get(JAVA_SHORT, (long) index * POLL_BYTES + 6);
            }
            if (answers > 0) {
                idle = 0;
            } else if (timeoutMs > 0) {
                rest(timeoutMs);
            }
            return answers;
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    private void rest(int timeoutMs) throws Throwable {
        if (idle++ < SPINS) {
            Thread.onSpinWait();
            return;
        }
        int longest = idle < SPINS + BUSY_RESTS ? 1 : IDLE_MS_MAX;
        if (calls.waitFor(bell, errors, word, Math.min(timeoutMs, longest))) {
            woken.set(false);
            idle = 0;
        }
    }

    private void put(int index, int socket, int interest) {
        long at = (long) index * POLL_BYTES;
        polls.set(JAVA_INT, at, socket);
        polls.set(JAVA_SHORT, at + 4, (short) interest);
        polls.set(JAVA_SHORT, at + 6, (short) 0);
    }

    @Override
    public void wake() {
        if (!woken.getAndSet(true)) {
            calls.ring(bell);
        }
    }

    @Override
    public void close() {
        calls.closeBell(bell);
        arena.close();
    }

    // ---- addresses and errors

    private int encode(InetSocketAddress address) {
        var bytes = address.getAddress().getAddress();
        peer.fill((byte) 0);
        peer.set(JAVA_SHORT, 0, (short) (bytes.length == 4 ? AF_INET : AF_INET6));
        peer.set(JAVA_SHORT.withOrder(NETWORK), 2, (short) address.getPort());
        MemorySegment.copy(bytes, 0, peer, JAVA_BYTE, bytes.length == 4 ? 4 : 8, bytes.length);
        return bytes.length == 4 ? 16 : ADDRESS_BYTES;
    }

    private InetSocketAddress decode() throws UnknownHostException {
        boolean four = peer.get(JAVA_SHORT, 0) == AF_INET;
        var bytes = new byte[four ? 4 : 16];
        MemorySegment.copy(peer, JAVA_BYTE, four ? 4 : 8, bytes, 0, bytes.length);
        return new InetSocketAddress(InetAddress.getByAddress(bytes), Short.toUnsignedInt(peer.get(JAVA_SHORT.withOrder(NETWORK), 2)));
    }

    private int check(String call, int result) throws RdmaException {
        if (result < 0) {
            throw RdmaException.of(call, NativeCalls.errno(errors));
        }
        return result;
    }

    private int later(String call) throws RdmaException {
        int errno = NativeCalls.errno(errors);
        if (errno == EAGAIN || errno == EINTR || errno == EINPROGRESS) {
            return LATER;
        }
        throw RdmaException.of(call, errno);
    }

    private static IOException failure(Throwable cause) {
        return switch (cause) {
            case IOException known -> known;
            case Error error -> throw error;
            default -> throw new IllegalStateException("a native call could not be made", cause);
        };
    }
}
