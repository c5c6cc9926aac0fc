// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.consensus;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Member;

/**
 * A machine that keeps every entry it was given, in order, and notices when it is called wrongly. Read from any thread.
 * {@snippet :
 * Recorder machine = new Recorder();
 * java.util.List<String> all = machine.entries();
 * }
 */
public final class Recorder implements EntryMachine {
    private final List<String> entries = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final AtomicBoolean inside = new AtomicBoolean();
    private long last;
    private List<Member> members = List.of();

    @Override
    public byte[] apply(long index, byte[] entry) {
        enter("apply");
        try {
            synchronized (this) {
                if (index <= last) {
                    faults.add("index " + index + " after " + last);
                }
                last = index;
                entries.add(new String(entry, StandardCharsets.UTF_8));
                return String.valueOf(entries.size()).getBytes(StandardCharsets.UTF_8);
            }
        } finally {
            inside.set(false);
        }
    }

    /** Answers how many entries there are and the last of them. */
    @Override
    public byte[] query(byte[] query) {
        enter("query");
        try {
            synchronized (this) {
                return (entries.size() + " " + (entries.isEmpty() ? "" : entries.getLast())).getBytes(StandardCharsets.UTF_8);
            }
        } finally {
            inside.set(false);
        }
    }

    @Override
    public byte[] snapshot() {
        enter("snapshot");
        try {
            var bytes = new ByteArrayOutputStream();
            var out = new DataOutputStream(bytes);
            synchronized (this) {
                out.writeInt(entries.size());
                for (String entry : entries) {
                    out.writeUTF(entry);
                }
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            inside.set(false);
        }
    }

    @Override
    public void install(long index, byte[] snapshot) {
        enter("install");
        try {
            var in = new DataInputStream(new ByteArrayInputStream(snapshot));
            synchronized (this) {
                entries.clear();
                last = index;
                for (int left = snapshot.length == 0 ? 0 : in.readInt(); left > 0; left--) {
                    entries.add(in.readUTF());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            inside.set(false);
        }
    }

    @Override
    public synchronized void membersChanged(long index, List<Member> now) {
        members = List.copyOf(now);
    }

    private void enter(String call) {
        if (!inside.compareAndSet(false, true)) {
            synchronized (this) {
                faults.add(call + " during another call");
            }
        }
    }

    /**
     * Gives the entries.
     *
     * @return a copy, in order
     */
    public synchronized List<String> entries() {
        return List.copyOf(entries);
    }

    /**
     * Gives what was wrong with the calls.
     *
     * @return one sentence each
     */
    public synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    /**
     * Gives the members last told of.
     *
     * @return empty when there was no change
     */
    public synchronized List<Member> members() {
        return members;
    }
}
