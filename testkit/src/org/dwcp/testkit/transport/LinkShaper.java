// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.dwcp.api.node.NodeClock;

/**
 * A TCP proxy on the loopback interface that makes a link worse: later, slower, cut, broken, or wrong in one bit. It needs no rights. All of
 * it can be changed while traffic runs; rate and delay hold for each direction, over all connections together. It shapes bytes, not packets: a
 * loss looks like a broken connection here, never like a retransmission; for packets use a link emulator.
 *
 * <p>Two threads a connection and direction, at most {@link #QUEUED_CHUNKS} chunks of {@link #CHUNK_BYTES} under way in each. Thread-safe.
 */
public final class LinkShaper implements AutoCloseable {
    private static final int CHUNK_BYTES = 16 << 10;
    private static final int QUEUED_CHUNKS = 512;
    /** Bytes wait at the near end once the wire is booked for so long ahead: the queue of a slow link is bounded too. Source: chosen. */
    private static final long BOOKED_AHEAD_NS = 200_000_000;
    private static final int SOCKET_BUFFER_BYTES = 256 << 10;
    private static final Chunk END = new Chunk(0, new byte[0]);

    private final NodeClock clock;
    private final InetSocketAddress target;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger corruptions = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition healed = lock.newCondition();
    private final Direction up = new Direction(0);
    private final Direction down = new Direction(0);
    private volatile long delayNs;
    private volatile long bitsPerSecond;
    private volatile int slowOneIn;
    private volatile long slowRate;
    private volatile boolean cut;
    private volatile boolean refusing;

    private record Chunk(long dueNs, byte[] data) {
    }

    /** The wire of one direction: when it is free again. */
    private static final class Direction {
        private final long ownRate;
        private long freeNs;

        Direction(long ownRate) {
            this.ownRate = ownRate;
        }

        /** Takes the wire for some bytes; gives when the last of them has left. */
        synchronized long take(long nowNs, int size, long commonRate) {
            long rate = ownRate > 0 ? ownRate : commonRate;
            freeNs = Math.max(freeNs, nowNs) + (rate == 0 ? 0 : size * 8L * 1_000_000_000L / rate);
            return freeNs;
        }

        /** How long the wire is taken already. */
        synchronized long bookedNs(long nowNs) {
            return freeNs - nowNs;
        }
    }

