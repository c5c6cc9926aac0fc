// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.sim;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A disk that keeps what was synced. Of what was not, a crash keeps a beginning of any length, and the last write of that may be torn. What is
 * written can be read at once; it is durable only when its sync has ended.
 */
public final class SimDisk {
    private sealed interface Write {
        String file();

        record Append(String file, byte[] bytes) implements Write {
        }

        record Replace(String file, byte[] bytes) implements Write {
        }

        record Delete(String file) implements Write {
        }
    }

    private final Simulation simulation;
    private final SimNode node;
    private final Map<String, ByteArrayOutputStream> durable = new TreeMap<>();
    private final Deque<Write> pending = new ArrayDeque<>();
    private long written;
    private long synced;

    SimDisk(Simulation simulation, SimNode node) {
        this.simulation = simulation;
        this.node = node;
    }

    /**
     * Writes at the end of a file.
     *
     * @param file  its name; made when it is not there
     * @param bytes what to write
     */
    public void append(String file, byte[] bytes) {
        add(new Write.Append(file, bytes));
    }

    /**
     * Writes a file anew: a crash leaves the old or the new one, whole.
     *
     * @param file  its name
     * @param bytes its new content
     */
    public void replace(String file, byte[] bytes) {
        add(new Write.Replace(file, bytes));
    }

    /**
     * Deletes a file.
     *
     * @param file its name
     */
    public void delete(String file) {
        add(new Write.Delete(file));
    }

    private void add(Write write) {
        pending.add(write);
        written++;
    }

    /**
     * Makes durable what was written so far.
     *
     * @param done called when it is; never after a crash
     */
    public void sync(Runnable done) {
        long upTo = written;
        int incarnation = node.incarnation();
        simulation.in(simulation.random().nextLong(simulation.faults().syncUsMin(), simulation.faults().syncUsMax() + 1), () -> {
            if (node.incarnation() == incarnation && node.isUp()) {
                while (synced < upTo) {
                    apply(pending.poll());
                    synced++;
                }
                simulation.wake(node, done);
            }
        });
    }

    private void apply(Write write) {
        switch (write) {
            case Write.Append w -> durable.computeIfAbsent(w.file(), ignored -> new ByteArrayOutputStream()).writeBytes(w.bytes());
            case Write.Replace w -> {
                var content = new ByteArrayOutputStream();
                content.writeBytes(w.bytes());
                durable.put(w.file(), content);
            }
            case Write.Delete w -> durable.remove(w.file());
        }
    }

    /**
     * Reads a file after a start.
     *
     * @param file its name
     * @return its content, or empty when there is none
     */
    public Optional<byte[]> read(String file) {
        return Optional.ofNullable(durable.get(file)).map(ByteArrayOutputStream::toByteArray);
    }

    /**
     * Lists the files.
     *
     * @return names in order
     */
    public List<String> files() {
        return new ArrayList<>(durable.keySet());
    }

    /** Loses everything: a new disk. */
    public void wipe() {
        pending.clear();
        durable.clear();
        synced = written;
    }

    void crash() {
        int kept = pending.isEmpty() ? 0 : simulation.random().nextInt(pending.size() + 1);
        for (int index = 0; index < kept; index++) {
            apply(pending.poll());
        }
        if (!pending.isEmpty() && pending.peek() instanceof Write.Append torn && torn.bytes().length > 0) {
            var part = java.util.Arrays.copyOf(torn.bytes(), simulation.random().nextInt(torn.bytes().length));
            apply(new Write.Append(torn.file(), part));
        }
        pending.clear();
        synced = written;
    }
}
