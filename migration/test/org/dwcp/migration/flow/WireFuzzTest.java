// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.fuzz.Fuzz;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hostile frames of flows, with and without the checksum in the way: a message or a refusal. */
class WireFuzzTest {
    private static final int HEAP_BYTES_MAX = 32 << 10;
    private static final int HEAP_BYTES_EACH_MAX = 16;

    @Test
    @Timeout(60)
    @Requirement("R-041")
    void hostileFramesAreRefused() {
        fuzz(25_000, 1);
    }

    @Test
    @Tag("soak")
    @Timeout(600)
    void aMillionHostileFramesAreRefused() {
        fuzz(1_000_000, 2);
    }

    @Test
    void aRangeThatBeginsAtTheLastByteOfAllIsRefused() {
        var body = ByteBuffer.allocate(8 + 8 + 4 + 16).putLong(0).putLong(0).putInt(1).putLong(Long.MAX_VALUE).putLong(5).flip();

        assertThatThrownBy(() -> Wire.read(5, body)).isInstanceOfSatisfying(DwcpException.class, e -> org.assertj.core.api.Assertions.assertThat(e.kind())
                .isEqualTo(Kind.REJECTED));
    }

    private static void fuzz(int count, long seed) {
        new Fuzz(good(), seed, HEAP_BYTES_MAX, HEAP_BYTES_EACH_MAX).run(count, input -> {
            attempt(() -> read(Wire.open(ByteBuffer.wrap(input)), ByteBuffer.wrap(input).position(Wire.HEADER)));
            if (input.length > Wire.HEADER) {
                attempt(() -> read(input[3], ByteBuffer.wrap(input).position(Wire.HEADER))); // as if the sender had made the checksum right
            }
        });
    }

    private static void attempt(Runnable read) {
        try {
            read.run();
        } catch (DwcpException e) {
            if (e.kind() != Kind.REJECTED && e.kind() != Kind.RETRY) {
                throw e;
            }
        }
    }

    private static void read(int type, ByteBuffer body) {
        if (type != Wire.CHUNK) {
            Wire.read(type, body);
        } else if (body.remaining() > Wire.CHUNK_FIXED) {
            Wire.chunk(body);
        }
    }

    private static List<byte[]> good() {
        var ranges = List.of(new Range(0, 100), new Range(200, 5_000), new Range(1L << 40, 1L << 41));
        var messages = List.of(new Message.Offer(new FlowId(1, 2), "file", "t1", 1_000, new byte[300]), new Message.Want(new FlowId(1, 2), "file", "t1", new byte[30]),
                new Message.Have(1, 2, 3, ranges), new Message.Ack(100, 2, ranges), new Message.Nak(5, 6, 7, "why"), new Message.End(9),
                new Message.Refuse(Kind.RETRY, "busy"), new Message.Done(3), new Message.Failed(Kind.BROKEN, "no"), new Message.Cancel(Kind.RETRY, "stop", true),
                new Message.Ping());
        var good = new ArrayList<byte[]>();
        for (Message message : messages) {
            good.add(bytes(Wire.write(message), 0));
        }
        good.add(bytes(Wire.chunk(new ChunkHeader(4_096, 512, 77, false), 512), 512));
        return good;
    }

    private static byte[] bytes(ByteBuffer frame, int more) {
        var bytes = new byte[frame.remaining() + more];
        frame.get(bytes, 0, bytes.length - more);
        return bytes;
    }
}