    /**
     * Opens a link to a port of this machine.
     *
     * @param clock      time
     * @param targetPort where the bytes go
     */
    public LinkShaper(NodeClock clock, int targetPort) {
        this.clock = clock;
        target = new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort);
        try {
            server = new ServerSocket();
            server.setReceiveBufferSize(SOCKET_BUFFER_BYTES);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_024);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        start("accept", this::acceptAll);
    }

    private static void start(String role, Runnable task) {
        Thread.ofVirtual().name("testkit.shaper." + role).start(task);
    }

    /**
     * Gives the near end of the link.
     *
     * @return a port of the loopback interface
     */
    public int port() {
        return server.getLocalPort();
    }

    /**
     * Sets how long bytes travel, one way.
     *
     * @param oneWay half a round trip; holds for what comes in from now on
     */
    public void delay(Duration oneWay) {
        delayNs = oneWay.toNanos();
    }

    /**
     * Sets how fast the link is, each way.
     *
     * @param rate bits per second, 0 for no bound
     */
    public void rate(long rate) {
        bitsPerSecond = rate;
    }

    /**
     * Makes some of the connections slow that are made from now on; each has a wire of its own then.
     *
     * @param oneIn one in so many, beginning with the second; 0 for none
     * @param rate  their bits per second, each way
     */
    public void slow(int oneIn, long rate) {
        slowRate = rate;
        slowOneIn = oneIn;
    }

    /** Lets nothing through any more; connections stay up, as behind a pulled cable. */
    public void cut() {
        cut = true;
    }

    /** Lets everything through again. */
    public void heal() {
        lock.lock();
        try {
            cut = false;
            refusing = false;
            healed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Breaks every connection there is and every new one at once, as a dead process does; until {@link #heal}. */
    public void refuse() {
        refusing = true;
        breakConnections();
    }

    /** Breaks every connection there is. New ones are taken. */
    public void breakConnections() {
        sockets.forEach(LinkShaper::reset);
    }

    /** Flips one bit of the next chunk towards the target. */
    public void corruptOnce() {
        corruptions.incrementAndGet();
    }

    /**
     * Gives the connections made so far.
     *
     * @return a count that only grows
     */
    public int connections() {
        return connections.get();
    }

    /**
     * Gives the bytes let through so far, both ways.
     *
     * @return a count that only grows
     */
    public long bytes() {
        return bytes.get();
    }

    private void acceptAll() {
        while (!server.isClosed()) {
            try {
                var near = server.accept();
                int number = connections.incrementAndGet();
                long ownRate = slowOneIn > 0 && number % slowOneIn == 2 % slowOneIn ? slowRate : 0;
                sockets.add(near);
                if (refusing) {
                    reset(near);
                    continue;
                }
                start("connect", () -> join(near, ownRate));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void join(Socket near, long ownRate) {
        try {
            var far = new Socket();
            sockets.add(far);
            waitUntilHealed();
            far.connect(target);
            near.setTcpNoDelay(true);
            far.setTcpNoDelay(true);
            pump(near, far, ownRate > 0 ? new Direction(ownRate) : up);
            pump(far, near, ownRate > 0 ? new Direction(ownRate) : down);
        } catch (IOException | InterruptedException e) {
            reset(near);
        }
    }

    private void pump(Socket from, Socket to, Direction direction) {
        BlockingQueue<Chunk> travelling = new ArrayBlockingQueue<>(QUEUED_CHUNKS);
        start("read", () -> readAll(from, to, direction, travelling));
        start("write", () -> writeAll(from, to, travelling));
    }

    private void readAll(Socket from, Socket to, Direction direction, BlockingQueue<Chunk> travelling) {
        var buffer = new byte[CHUNK_BYTES];
        try {
            var in = from.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                clock.sleep(Duration.ofNanos(direction.bookedNs(clock.nanoTime()) - BOOKED_AHEAD_NS));
                var data = java.util.Arrays.copyOf(buffer, count);
                if (direction == up && corruptions.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                    data[count / 2] ^= 1;
                }
                travelling.put(new Chunk(direction.take(clock.nanoTime(), count, bitsPerSecond) + delayNs, data));
            }
            travelling.put(END);
        } catch (IOException | InterruptedException e) {
            reset(from);
            reset(to);
        }
    }

    private void writeAll(Socket from, Socket to, BlockingQueue<Chunk> travelling) {
        try {
            var out = to.getOutputStream();
            for (var chunk = next(from, travelling); chunk != END; chunk = next(from, travelling)) {
                clock.sleep(Duration.ofNanos(chunk.dueNs - clock.nanoTime()));
                waitUntilHealed();
                out.write(chunk.data);
                bytes.addAndGet(chunk.data.length);
            }
            to.shutdownOutput();
        } catch (IOException | InterruptedException e) {
            reset(from);
            reset(to);
        }
    }

    /** The reader of a broken connection puts no end; so look now and then whether there is still a connection. */
    private static Chunk next(Socket from, BlockingQueue<Chunk> travelling) throws InterruptedException {
        while (true) {
            var chunk = travelling.poll(100, java.util.concurrent.TimeUnit.MILLISECONDS);
            if (chunk != null) {
                return chunk;
            }
            if (from.isClosed()) {
                return END;
            }
        }
    }

    private void waitUntilHealed() throws InterruptedException {
        lock.lock();
        try {
            while (cut) {
                healed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes hard, so that the other end sees a reset and not an end. */
    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It was closed by the other end or twice; either way it is closed.
        }
    }

    /** Breaks all connections and takes no more. */
    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        breakConnections();
        heal();
    }
}
