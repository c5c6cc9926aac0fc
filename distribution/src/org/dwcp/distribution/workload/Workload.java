// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeRandom;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.Transfers;

/**
 * One running load: for each peer one thread that sends files and one that makes calls. Files go under names that are never used twice, so that
 * the receiver's folder tells exactly what arrived. Used once.
 */
final class Workload implements AutoCloseable {
    /** Longest wait for one call. Source: chosen; far above any swap, so that only a lost call takes so long. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(20);
    private static final int CALL_BYTES_MAX = 4_096;
    /** A file that is on its way when the load stops gets this long to arrive. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);

    private final WorkloadSettings settings;
    private final NodeId self;
    private final Transfers transfers;
    private final Calls calls;
    private final NodeRandom random;
    private final Path list;
    private final List<Path> files;
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final AtomicLong filesDone = new AtomicLong();
    private final AtomicLong filesFailed = new AtomicLong();
    private final AtomicLong bytesDone = new AtomicLong();
    private final AtomicLong moves = new AtomicLong();
    private final AtomicLong callsDone = new AtomicLong();
    private final AtomicLong callsFailed = new AtomicLong();
    private volatile String lastError = "";

    Workload(WorkloadSettings settings, NodeId self, Transfers transfers, Calls calls, NodeRandom random, Path list)
            throws IOException {
        this.settings = settings;
        this.self = self;
        this.transfers = transfers;
        this.calls = calls;
        this.random = random;
        this.list = list;
        this.files = filesBelow(settings.files());
        Check.argument(!files.isEmpty(), "no readable file of 1 to %d bytes below %s; give another folder", WorkloadSettings.FILE_BYTES_MAX,
                settings.files());
    }

    private static List<Path> filesBelow(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> Files.isRegularFile(file) && Files.isReadable(file)).filter(Workload::fits).sorted().toList();
        }
    }

    private static boolean fits(Path file) {
        try {
            long bytes = Files.size(file);
            return bytes > 0 && bytes <= WorkloadSettings.FILE_BYTES_MAX;
        } catch (IOException vanished) {
            return false; // A file that went away between listing and asking is simply not sent.
        }
    }

    void start() {
        for (NodeId peer : settings.peers()) {
            threads.add(Thread.ofPlatform().name("workload.files-" + peer).daemon(true).start(() -> sendFiles(peer)));
            threads.add(Thread.ofPlatform().name("workload.calls-" + peer).daemon(true).start(() -> makeCalls(peer)));
        }
        threads.forEach(thread -> thread.setContextClassLoader(null));
    }

    WorkloadFigures figures() {
        return new WorkloadFigures(threads.stream().anyMatch(Thread::isAlive), filesDone.get(), filesFailed.get(), bytesDone.get(), moves.get(), callsDone.get(),
                callsFailed.get(), lastError);
    }

    private void sendFiles(NodeId peer) {
        RandomGenerator dice = random.stream("workload.files." + peer);
        try {
            long pauseNs = 0;
            for (long n = 0; !stopping.await(pauseNs, TimeUnit.NANOSECONDS); n++) {
                Path file = files.get(dice.nextInt(files.size()));
                String name = "workload/%s/%06d-%s".formatted(self, n, file.getFileName());
                long bytes = sendOne(peer, file, name);
                pauseNs = (long) (1e9 * bytes / settings.bytesPerSecond());
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private long sendOne(NodeId peer, Path file, String name) {
        try {
            Transfer transfer = transfers.send(file, peer, new TransferOptions(name, settings.patience()));
            TransferStatus end = transfer.await(settings.patience().plus(STOP_TIMEOUT));
            if (end.state() != TransferStatus.State.DONE) {
                throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "file " + name + " ended " + end.state() + ": " + end.error());
            }
            new SentFile(peer.value(), name, file).appendTo(list);
            filesDone.incrementAndGet();
            bytesDone.addAndGet(end.bytes());
            moves.addAndGet(end.moves());
            return end.bytes();
        } catch (DwcpException | IOException failed) {
            filesFailed.incrementAndGet();
            lastError = failed.getMessage();
            return settings.bytesPerSecond(); // Pauses a second, so that a broken peer is not hammered.
        }
    }

    private void makeCalls(NodeId peer) {
        RandomGenerator dice = random.stream("workload.calls." + peer);
        try {
            while (!stopping.await(settings.callInterval().toNanos(), TimeUnit.NANOSECONDS)) {
                byte[] question = new byte[1 + dice.nextInt(CALL_BYTES_MAX)];
                dice.nextBytes(question);
                callOnce(peer, question);
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private void callOnce(NodeId peer, byte[] question) {
        try {
            byte[] answer = calls.call(peer, MirrorCalls.METHOD, question, CALL_TIMEOUT);
            if (!Arrays.equals(answer, MirrorCalls.mirror(question))) {
                throw new DwcpException(DwcpException.Kind.BROKEN, "peer " + peer + " answered " + answer.length + " wrong bytes to " + question.length);
            }
            callsDone.incrementAndGet();
        } catch (DwcpException failed) {
            callsFailed.incrementAndGet();
            lastError = failed.getMessage();
        }
    }

    /** Takes no new files and calls; those on their way arrive, and then the figures say that nothing runs. */
    void finish() {
        stopping.countDown();
    }

    /** Stops at once; files on their way stay with the transfers service. */
    @Override
    public void close() {
        stopping.countDown();
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            try {
                thread.join(Duration.ofSeconds(1));
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
