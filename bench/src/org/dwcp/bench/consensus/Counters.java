// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.TreeMap;

import org.dwcp.api.consensus.StateMachine;
import org.dwcp.testkit.sim.Linearizability;

/** Counters by name: a command adds one and answers how many that makes, a query answers how many there are. What is lost or doubled shows at once. */
final class Counters implements StateMachine {
    private final TreeMap<String, Long> counts = new TreeMap<>();

    static byte[] name(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }

    static long count(byte[] answer) {
        return ByteBuffer.wrap(answer).getLong();
    }

    private static byte[] answer(long count) {
        return ByteBuffer.allocate(Long.BYTES).putLong(0, count).array();
    }

    @Override
    public byte[] apply(byte[] command) {
        return answer(counts.merge(new String(command, StandardCharsets.US_ASCII), 1L, Long::sum));
    }

    @Override
    public byte[] query(byte[] query) {
        return answer(counts.getOrDefault(new String(query, StandardCharsets.US_ASCII), 0L));
    }

    @Override
    public byte[] snapshot() {
        var text = new StringBuilder();
        counts.forEach((name, count) -> text.append(name).append(' ').append(count).append('\n'));
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void install(byte[] snapshot) {
        counts.clear();
        new String(snapshot, StandardCharsets.US_ASCII).lines().map(line -> line.split(" ")).forEach(words -> counts.put(words[0], Long.valueOf(words[1])));
    }

    /** What a counter does, for the judge of histories: {@code true} adds one. */
    static final class Model implements Linearizability.Model<Long, Boolean, Long> {
        @Override
        public Long initial() {
            return 0L;
        }

        @Override
        public Optional<Long> step(Long state, Boolean adds, Optional<Long> output) {
            long after = adds ? state + 1 : state;
            return output.isPresent() && output.get() != after ? Optional.empty() : Optional.of(after);
        }
    }
}
