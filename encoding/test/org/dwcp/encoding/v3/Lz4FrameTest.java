// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

import net.jpountz.lz4.LZ4Factory;
import net.jpountz.xxhash.XXHashFactory;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.encoding.frame.Codec;
import org.dwcp.testkit.encoding.Blocks;
import org.junit.jupiter.api.Test;

/** LZ4's frame format (version 1.6) as this project writes it, and what it takes. */
class Lz4FrameTest {
    private static final int AT = 3; // payloads do not begin at 0

    private final Lz4Frame lz4 = new Lz4Frame(LZ4Factory.nativeInstance());
    private final Lz4Frame java = new Lz4Frame(LZ4Factory.safeInstance());

    @Test
    void writesWhatTheFormatSays() {
        byte[] block = Blocks.TEXT.bytes(100_000);
        ByteBuffer frame = written(block).order(ByteOrder.LITTLE_ENDIAN);
        int bytes = frame.remaining();

        assertThat(frame.getInt(AT)).isEqualTo(0x184D2204);
        int flags = frame.get(AT + 4);
        int sizes = frame.get(AT + 5);
        assertThat(flags >> 6).as("version").isEqualTo(1);
        assertThat(flags & 0x3f).as("independent blocks and nothing else").isEqualTo(0x20);
        assertThat(sizes >> 4).as("blocks of up to 1 MiB").isEqualTo(6);
        int hash = XXHashFactory.safeInstance().hash32().hash(new byte[] {(byte) flags, (byte) sizes}, 0, 2, 0);
        assertThat(frame.get(AT + 6)).isEqualTo((byte) (hash >> 8));
        assertThat(frame.getInt(AT + 7)).isEqualTo(bytes - 15);
        assertThat(frame.getInt(AT + bytes - 4)).as("the end").isZero();
    }

    @Test
    void comesBackByBothLibraries() {
        for (Blocks kind : Blocks.values()) {
            for (int bytes : new int[] {32, 4_096, 262_144, 1 << 20}) {
                byte[] block = kind.bytes(bytes);
                ByteBuffer payload = ByteBuffer.allocateDirect(bytes - 1);
                int written = lz4.compress(direct(block), payload);
                if (written == Codec.DOES_NOT_SHRINK) {
                    continue;
                }
                for (Lz4Frame reader : new Lz4Frame[] {lz4, java}) {
                    ByteBuffer back = ByteBuffer.allocateDirect(bytes);
                    assertThat(reader.decompress(payload.duplicate().limit(written), back)).isEqualTo(bytes);
                    assertThat(back).isEqualTo(ByteBuffer.wrap(block));
                }
            }
        }
    }

    @Test
    void saysWhenItDoesNotFit() {
        byte[] block = Blocks.TEXT.bytes(100_000);
        int bytes = written(block).remaining();

        assertThat(lz4.compress(direct(block), ByteBuffer.allocateDirect(bytes - 1))).isEqualTo(Codec.DOES_NOT_SHRINK);
        assertThat(lz4.compress(direct(block), ByteBuffer.allocateDirect(15))).isEqualTo(Codec.DOES_NOT_SHRINK);
        assertThat(lz4.compress(direct(Blocks.RANDOM.bytes(100_000)), ByteBuffer.allocateDirect(99_999))).isEqualTo(Codec.DOES_NOT_SHRINK);
    }

    @Test
    void takesNoOtherShapeOfAFrame() {
        ByteBuffer good = written(Blocks.TEXT.bytes(10_000));
        for (int at = AT + 4; at < AT + 11; at++) { // flags, sizes, their checksum, the block's length
            refused(changed(good, at), 10_000, "is not one LZ4 frame of one block");
        }
        refused(changed(good, good.limit() - 1), 10_000, "is not one LZ4 frame of one block");
        refused(good.duplicate().limit(good.limit() - 1), 10_000, "is not one LZ4 frame of one block");
        refused(good.duplicate().limit(AT + 15), 10_000, "is not one LZ4 frame of one block");
        refused(good.duplicate().limit(AT + 4), 10_000, "is not one LZ4 frame of one block");
        refused(good, 9_999, "is broken");
    }

    @Test
    void damageStaysWithinTheTarget() {
        var random = new Random(5);
        ByteBuffer good = written(Blocks.TEXT.bytes(10_000));
        for (int i = 0; i < 20_000; i++) {
            ByteBuffer bad = changed(good, AT + 11 + random.nextInt(good.remaining() - 15));
            ByteBuffer target = ByteBuffer.allocateDirect(10_000);
            try {
                assertThat((i % 2 == 0 ? lz4 : java).decompress(bad, target)).isBetween(0, 10_000);
            } catch (EncodingException e) {
                assertThat(e.kind()).isEqualTo(Kind.REJECTED);
            }
        }
    }

    private void refused(ByteBuffer payload, int room, String why) {
        for (Lz4Frame reader : new Lz4Frame[] {lz4, java}) {
            assertThatThrownBy(() -> reader.decompress(payload.duplicate(), ByteBuffer.allocateDirect(room))).isInstanceOf(EncodingException.class).hasMessageContaining(why);
        }
    }

    private ByteBuffer written(byte[] block) {
        ByteBuffer payload = ByteBuffer.allocateDirect(block.length + 100).position(AT);
        int bytes = lz4.compress(direct(block), payload);
        assertThat(payload.position()).isEqualTo(AT);
        return payload.limit(AT + bytes);
    }

    private static ByteBuffer changed(ByteBuffer good, int at) {
        ByteBuffer bad = ByteBuffer.allocateDirect(good.limit());
        bad.put(0, good, 0, good.limit());
        return bad.put(at, (byte) (bad.get(at) ^ 0x15)).position(good.position());
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
