// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.consensus.v3.core.Effect;
import org.dwcp.consensus.v3.core.Record;

/**
 * The durable log of one replica: {@code log} with votes, {@code state-N} with snapshots. One thread writes and syncs; what has come
 * meanwhile goes to the disk with the next sync, all of it at once. A disk that fails ends the replica: what cannot be kept must not be said.
 */
final class VoteLog implements AutoCloseable {
    private static final String LOG = "log";
    private static final String STATE = "state-";
    private static final Effect END = new Effect.Compact(List.of());

    private final Path folder;
    private final BlockingQueue<Effect> queue = new LinkedBlockingQueue<>();
    private final LongConsumer persisted;
    private final Consumer<IOException> failed;
    private final Thread thread;
    private FileChannel log;
    private long durable;
    private volatile long syncs;

    private VoteLog(Path folder, String name, LongConsumer persisted, Consumer<IOException> failed) {
        this.folder = folder;
        this.persisted = persisted;
        this.failed = failed;
        thread = Thread.ofPlatform().name(name).unstarted(this::write);
        thread.setContextClassLoader(null);
    }

    /**
     * Reads what a folder holds.
     *
     * @throws ConsensusException for reason STORAGE when it cannot be read or has lost what it promised to keep
     */
    static List<Record> read(Path folder) {
        try {
            var records = new ArrayList<Record>();
            try (var files = Files.list(folder)) {
                for (var file : files.filter(path -> path.getFileName().toString().matches(STATE + "[0-9]+")).toList()) {
                    var state = LogFormat.read(Files.readAllBytes(file));
                    if (state.records().size() != 1) {
                        throw new ConsensusException(Reason.STORAGE, "state in " + file + " is damaged; remove this member and add it anew");
                    }
                    records.addAll(state.records());
                }
            }
            var log = folder.resolve(LOG);
            if (Files.exists(log)) {
                var contents = LogFormat.read(Files.readAllBytes(log));
                try (var channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
                    channel.truncate(contents.bytes());
                    channel.force(true); // what is read counts as said: a process that died may have left it in memory only
                }
                records.addAll(contents.records());
                return contents.records().isEmpty() ? List.of() : records;
            }
            return List.of();
        } catch (IOException | LogFormat.DamagedException e) {
            throw new ConsensusException(Reason.STORAGE, "vote log in " + folder + " cannot be used: " + e.getMessage()
                    + "; remove this member and add it anew");
        }
    }

    /** Opens for writing; {@code persisted} and {@code failed} are called by the log's thread. */
    static VoteLog open(Path folder, String name, LongConsumer persisted, Consumer<IOException> failed) {
        var opened = new VoteLog(folder, name, persisted, failed);
        try {
            opened.log = FileChannel.open(folder.resolve(LOG), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            opened.log.position(opened.log.size());
            sync(folder);
        } catch (IOException e) {
            throw new ConsensusException(Reason.STORAGE, "vote log in " + folder + " cannot be opened: " + e.getMessage());
        }
        opened.thread.start();
        return opened;
    }

    /** Writes later, in order. */
    void add(Effect write) {
        queue.add(write);
    }

    long syncs() {
        return syncs;
    }

    private void write() {
        var effects = new ArrayList<Effect>();
        try {
            while (true) {
                effects.clear();
                effects.add(queue.take());
                queue.drainTo(effects);
                long token = 0;
                for (var effect : effects) {
                    if (effect == END) {
                        finish(token);
                        return;
                    }
                    token = write(effect, token);
                }
                finish(token);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            failed.accept(e);
        }
    }

    private long write(Effect effect, long token) throws IOException {
        if (effect instanceof Effect.Persist persist) {
            if (persist.record() instanceof Record.State state) {
                replace(STATE + state.manifest().sequence(), List.of(state)).close();
            } else {
                write(log, LogFormat.block(persist.record(), durable));
            }
            return persist.token();
        }
        if (effect instanceof Effect.Compact compact) {
            finish(token);
            log.close();
            log = replace(LOG, compact.records());
            durable = 0;
            long stable = compact.records().stream().filter(Record.Stable.class::isInstance).map(Record.Stable.class::cast)
                    .mapToLong(record -> record.proof().sequence()).max().orElse(0);
            try (var files = Files.list(folder)) {
                for (var file : files.filter(path -> path.getFileName().toString().matches(STATE + "[0-9]+")).toList()) {
                    if (Long.parseLong(file.getFileName().toString().substring(STATE.length())) < stable) {
                        Files.delete(file);
                    }
                }
            }
            return 0;
        }
        throw new IllegalArgumentException("not for the disk: " + effect);
    }

    private void finish(long token) throws IOException {
        if (token == 0) {
            return;
        }
        log.force(false);
        durable = log.position();
        syncs++;
        persisted.accept(token);
    }

    private FileChannel replace(String name, List<Record> records) throws IOException {
        var fresh = folder.resolve(name + ".new");
        var channel = FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        try {
            for (var record : records) {
                write(channel, LogFormat.block(record, 0));
            }
            channel.force(true);
            Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            sync(folder);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static void write(FileChannel channel, byte[] bytes) throws IOException {
        for (var buffer = ByteBuffer.wrap(bytes); buffer.hasRemaining();) {
            channel.write(buffer);
        }
    }

    private static void sync(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Writes what waits, and ends. */
    @Override
    public void close() {
        queue.add(END);
        try {
            thread.join(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            log.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
