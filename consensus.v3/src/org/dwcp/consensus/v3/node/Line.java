// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

import org.dwcp.api.DwcpException;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transport.Channel;

/**
 * The way to one other member: a bounded queue, and a thread that opens a channel, sends, and opens again when it breaks. When the queue is full the
 * oldest frames go: the protocol sends again what is needed, and newer votes are worth more.
 */
final class Line implements AutoCloseable {
    /** Opens a channel to the peer; the first frame that it sends says for which group. */
    interface Opener {
        /**
         * Opens, or fails.
         *
         * @throws DwcpException when the peer cannot be reached
         */
        Channel open();
    }

    private static final int FRAMES_MAX = 8_192;
    private static final long BYTES_MAX = 32 << 20;
    private static final long PAUSE_MS_MAX = 1_000;

    private final Opener opener;
    private final byte[] hello;
    private final NodeClock clock;
    private final Thread thread;
    private final Deque<byte[]> queue = new ArrayDeque<>();
    private long bytes;
    private long dropped;
    private boolean closed;
    private volatile Channel channel;

    Line(String name, Opener opener, byte[] hello, NodeClock clock) {
        this.opener = opener;
        this.hello = hello;
        this.clock = clock;
        thread = Thread.ofVirtual().name(name).start(this::run);
    }

    synchronized void send(byte[] frame) {
        queue.add(frame);
        bytes += frame.length;
        while (queue.size() > FRAMES_MAX || bytes > BYTES_MAX) {
            bytes -= queue.poll().length;
            dropped++;
        }
        notifyAll();
    }

    synchronized long dropped() {
        return dropped;
    }

    private synchronized byte[] next() throws InterruptedException {
        while (queue.isEmpty() && !closed) {
            wait();
        }
        if (closed) {
            return new byte[0];
        }
        var frame = queue.poll();
        bytes -= frame.length;
        return frame;
    }

    private void run() {
        long pauseMs = 20;
        try {
            while (true) {
                var frame = next();
                if (frame.length == 0) {
                    return;
                }
                try {
                    if (channel == null || !channel.isOpen()) {
                        drop();
                        channel = opener.open();
                        channel.send(ByteBuffer.wrap(hello));
                    }
                    channel.send(ByteBuffer.wrap(frame));
                    pauseMs = 20;
                } catch (DwcpException e) {
                    // Not worth a line: the peer is down or not yet up, and whoever watches sees its silence.
                    drop();
                    clock.sleep(Duration.ofMillis(pauseMs));
                    pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            drop();
        }
    }

    private void drop() {
        var last = channel;
        channel = null;
        if (last != null) {
            last.close();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            queue.clear();
            notifyAll();
        }
        thread.interrupt();
    }

    void join() {
        try {
            thread.join(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
