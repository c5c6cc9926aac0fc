// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.consensus;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;

import org.dwcp.api.consensus.StateMachine;

/** Texts by key. {@code KEY=TEXT} appends and answers the text before, {@code KEY} reads: every lost or doubled command shows in the text, for ever. */
final class Texts implements StateMachine {
    private final TreeMap<String, String> texts = new TreeMap<>();

    @Override
    public synchronized byte[] apply(byte[] command) {
        var words = new String(command, StandardCharsets.UTF_8).split("=", 2);
        var before = texts.getOrDefault(words[0], "");
        texts.put(words[0], before + words[1]);
        return before.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public synchronized byte[] query(byte[] query) {
        return texts.getOrDefault(new String(query, StandardCharsets.UTF_8), "").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public synchronized byte[] snapshot() {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            for (var entry : texts.entrySet()) {
                out.writeUTF(entry.getKey());
                out.writeUTF(entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @Override
    public synchronized void install(byte[] snapshot) {
        texts.clear();
        try (var in = new DataInputStream(new ByteArrayInputStream(snapshot))) {
            while (in.available() > 0) {
                texts.put(in.readUTF(), in.readUTF());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A copy of all texts. */
    synchronized TreeMap<String, String> all() {
        return new TreeMap<>(texts);
    }
}
