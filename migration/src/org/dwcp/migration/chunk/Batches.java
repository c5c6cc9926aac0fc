// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Decoded batches, the last used of them kept: a recipe reads most chunks in the order in which they were written. At most four are decoded at once.
 * A pack's number is never used twice, so nothing kept grows stale. Thread-safe.
 */
final class Batches implements AutoCloseable {
    /** Source: chosen; 72 MiB at most. */
    private static final int KEPT = 16;
    private static final int CODECS = 4;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition returned = lock.newCondition();
    private final Map<Long, byte[]> kept = new LinkedHashMap<>(16, 0.75f, true);
    private final Deque<Codec> idle = new ArrayDeque<>();
    private int out;
    private boolean closed;

    /** A batch, or null when its pack was closed meanwhile. Not to be changed. */
    byte[] get(Pack pack, int batch) throws IOException {
        long key = (long) pack.number << 32 | batch;
        Codec codec;
        lock.lock();
        try {
            byte[] found = kept.get(key);
            if (found != null) {
                return found;
            }
            codec = take();
        } finally {
            lock.unlock();
        }
        byte[] read = null;
        try {
            read = pack.read(batch, codec);
            return read;
        } finally {
            give(codec, key, read);
        }
    }

    private Codec take() throws IOException {
        while (out == CODECS && !closed) {
            returned.awaitUninterruptibly();
        }
        if (closed) {
            throw new IOException("the chunk store is closed");
        }
        out++;
        Codec codec = idle.poll();
        try {
            return codec == null ? new Codec(Codec.LEVEL) : codec;
        } catch (RuntimeException | LinkageError e) {
            out--;
            throw e;
        }
    }

    private void give(Codec codec, long key, byte[] read) {
        lock.lock();
        try {
            out--;
            returned.signal();
            if (closed) {
                codec.close();
                return;
            }
            idle.add(codec);
            if (read != null) {
                kept.put(key, read);
                if (kept.size() > KEPT) {
                    kept.remove(kept.keySet().iterator().next());
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Keeps nothing decoded any more, so that what is read next comes from the disk. */
    void forget() {
        lock.lock();
        try {
            kept.clear();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            returned.signalAll();
            kept.clear();
            idle.forEach(Codec::close);
            idle.clear();
        } finally {
            lock.unlock();
        }
    }
}
