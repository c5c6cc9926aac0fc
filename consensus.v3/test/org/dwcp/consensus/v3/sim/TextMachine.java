// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.sim;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

import org.dwcp.consensus.v3.core.Application;
import org.dwcp.testkit.sim.Registers.Input;

/** Texts by key, as {@link org.dwcp.testkit.sim.Registers} says. A command is {@code W|A|R key text}. */
public final class TextMachine implements Application {
    private final Map<String, String> texts = new TreeMap<>();
    long lastIndex;

    public static byte[] encode(String key, Input input) {
        return (switch (input) {
            case Input.Read r -> "R " + key + " ";
            case Input.Write w -> "W " + key + " " + w.text();
            case Input.Append a -> "A " + key + " " + a.text();
        }).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] apply(long index, byte[] command) {
        if (index <= lastIndex) {
            throw new AssertionError("index " + index + " after " + lastIndex);
        }
        lastIndex = index;
        var words = new String(command, StandardCharsets.UTF_8).split(" ", 3);
        var before = texts.getOrDefault(words[1], "");
        switch (words[0]) {
            case "W" -> texts.put(words[1], words[2]);
            case "A" -> texts.put(words[1], before + words[2]);
            default -> { }
        }
        return before.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] query(byte[] question) {
        var words = new String(question, StandardCharsets.UTF_8).split(" ", 3);
        return texts.getOrDefault(words[1], "").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] snapshot() {
        var out = new StringBuilder();
        texts.forEach((key, text) -> out.append(key).append('=').append(text).append('\n'));
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void install(long index, byte[] snapshot) {
        texts.clear();
        lastIndex = index;
        new String(snapshot, StandardCharsets.UTF_8).lines().forEach(line -> {
            int at = line.indexOf('=');
            texts.put(line.substring(0, at), line.substring(at + 1));
        });
    }
}
