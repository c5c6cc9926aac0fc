// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dwcp.testkit.encoding.EncodingContract.assertRejected;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.Crc32c;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.api.encoding.FrameHeader;
import org.junit.jupiter.api.Test;

/**
 * The part of {@link EncodingContract} about what no frame may do to a decoder, whoever made it: end the JVM, write outside the target, be taken for another block, or throw anything
 * but an {@link EncodingException} of kind REJECTED.
 */
abstract class HostileFramesContract extends StopContract {
    /** Frames tried by the fuzz test. Source: chosen; some seconds. */
    static final int MUTATIONS = 100_000;

    private static final int GUARD_BYTES = 64;
    private static final int ROOM_BYTES = 8192 + 2 * GUARD_BYTES;
    private static final ByteBuffer GUARDS = ByteBuffer.wrap("Z".repeat(ROOM_BYTES).getBytes(StandardCharsets.US_ASCII));

    @Test
    public void refusesAFrameOfAnotherCodec() {
        byte[] block = Blocks.TEXT.bytes(100);
        for (int codec = 0; codec <= 255; codec++) {
            if (codec == encoding.codecId()) {
                continue;
            }
            ByteBuffer frame = ByteBuffer.allocate(FrameHeader.BYTES + block.length);
            new FrameHeader(codec, FrameHeader.FORMAT_STORED, block.length, block.length, Crc32c.of(ByteBuffer.wrap(block))).write(frame);
            frame.put(block).flip();

            assertRejected(() -> encoding.decode(frame, ByteBuffer.allocate(block.length)));
        }
    }

