// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;

import org.dwcp.api.Swappable.Readiness;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.Crc32c;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.api.encoding.FrameHeader;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every provider of the encoding slot keeps: blocks come back as they were from and into every kind of buffer, hostile frames are refused,
 * calls run concurrently, a stop waits for them. Extend it in a test class, say how a provider is started and stopped, and run it by JUnit 5.
 */
@Requirement("R-315")
public abstract class EncodingContract extends HostileFramesContract {
    /**
     * Gives the number that the provider's frames must carry.
     *
     * @return 0 to 255
     */
    protected abstract int expectedCodecId();

    @Test
    @Requirement("R-161")
    public void carriesItsCodecIdInEveryFrame() {
        assertThat(encoding.codecId()).isEqualTo(expectedCodecId());
        for (Blocks kind : Blocks.values()) {
            ByteBuffer frame = encode(ByteBuffer.wrap(kind.bytes(4096)));
            assertThat(FrameHeader.read(frame).codecId()).isEqualTo(expectedCodecId());
        }
    }

    @Test
    public void isReadyAndAnswersItsProbe() {
        encoding.probe();

        assertThat(encoding.readiness()).isEqualTo(Readiness.READY);
    }

    @ParameterizedTest
    @EnumSource(Blocks.class)
    @Requirement("R-161")
    public void givesBackWhatItGot(Blocks kind) {
        for (int size : new int[] {1, 2, 3, 31, 32, 33, 4096, 65_535, 65_536, 65_537, Encoding.BLOCK_BYTES_MAX - 1, Encoding.BLOCK_BYTES_MAX}) {
            byte[] block = kind.bytes(size);

            ByteBuffer back = decode(encode(ByteBuffer.wrap(block)));

            assertThat(back).isEqualTo(ByteBuffer.wrap(block));
        }
    }

    @ParameterizedTest
    @EnumSource(BufferKind.class)
    public void takesEveryKindOfSourceAndTarget(BufferKind sourceKind) {
        byte[] block = Blocks.MACHINE.bytes(20_000);
        for (BufferKind targetKind : BufferKind.WRITABLE) {
            ByteBuffer frame = targetKind.empty(encoding.frameBytesMax(block.length));
            int frameBytes = encoding.encode(sourceKind.of(block), frame);
            assertThat(frame.position()).isEqualTo(frameBytes);
            byte[] written = new byte[frameBytes];
            frame.flip().get(written);

            ByteBuffer back = targetKind.empty(block.length);
            assertThat(encoding.decode(sourceKind.of(written), back)).isEqualTo(block.length);

            assertThat(back.flip()).isEqualTo(ByteBuffer.wrap(block));
        }
    }

    @ParameterizedTest
    @EnumSource(Blocks.class)
    public void describesTheBlockInItsHeader(Blocks kind) {
        byte[] block = kind.bytes(50_000);
        ByteBuffer source = ByteBuffer.wrap(block);
        ByteBuffer frame = ByteBuffer.allocate(encoding.frameBytesMax(block.length));

        int frameBytes = encoding.encode(source, frame);

        FrameHeader header = FrameHeader.read(frame.flip());
        assertThat(source.hasRemaining()).isFalse();
        assertThat(header.rawBytes()).isEqualTo(block.length);
        assertThat(header.payloadBytes()).isEqualTo(frameBytes - FrameHeader.BYTES).isEqualTo(frame.remaining());
        assertThat(header.checksum()).isEqualTo(Crc32c.of(ByteBuffer.wrap(block)));
    }

    @Test
    public void storesWhatDoesNotShrink() {
        FrameHeader header = FrameHeader.read(encode(ByteBuffer.wrap(Blocks.RANDOM.bytes(65_536))));

        assertThat(header.format()).isEqualTo(FrameHeader.FORMAT_STORED);
        assertThat(header.payloadBytes()).isEqualTo(65_536);
    }

    @Test
    public void neverNeedsMoreRoomThanItAskedFor() {
        for (int size : new int[] {1, 2, 100, 4096, Encoding.BLOCK_BYTES_MAX}) {
            assertThat(encoding.frameBytesMax(size)).isBetween(FrameHeader.BYTES + 1, FrameHeader.BYTES + size);
            ByteBuffer frame = BufferKind.DIRECT.empty(encoding.frameBytesMax(size));

            encoding.encode(ByteBuffer.wrap(Blocks.RANDOM.bytes(size)), frame);

            assertThat(frame.position()).isLessThanOrEqualTo(encoding.frameBytesMax(size));
        }
    }

    @Test
    public void refusesATargetOneByteTooSmallAndLeavesBothBuffersAlone() {
        ByteBuffer block = ByteBuffer.wrap(Blocks.TEXT.bytes(1000));
        ByteBuffer tooSmall = ByteBuffer.allocate(encoding.frameBytesMax(1000) - 1);
        assertRejected(() -> encoding.encode(block, tooSmall));
        assertThat(block.position()).isZero();
        assertThat(tooSmall.position()).isZero();

        ByteBuffer frame = encode(block);
        ByteBuffer tooShort = ByteBuffer.allocate(999);
        assertRejected(() -> encoding.decode(frame, tooShort));
        assertThat(frame.position()).isZero();
        assertThat(tooShort.position()).isZero();
    }

    @Test
    public void refusesAReadOnlyTarget() {
        ByteBuffer frame = encode(ByteBuffer.wrap(Blocks.TEXT.bytes(1000)));

        assertRejected(() -> encoding.encode(ByteBuffer.wrap(new byte[10]), ByteBuffer.allocate(1000).asReadOnlyBuffer()));
        assertRejected(() -> encoding.decode(frame, ByteBuffer.allocate(1000).asReadOnlyBuffer()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Encoding.BLOCK_BYTES_MAX + 1})
    public void refusesABlockOutOfBounds(int size) {
        ByteBuffer frame = ByteBuffer.allocate(FrameHeader.BYTES + size + 100);

        assertRejected(() -> encoding.encode(ByteBuffer.allocate(size), frame));
    }

    @Test
    public void readsOneFrameAndLeavesTheNext() {
        byte[] first = Blocks.TEXT.bytes(700);
        byte[] second = Blocks.MACHINE.bytes(900);
        ByteBuffer frames = ByteBuffer.allocate(4096);
        encoding.encode(ByteBuffer.wrap(first), frames);
        encoding.encode(ByteBuffer.wrap(second), frames);
        frames.flip();
        ByteBuffer back = ByteBuffer.allocate(1600);

        encoding.decode(frames, back);
        encoding.decode(frames, back);

        assertThat(frames.hasRemaining()).isFalse();
        assertThat(back.flip().slice(0, 700)).isEqualTo(ByteBuffer.wrap(first));
        assertThat(back.slice(700, 900)).isEqualTo(ByteBuffer.wrap(second));
    }

    private ByteBuffer encode(ByteBuffer block) {
        ByteBuffer frame = ByteBuffer.allocate(encoding.frameBytesMax(block.remaining()));
        encoding.encode(block.duplicate(), frame);
        return frame.flip();
    }

    private ByteBuffer decode(ByteBuffer frame) {
        ByteBuffer block = ByteBuffer.allocate(FrameHeader.read(frame.duplicate()).rawBytes());
        encoding.decode(frame, block);
        return block.flip();
    }

    static void assertRejected(Runnable call) {
        assertThat(org.assertj.core.api.Assertions.catchThrowable(call::run)).isInstanceOfSatisfying(EncodingException.class,
                e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.REJECTED));
    }
}
