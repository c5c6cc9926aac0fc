// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Reads a few buffers ahead of who works on what was read. QEMU's socket holds 200 kB: without this QEMU and the node would do in turns what they can do at once, and
 * on a busy machine each turn costs as long as the other waits for a processor. One thread reads, one takes; {@link #stop} wakes both.
 */
final class ReadAhead {
    /** Source: chosen. More would let QEMU believe in a pace that is not there, and each waits once more in the standstill. */
    static final int BUFFERS = 4;
    static final int BUFFER_BYTES = 256 << 10;

    private final Deque<ByteBuffer> free = new ArrayDeque<>();
    private final Deque<ByteBuffer> full = new ArrayDeque<>();
    private IOException failure;
    private boolean ended;
    private boolean stopped;

    ReadAhead() {
        for (int i = 0; i < BUFFERS; i++) {
            free.add(ByteBuffer.allocateDirect(BUFFER_BYTES));
        }
    }

    /** Reads until the end, a failure or {@link #stop}; on a thread of its own. */
    void run(ReadableByteChannel in) {
        try {
            int count;
            do {
                ByteBuffer buffer = takeFree();
                if (buffer == null) {
                    return;
                }
                count = in.read(buffer.clear());
                give(buffer.flip(), count < 0);
            } while (count >= 0);
        } catch (IOException e) {
            fail(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            fail(new IOException("this node stops"));
        }
    }

    private synchronized ByteBuffer takeFree() throws InterruptedException {
        while (free.isEmpty() && !stopped) {
            wait();
        }
        return stopped ? null : free.remove();
    }

    private synchronized void give(ByteBuffer buffer, boolean isLast) {
        if (isLast) {
            ended = true;
        } else {
            full.add(buffer);
        }
        notifyAll();
    }

    private synchronized void fail(IOException why) {
        failure = why;
        notifyAll();
    }

    /**
     * Waits for what was read next; give it back by {@link #done}.
     *
     * @return null at the end
     * @throws IOException when reading failed, after all that was read before
     */
    synchronized ByteBuffer next() throws IOException, InterruptedException {
        while (full.isEmpty() && !ended && failure == null && !stopped) {
            wait();
        }
        if (!full.isEmpty()) {
            return full.remove();
        }
        if (failure != null) {
            throw failure;
        }
        if (!ended) {
            throw new IOException("it was given up");
        }
        return null;
    }

    /** Whether {@link #next} would give something at once. */
    synchronized boolean hasMore() {
        return !full.isEmpty();
    }

    synchronized void done(ByteBuffer buffer) {
        free.add(buffer);
        notifyAll();
    }

    /** Nothing more is wanted. A read that blocks ends when its channel is closed. */
    synchronized void stop() {
        stopped = true;
        notifyAll();
    }
}
