// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.dwcp.api.Refusals.assertRejected;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;

import org.dwcp.api.transport.Transport;
import org.junit.jupiter.api.Test;

/** The wire format of frames: golden bytes, bounds, and every corruption. */
class FrameHeaderTest {
    private static final FrameHeader HEADER = new FrameHeader(3, FrameHeader.FORMAT_CODEC, 4096, 1200, 0x12345678);
    private static final String GOLDEN = "4445" + "01" + "03" + "01" + "000000" + "00001000" + "000004b0" + "12345678";

    @Test
    void writesTheGoldenBytes() {
        CRC32C crc = new CRC32C();
        crc.update(HexFormat.of().parseHex(GOLDEN));

        assertThat(HexFormat.of().formatHex(bytes(HEADER))).isEqualTo(GOLDEN + HexFormat.of().toHexDigits((int) crc.getValue()))
                .isEqualTo("444501030100000000001000000004b012345678c917d82a");
    }

    @Test
    void readsBackWhatItWroteWhateverTheByteOrderOfTheBuffer() {
        ByteBuffer buffer = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN).position(5);
        HEADER.write(buffer);
        assertThat(buffer.position()).isEqualTo(5 + FrameHeader.BYTES);
        buffer.flip().position(5);

        assertThat(FrameHeader.read(buffer)).isEqualTo(HEADER);
        assertThat(buffer.hasRemaining()).isFalse();
        assertThat(buffer.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void refusesEveryChangeOfEveryByteAndConsumesNothing() {
        byte[] good = bytes(HEADER);
        for (int at = 0; at < FrameHeader.BYTES; at++) {
            for (int change = 1; change < 256; change++) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) change;
                ByteBuffer source = ByteBuffer.wrap(bad);

                assertThatThrownBy(() -> FrameHeader.read(source)).isInstanceOf(EncodingException.class);
                assertThat(source.position()).isZero();
            }
        }
    }

    @Test
    void saysWhatIsWrong() {
        assertRejected(() -> FrameHeader.read(sealed(0, 0x99)), "9945", "magic");
        assertRejected(() -> FrameHeader.read(sealed(2, 2)), "wire version 2", "speaks 1");
        assertRejected(() -> FrameHeader.read(sealed(4, 2)), "format 2");
        assertRejected(() -> FrameHeader.read(sealed(5, 1)), "reserved");
        assertRejected(() -> FrameHeader.read(sealed(6, 1)), "reserved");
        assertRejected(() -> FrameHeader.read(sealed(7, 1)), "reserved");
        assertRejected(() -> FrameHeader.read(sealed(8, 0x7f)), "block of");
        assertRejected(() -> FrameHeader.read(sealed(8, 0xff)), "block of -");
        assertRejected(() -> FrameHeader.read(sealed(12, 0x01)), "payload of");
        assertRejected(() -> FrameHeader.read(sealed(12, 0x80)), "payload of -");
        byte[] broken = bytes(HEADER);
        broken[23]++;
        assertRejected(() -> FrameHeader.read(ByteBuffer.wrap(broken)), "header checksum");
    }

    @Test
    void refusesASourceOneByteTooShort() {
        ByteBuffer source = ByteBuffer.wrap(bytes(HEADER)).limit(FrameHeader.BYTES - 1);

        assertRejected(() -> FrameHeader.read(source), "23 bytes", "24");
    }

    @Test
    void refusesATargetOneByteTooSmall() {
        ByteBuffer target = ByteBuffer.allocate(FrameHeader.BYTES - 1);

        assertRejected(() -> HEADER.write(target), "23 bytes", "24");
        assertThat(target.position()).isZero();
    }

    @Test
    void takesEachBoundAndRefusesOnePast() {
        assertThat(new FrameHeader(0, 0, 1, 1, 0).rawBytes()).isEqualTo(1);
        assertThat(new FrameHeader(255, 1, Encoding.BLOCK_BYTES_MAX, Encoding.BLOCK_BYTES_MAX, -1).codecId()).isEqualTo(255);
        assertRejected(() -> new FrameHeader(-1, 0, 1, 1, 0), "codec id -1");
        assertRejected(() -> new FrameHeader(256, 0, 1, 1, 0), "codec id 256");
        assertRejected(() -> new FrameHeader(0, -1, 1, 1, 0), "format -1");
        assertRejected(() -> new FrameHeader(0, 1, 0, 1, 0), "block of 0");
        assertRejected(() -> new FrameHeader(0, 1, Encoding.BLOCK_BYTES_MAX + 1, 1, 0), "1048577", "1048576");
        assertRejected(() -> new FrameHeader(0, 1, 10, 0, 0), "payload of 0");
        assertRejected(() -> new FrameHeader(0, 1, 10, 11, 0), "payload of 11", "1..10");
        assertRejected(() -> new FrameHeader(0, 0, 10, 9, 0), "stored payload of 9");
    }

    @Test
    void frameOfTheLargestBlockFitsATransportFrame() {
        assertThat(FrameHeader.BYTES + Encoding.BLOCK_BYTES_MAX).isLessThanOrEqualTo(Transport.FRAME_BYTES_MAX);
    }

    @Test
    void checksumIsThatOfRfc3720() {
        assertThat(Crc32c.of(ByteBuffer.allocate(32))).as("32 zeros, RFC 3720 B.4").isEqualTo(0x8a9136aa);
        assertThat(Crc32c.of(ByteBuffer.wrap("123456789".getBytes(StandardCharsets.US_ASCII)))).isEqualTo(0xe3069283);
        ByteBuffer direct = ByteBuffer.allocateDirect(40).position(4).limit(36);
        assertThat(Crc32c.of(direct)).isEqualTo(0x8a9136aa);
        assertThat(direct.position()).isEqualTo(4);
    }

    private static byte[] bytes(FrameHeader header) {
        byte[] bytes = new byte[FrameHeader.BYTES];
        header.write(ByteBuffer.wrap(bytes));
        return bytes;
    }

    /** The good header with one byte replaced and a checksum that is right for it: what a hostile peer would send. */
    private static ByteBuffer sealed(int at, int value) {
        ByteBuffer bytes = ByteBuffer.wrap(bytes(HEADER));
        bytes.put(at, (byte) value);
        return bytes.putInt(FrameHeader.BYTES - 4, Crc32c.of(bytes.slice(0, FrameHeader.BYTES - 4)));
    }
}
