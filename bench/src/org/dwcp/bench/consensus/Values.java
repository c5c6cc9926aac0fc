// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.TreeMap;

import org.dwcp.api.consensus.StateMachine;

/** A map from keys of 8 bytes to values, as etcd's is: each command is key and value. */
final class Values implements StateMachine {
    static final int KEY_BYTES = 8;
    static final int VALUE_BYTES = 100;
    private final TreeMap<String, byte[]> values = new TreeMap<>();

    static byte[] command(int client, long count) {
        var command = Arrays.copyOf(key(client), KEY_BYTES + VALUE_BYTES);
        ByteBuffer.wrap(command).putLong(KEY_BYTES, count);
        return command;
    }

    static byte[] key(int client) {
        return String.format("k%07d", client).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public byte[] apply(byte[] command) {
        values.put(new String(command, 0, KEY_BYTES, StandardCharsets.US_ASCII), command);
        return new byte[] {1};
    }

    @Override
    public byte[] query(byte[] query) {
        return values.getOrDefault(new String(query, StandardCharsets.US_ASCII), new byte[0]);
    }

    @Override
    public byte[] snapshot() {
        var out = ByteBuffer.allocate(values.values().stream().mapToInt(value -> value.length + 4).sum());
        values.values().forEach(value -> out.putInt(value.length).put(value));
        return out.array();
    }

    @Override
    public void install(byte[] snapshot) {
        values.clear();
        for (var in = ByteBuffer.wrap(snapshot); in.hasRemaining();) {
            var value = new byte[in.getInt()];
            in.get(value);
            values.put(new String(value, 0, KEY_BYTES, StandardCharsets.US_ASCII), value);
        }
    }
}
