// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.chunk.BadPackException;
import org.dwcp.migration.chunk.ChunkLostException;
import org.dwcp.migration.flow.Texts;
import org.dwcp.migration.flow.Threads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that takes longer than a call. Who asks gives it a number; asking again with that number tells how far it is, and at its end what came of it.
 * A few run at once, and the last that ended are remembered. Thread-safe.
 */
final class Works {
    /** Most that run at once. Source: chosen; each takes a core and some buffers of 5 MiB. */
    static final int RUNNING_MAX = 4;
    /** Most that are remembered after their end. Source: chosen; whoever asks again does so within seconds. */
    static final int ENDED_MAX = 64;
    /** How long an answer waits for the end, so that short work costs one call. Source: chosen. */
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Logger LOG = LoggerFactory.getLogger(Works.class);

    private final Threads threads;
    private final Map<Key, Work> works = new LinkedHashMap<>();
    private volatile boolean stopping;

    Works(Threads threads) {
        this.threads = threads;
    }

    /** What is to be done; its progress takes bytes done, and throws when the node stops. */
    interface Task {
        byte[] run(LongConsumer progress) throws IOException;
    }

    /** Says who asked for what. */
    record Key(NodeId peer, int operation, long number) {
    }

    /** Begins it unless it runs or ran, and tells how it stands. */
    byte[] look(Key key, long totalBytes, Task task) {
        Work work;
        synchronized (works) {
            work = works.get(key);
            if (work == null) {
                forget();
                if (stopping || works.values().stream().filter(other -> other.answer == null).count() >= RUNNING_MAX) {
                    throw new TransferException(Kind.RETRY, stopping ? "the node stops" : RUNNING_MAX + " images are worked on already; try again later");
                }
                Work fresh = new Work(totalBytes);
                works.put(key, fresh);
                threads.startPlatform("image", () -> run(key, fresh, task));
                work = fresh;
            }
        }
        try {
            if (!work.ended.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                return ByteBuffer.allocate(17).put(ImageWire.RUNNING).putLong(work.done).putLong(work.total).array();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransferException(Kind.RETRY, "the node stops");
        }
        if (stopping) {
            throw new TransferException(Kind.RETRY, "the node stops"); // a failure of the call, which is repeated; not of the work
        }
        return work.answer;
    }

    private void forget() {
        var oldest = works.values().iterator();
        for (int over = works.size() - RUNNING_MAX - ENDED_MAX; over >= 0 && oldest.hasNext();) {
            if (oldest.next().answer != null) {
                oldest.remove();
                over--;
            }
        }
    }

    private void run(Key key, Work work, Task task) {
        byte[] answer;
        try {
            byte[] result = task.run(bytes -> {
                work.done = bytes;
                if (stopping) {
                    throw new TransferException(Kind.RETRY, "the node stops");
                }
            });
            answer = ByteBuffer.allocate(1 + result.length).put(ImageWire.DONE).put(result).array();
        } catch (DwcpException e) {
            answer = failed(e.kind(), e.getMessage());
        } catch (ChunkLostException e) {
            answer = failed(Kind.RETRY, e.getMessage());
        } catch (BadPackException e) {
            answer = failed(Kind.REJECTED, e.getMessage());
        } catch (IOException e) {
            answer = failed(Kind.UNAVAILABLE, Texts.of(e));
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) { // no native library for this machine; no room for its buffers
            LOG.error("work on an image failed peer={} operation={}", key.peer, key.operation, e);
            answer = failed(Kind.BROKEN, "work on an image failed: " + e);
        }
        synchronized (works) {
            work.answer = answer;
            if (stopping) {
                works.remove(key);
            }
        }
        work.ended.countDown();
    }

    private static byte[] failed(Kind kind, String why) {
        ByteBuffer out = ByteBuffer.allocate(2 + ImageWire.size(why)).put(ImageWire.FAILED).put((byte) kind.ordinal());
        return ImageWire.text(out, why).array();
    }

    /** Ends what runs, soon. */
    void stop() {
        stopping = true;
    }

    private static final class Work {
        private final long total;
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile long done;
        private volatile byte[] answer;

        Work(long total) {
            this.total = total;
        }
    }
}
