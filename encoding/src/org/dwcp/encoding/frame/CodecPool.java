// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.frame;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.EncodingException;

/**
 * Shares codecs that only one thread may use at a time. At most {@code codecsMax} exist: a call that finds all in use waits for one, which is
 * the back-pressure. Invariants: a codec in use is never closed by another thread; after {@link #close(Duration)} no call begins, and each
 * codec is closed once, at the latest when the call that uses it ends.
 */
public final class CodecPool implements Codec {
    private final String provider;
    private final Supplier<Codec> factory;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private final Condition ended = lock.newCondition();
    private final ArrayDeque<Scratch> idle = new ArrayDeque<>();
    private int codecsMax;
    private int inUse;
    private boolean closed;

    /**
     * Makes an empty pool.
     *
     * @param provider  name for messages
     * @param factory   makes a codec when one is needed for the first time
     * @param codecsMax most codecs at once, 1 or more
     */
    public CodecPool(String provider, Supplier<Codec> factory, int codecsMax) {
        this.provider = provider;
        this.factory = factory;
        this.codecsMax = codecsMax;
    }

    @Override
    public int compress(ByteBuffer block, ByteBuffer payload) {
        return compress(block, payload, 0);
    }

    @Override
    public int compress(ByteBuffer block, ByteBuffer payload, long bandwidthBps) {
        Scratch scratch = take();
        try {
            return scratch.compress(block, payload, bandwidthBps);
        } finally {
            giveBack(scratch);
        }
    }

    @Override
    public int decompress(ByteBuffer payload, ByteBuffer block) {
        Scratch scratch = take();
        try {
            return scratch.decompress(payload, block);
        } finally {
            giveBack(scratch);
        }
    }

    /**
     * Changes the bound; codecs beyond it are closed when they come back.
     *
     * @param max most codecs at once, 1 or more
     */
    public void resize(int max) {
        lock.lock();
        try {
            codecsMax = max;
            while (inUse + idle.size() > codecsMax && !idle.isEmpty()) {
                idle.pop().close();
            }
            freed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Refuses new calls and waits for those in flight.
     *
     * @param patience longest wait
     * @return calls that had not ended then; each closes its codec when it does
     */
    public int close(Duration patience) {
        lock.lock();
        try {
            closed = true;
            freed.signalAll();
            while (!idle.isEmpty()) {
                idle.pop().close();
            }
            long leftNs = patience.toNanos();
            while (inUse > 0 && leftNs > 0) {
                leftNs = ended.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        return inUse();
    }

    @Override
    public void close() {
        close(Duration.ZERO);
    }

    int inUse() {
        lock.lock();
        try {
            return inUse;
        } finally {
            lock.unlock();
        }
    }

    int idle() {
        lock.lock();
        try {
            return idle.size();
        } finally {
            lock.unlock();
        }
    }

    private Scratch take() {
        lock.lock();
        try {
            while (!closed && idle.isEmpty() && inUse >= codecsMax) {
                freed.await();
            }
            if (closed) {
                throw new EncodingException(Kind.UNAVAILABLE, provider + " has stopped; ask the route again");
            }
            Scratch scratch = idle.isEmpty() ? new Scratch(factory.get()) : idle.pop();
            inUse++;
            return scratch;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EncodingException(Kind.RETRY, "interrupted while waiting for a codec of " + provider);
        } finally {
            lock.unlock();
        }
    }

    private void giveBack(Scratch scratch) {
        lock.lock();
        try {
            inUse--;
            if (closed || inUse + idle.size() >= codecsMax) {
                scratch.close();
            } else {
                idle.push(scratch);
            }
            freed.signal();
            if (inUse == 0) {
                ended.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