    @Test
    public void refusesEveryChangeOfAHeaderByte() {
        byte[] good = frame(Blocks.TEXT.bytes(5000));
        for (int at = 0; at < FrameHeader.BYTES; at++) {
            for (int change = 1; change <= 255; change++) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) change;

                assertRejected(() -> encoding.decode(ByteBuffer.wrap(bad), ByteBuffer.allocate(Encoding.BLOCK_BYTES_MAX)));
            }
        }
    }

    @Test
    public void refusesEveryTruncation() {
        for (Blocks kind : Blocks.values()) {
            byte[] good = frame(kind.bytes(600));
            for (int length = 0; length < good.length; length++) {
                ByteBuffer cut = ByteBuffer.wrap(good, 0, length);

                assertRejected(() -> encoding.decode(cut, ByteBuffer.allocate(600)));
            }
        }
    }

    @Test
    public void refusesAPayloadThatHasLostItsEndWithAHeaderToMatch() {
        byte[] good = frame(Blocks.TEXT.bytes(3000));
        FrameHeader header = FrameHeader.read(ByteBuffer.wrap(good));
        for (int payloadBytes = 1; payloadBytes < header.payloadBytes(); payloadBytes++) {
            if (header.format() == FrameHeader.FORMAT_STORED) {
                return; // the header itself forbids it
            }
            byte[] cut = Arrays.copyOf(good, FrameHeader.BYTES + payloadBytes);
            new FrameHeader(header.codecId(), header.format(), header.rawBytes(), payloadBytes, header.checksum()).write(ByteBuffer.wrap(cut));

            assertRejected(() -> encoding.decode(ByteBuffer.wrap(cut), ByteBuffer.allocate(3000)));
        }
    }

    @Test
    public void neverTakesAChangedPayloadForTheBlock() {
        byte[] block = Blocks.MACHINE.bytes(9000);
        byte[] good = frame(block);
        for (int at = FrameHeader.BYTES; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 << at % 8);
            ByteBuffer back = ByteBuffer.allocate(block.length);
            try {
                encoding.decode(ByteBuffer.wrap(bad), back);
            } catch (EncodingException e) {
                assertThat(e.kind()).isEqualTo(Kind.REJECTED);
                continue;
            }
            assertThat(back.flip()).as("change at %d", at).isEqualTo(ByteBuffer.wrap(block));
        }
    }

    @Test
    public void survivesMutatedFramesWithoutWritingOutsideTheTarget() {
        var random = new SplittableRandom(20_251_120L);
        byte[][] good = new byte[Blocks.values().length * 4][];
        for (int i = 0; i < good.length; i++) {
            good[i] = frame(Blocks.values()[i % Blocks.values().length].bytes(random.nextInt(40, 6000)));
        }
        ByteBuffer[] rooms = {ByteBuffer.allocateDirect(ROOM_BYTES), ByteBuffer.allocate(ROOM_BYTES)};
        ByteBuffer outsideHeap = ByteBuffer.allocateDirect(ROOM_BYTES);
        int accepted = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bad = mutate(good[random.nextInt(good.length)], random);
            ByteBuffer source = random.nextBoolean() ? outsideHeap.clear().put(bad).flip() : ByteBuffer.wrap(bad);
            accepted += decodesWithinGuards(source, rooms[random.nextInt(2)], random.nextInt(1, ROOM_BYTES - 2 * GUARD_BYTES)) ? 1 : 0;
        }
        assertThat(accepted).as("mutations that leave a frame valid").isLessThan(MUTATIONS / 2);
    }

    /** Decodes into the middle of a buffer whose every other byte must stay as it is. */
    private boolean decodesWithinGuards(ByteBuffer frame, ByteBuffer room, int targetBytes) {
        room.put(0, GUARDS, 0, ROOM_BYTES);
        boolean accepted = false;
        try {
            encoding.decode(frame, room.slice(GUARD_BYTES, targetBytes));
            accepted = true;
        } catch (EncodingException e) {
            assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.REJECTED);
        }
        int behind = GUARD_BYTES + targetBytes;
        if (room.slice(0, GUARD_BYTES).mismatch(GUARDS.slice(0, GUARD_BYTES)) >= 0
                || room.slice(behind, ROOM_BYTES - behind).mismatch(GUARDS.slice(behind, ROOM_BYTES - behind)) >= 0) {
            throw new AssertionError("a decode wrote outside its target of " + targetBytes + " bytes");
        }
        return accepted;
    }

    /** Changes, inserts, cuts or replaces bytes; in most cases repairs the header afterwards, so that the codec itself gets to see the change. */
    private byte[] mutate(byte[] good, SplittableRandom random) {
        byte[] bad = switch (random.nextInt(5)) {
            case 0 -> Arrays.copyOf(good, random.nextInt(good.length));
            case 1 -> Arrays.copyOf(good, good.length + random.nextInt(1, 64));
            case 2 -> {
                byte[] noise = new byte[random.nextInt(1, 300)];
                random.nextBytes(noise);
                yield noise;
            }
            default -> good.clone();
        };
        for (int changes = random.nextInt(4); changes > 0 && bad.length > 0; changes--) {
            bad[random.nextInt(bad.length)] = random.nextBoolean() ? (byte) random.nextInt() : (byte) 0xff;
        }
        int payloadBytes = bad.length - FrameHeader.BYTES;
        if (payloadBytes >= 1 && payloadBytes <= Encoding.BLOCK_BYTES_MAX && random.nextInt(8) != 0) {
            int rawBytes = random.nextInt(4) == 0 ? random.nextInt(payloadBytes, payloadBytes + 9000) : Math.max(payloadBytes, rawBytes(good));
            new FrameHeader(encoding.codecId(), FrameHeader.FORMAT_CODEC, rawBytes, payloadBytes, random.nextInt()).write(ByteBuffer.wrap(bad));
        }
        return bad;
    }

    private static int rawBytes(byte[] frame) {
        return FrameHeader.read(ByteBuffer.wrap(frame)).rawBytes();
    }

    private byte[] frame(byte[] block) {
        byte[] frame = new byte[encoding.frameBytesMax(block.length)];
        return Arrays.copyOf(frame, encoding.encode(ByteBuffer.wrap(block), ByteBuffer.wrap(frame)));
    }
}
