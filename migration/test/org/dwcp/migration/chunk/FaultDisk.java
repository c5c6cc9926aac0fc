// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A disk that fails at one chosen step, and knows what a power cut would leave: of a file what was synced, of a folder the names that were synced. A
 * step is a write, a sync, a rename or a removal; a write that fails is torn in the middle.
 */
final class FaultDisk implements StoreDisk {
    private final Map<Path, byte[]> synced = new HashMap<>();
    private final Map<Path, Boolean> dirty = new HashMap<>();
    private final List<Change> changes = new ArrayList<>();
    private final String failure;
    private int left;
    private int steps;
    private boolean dead;

    /** Works for so many steps; with {@code failure} the process goes on after one failed step, else it is dead. */
    FaultDisk(int steps, String failure) {
        left = steps;
        this.failure = failure;
    }

    /** One that never fails, to count the steps. */
    static FaultDisk counting() {
        return new FaultDisk(Integer.MAX_VALUE, "");
    }

    int steps() {
        return steps;
    }

    private void step() throws IOException {
        steps++;
        if (dead) {
            throw new IOException("dead");
        }
        if (left-- == 0) {
            dead = failure.isEmpty();
            throw new IOException(failure.isEmpty() ? "dead" : failure);
        }
    }

    @Override
    public void write(Path path, FileChannel file, ByteBuffer bytes, long position) throws IOException {
        try {
            step();
        } catch (IOException e) {
            if (left == -1 && bytes.remaining() > 1) {
                left--;
                REAL.write(path, file, bytes.slice(bytes.position(), bytes.remaining() / 2), position);
            }
            throw e;
        }
        dirty.put(path, true);
        REAL.write(path, file, bytes, position);
    }

    @Override
    public void sync(Path path, FileChannel file) throws IOException {
        step();
        synced.put(path, Files.readAllBytes(path));
        dirty.remove(path);
    }

    @Override
    public void syncFolder(Path folder) throws IOException {
        step();
        changes.removeIf(change -> change.folder.equals(folder));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        step();
        byte[] before = Files.exists(to) ? Files.readAllBytes(to) : null;
        REAL.rename(from, to);
        move(synced, from, to);
        move(dirty, from, to);
        changes.add(new Change(to.getParent(), () -> {
            if (!Files.exists(to)) {
                return;
            }
            Files.move(to, from);
            move(synced, to, from);
            move(dirty, to, from);
            if (before != null) {
                Files.write(to, before);
            }
        }));
    }

    @Override
    public void delete(Path path) throws IOException {
        step();
        if (Files.exists(path)) {
            REAL.delete(path);
        }
    }

    private static <V> void move(Map<Path, V> map, Path from, Path to) {
        V value = map.remove(from);
        if (value != null) {
            map.put(to, value);
        }
    }

    /** Takes back bytes and new names that were not synced; removals stay, because a disk may do them first. */
    void cutPower() {
        try {
            for (int i = changes.size() - 1; i >= 0; i--) {
                changes.get(i).undo.run();
            }
            for (Path path : dirty.keySet()) {
                if (Files.exists(path)) {
                    Files.write(path, synced.getOrDefault(path, new byte[0]));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Undo {
        void run() throws IOException;
    }

    private record Change(Path folder, Undo undo) {
    }
}
