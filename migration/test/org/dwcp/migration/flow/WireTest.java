// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.transport.Transport;
import org.dwcp.migration.fake.Samples;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WireTest {
    static Stream<Message> messages() {
        List<Range> ranges = List.of(new Range(3, 9), new Range(1L << 40, (1L << 40) + 1));
        return Stream.of(new Message.Have(8, 1 << 20, 4, ranges), new Message.Ack(77, 5, ranges), new Message.Ack(0, 0, List.of()),
                new Message.Nak(1, 2, 200, "why"), new Message.Nak(1, Encoding.BLOCK_BYTES_MAX, -1, ""), new Message.End(12),
                new Message.Refuse(Kind.RETRY, "käse"), new Message.Done(9), new Message.Failed(Kind.BROKEN, "x"),
                new Message.Cancel(Kind.REJECTED, "source changed", true), new Message.Ping());
    }

    private static Message read(ByteBuffer frame) {
        int type = Wire.open(frame);
        return Wire.read(type, frame);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void readsWhatItWrote(Message message) {
        assertThat(read(Wire.write(message))).isEqualTo(message);
    }

    @Test
    void readsOffersAndWants() {
        Message.Offer offer = (Message.Offer) read(Wire.write(new Message.Offer(new FlowId(1, -2), "files", "abc", -1, new byte[] {1, 2})));
        Message.Want want = (Message.Want) read(Wire.write(new Message.Want(FlowId.NONE, "files", "", new byte[0])));

        assertThat(offer.id()).isEqualTo(new FlowId(1, -2));
        assertThat(offer.total()).isEqualTo(-1);
        assertThat(offer.meta()).containsExactly(1, 2);
        assertThat(want.id()).isEqualTo(FlowId.NONE);
    }

    @Test
    void theLargestHaveFitsAFrame() {
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < Wire.HAVE_RANGES_MAX; i++) {
            ranges.add(new Range(2L * i, 2L * i + 1));
        }
        ByteBuffer most = Wire.write(new Message.Have(1, 1, 0, ranges));
        ranges.add(new Range(1L << 50, (1L << 50) + 1));

        assertThat(most.remaining()).isLessThanOrEqualTo(Transport.FRAME_BYTES_MAX);
        assertThat(read(most)).isInstanceOf(Message.Have.class);
        assertThatThrownBy(() -> read(Wire.write(new Message.Have(1, 1, 0, ranges)))).hasMessageContaining("count 60001 of ranges");
    }

    @Test
    void cutsTextsThatAreTooLong() {
        Message.Refuse refuse = (Message.Refuse) read(Wire.write(new Message.Refuse(Kind.RETRY, "x".repeat(Wire.TEXT_MAX + 1))));

        assertThat(refuse.why()).hasSize(Wire.TEXT_MAX);
    }

    private static ByteBuffer chunk(ChunkHeader header, int payload) {
        ByteBuffer head = Wire.chunk(header, payload);
        return ByteBuffer.allocate(head.remaining() + payload).put(head).put(new byte[payload]).flip();
    }

    @Test
    void readsAChunk() {
        ByteBuffer frame = chunk(new ChunkHeader(1L << 41, 1_000, 5, true), 70);

        assertThat(Wire.open(frame)).isEqualTo(Wire.CHUNK);
        assertThat(Wire.chunk(frame)).isEqualTo(new ChunkHeader(1L << 41, 1_000, 5, true));
        assertThat(frame.remaining()).isEqualTo(70);
    }

    @Test
    void refusesChunksThatLieAboutTheirLength() {
        ByteBuffer plain = chunk(new ChunkHeader(0, 1_000, 5, false), 999);
        ByteBuffer large = chunk(new ChunkHeader(0, Encoding.BLOCK_BYTES_MAX + 1, 5, true), 10);
        ByteBuffer negative = chunk(new ChunkHeader(-1, 10, 5, false), 10);
        Wire.open(plain);
        Wire.open(large);
        Wire.open(negative);

        assertThatThrownBy(() -> Wire.chunk(plain)).hasMessageContaining("has 999 bytes and says 1000");
        assertThatThrownBy(() -> Wire.chunk(large)).hasMessageContaining("chunk of 1048577 bytes");
        assertThatThrownBy(() -> Wire.chunk(negative)).hasMessageContaining("offset -1");
    }

    @Test
    void refusesUnknownVersionsAndTypesByName() {
        ByteBuffer version = Wire.write(new Message.Ping()).put(2, (byte) 9);
        ByteBuffer type = Wire.write(new Message.Ping()).put(3, (byte) 99);
        ByteBuffer magic = Wire.write(new Message.Ping()).put(0, (byte) 0);

        assertThatThrownBy(() -> Wire.open(version)).isInstanceOfSatisfying(DwcpException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED))
                .hasMessage("wire version 9 is unknown; this node speaks 1");
        assertThatThrownBy(() -> Wire.open(type)).hasMessageContaining("frame type 99 is unknown");
        assertThatThrownBy(() -> Wire.open(magic)).hasMessageContaining("not with 4446");
    }

    /** Whatever bytes come in, the answer is a message or a refusal of kind REJECTED; a changed bit is noticed. */
    @Test
    void noticesEveryChangedBitAndEveryCut() {
        for (Message message : messages().toList()) {
            ByteBuffer frame = Wire.write(message);
            for (int bit = 0; bit < frame.limit() * 8; bit++) {
                ByteBuffer changed = ByteBuffer.allocate(frame.limit()).put(frame.duplicate()).flip();
                changed.put(bit / 8, (byte) (changed.get(bit / 8) ^ 1 << bit % 8));
                assertThatThrownBy(() -> read(changed)).isInstanceOf(DwcpException.class);
            }
            for (int length = 0; length < frame.limit(); length++) {
                ByteBuffer cut = frame.duplicate().limit(length);
                assertThatThrownBy(() -> read(cut)).isInstanceOf(DwcpException.class);
            }
        }
    }

    @Test
    void garbageIsRefusedAndNothingElse() {
        RandomGenerator random = Samples.random(3);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(80)];
            random.nextBytes(bytes);
            int type = 2 + random.nextInt(11);
            try {
                Wire.read(type, ByteBuffer.wrap(bytes));
            } catch (DwcpException e) {
                assertThat(e.kind()).isEqualTo(Kind.REJECTED);
            }
        }
    }
}
