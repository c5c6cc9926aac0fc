// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.group;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.consensus.StateMachine;

/**
 * Texts by key, as a state machine. Commands are one line: {@code put KEY TEXT} answers the text before; {@code append KEY TEXT} adds to it, and answers what was there
 * before; {@code add KEY NUMBER} answers the sum; {@code drop KEY} answers the text that was. A query is a key and answers its text, empty for none.
 */
public final class TextMap implements StateMachine {
    /** Most keys. Source: chosen. */
    static final int KEYS_MAX = 100_000;
    /** Most bytes of a text. Source: chosen; a quarter of a command. */
    static final int TEXT_BYTES_MAX = 16 << 10;
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._/-]{1,128}");

    private final TreeMap<String, String> texts = new TreeMap<>();

    /** Makes the command of its words, after a check: what is refused here is not ordered. */
    public static byte[] command(String verb, String key, String text) {
        checkKey(key);
        checkText(text);
        return (verb + " " + key + " " + text).getBytes(StandardCharsets.UTF_8);
    }

    /** Makes the query for a key. */
    public static byte[] query(String key) {
        return checkKey(key).getBytes(StandardCharsets.UTF_8);
    }

    private static String checkKey(String key) {
        Check.argument(KEY.matcher(key).matches(), "key '%s' is not 1 to 128 characters of A-Z, a-z, 0-9, '.', '_', '/' and '-'", key);
        return key;
    }

    private static String checkText(String text) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        Check.argument(bytes <= TEXT_BYTES_MAX, "text of %d bytes exceeds %d; send less", bytes, TEXT_BYTES_MAX);
        return text;
    }

    @Override
    public synchronized byte[] apply(byte[] command) {
        var words = new String(command, StandardCharsets.UTF_8).split(" ", 3);
        Check.argument(words.length == 3, "command '%s' is no verb, key and text", words[0]);
        var key = checkKey(words[1]);
        var before = texts.getOrDefault(key, "");
        Check.argument(texts.containsKey(key) || texts.size() < KEYS_MAX, "%d keys are kept and no more fit; drop some", KEYS_MAX);
        var answer = switch (words[0]) {
            case "put" -> {
                texts.put(key, checkText(words[2]));
                yield before;
            }
            case "append" -> {
                texts.put(key, checkText(before + words[2]));
                yield before;
            }
            case "add" -> {
                var sum = String.valueOf(Math.addExact(number(before.isEmpty() ? "0" : before), number(words[2])));
                texts.put(key, sum);
                yield sum;
            }
            case "drop" -> {
                texts.remove(key);
                yield before;
            }
            default -> throw new DwcpException(DwcpException.Kind.REJECTED, "verb '" + words[0] + "' is none of put, append, add, drop");
        };
        return answer.getBytes(StandardCharsets.UTF_8);
    }

    private static long number(String text) {
        try {
            var number = Long.parseLong(text);
            Check.argument(Math.abs(number) <= 1_000_000_000_000_000L, "number %s is not within 10^15", text);
            return number;
        } catch (NumberFormatException e) {
            throw new DwcpException(DwcpException.Kind.REJECTED, "'" + text.substring(0, Math.min(40, text.length())) + "' is no whole number");
        }
    }

    @Override
    public synchronized byte[] query(byte[] query) {
        return texts.getOrDefault(new String(query, StandardCharsets.UTF_8), "").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public synchronized byte[] snapshot() {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeInt(texts.size());
            for (Map.Entry<String, String> entry : texts.entrySet()) {
                out.writeUTF(entry.getKey());
                out.writeUTF(entry.getValue());
            }
        } catch (IOException e) {
            throw new IllegalStateException(e); // memory does not fail
        }
        return bytes.toByteArray();
    }

    @Override
    public synchronized void install(byte[] snapshot) {
        texts.clear();
        if (snapshot.length == 0) {
            return;
        }
        try (var in = new DataInputStream(new ByteArrayInputStream(snapshot))) {
            int count = in.readInt();
            if (count < 0 || count > KEYS_MAX) {
                throw new IOException(count + " keys are not 0 to " + KEYS_MAX);
            }
            for (int i = 0; i < count; i++) {
                texts.put(in.readUTF(), in.readUTF());
            }
        } catch (IOException e) {
            throw new DwcpException(DwcpException.Kind.BROKEN, "a snapshot of " + snapshot.length + " bytes cannot be read: " + e.getMessage());
        }
    }
}
