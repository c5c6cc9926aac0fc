// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.OpenOptions.Order;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.fuzz.Fuzz;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.ResourceLeakDetector;

/** Hostile bytes on a lane, before and after its handshake, in pieces of any size: a refusal or frames, and never more memory than one frame. */
class FrameFuzzTest {
    /** What little input may make a lane hold, and how many times as much more input. Source: buffers double, and the pool rounds up. */
    private static final long DIRECT_BYTES_MAX = FrameDecoder.FIRST_BYTES;
    private static final int DIRECT_BYTES_EACH_MAX = 3;
    private static final int HEAP_BYTES_MAX = 32 << 10;
    private static final int HEAP_BYTES_EACH_MAX = 64;

    private static final ResourceLeakDetector.Level USUAL = ResourceLeakDetector.getLevel();

    private final PooledByteBufAllocator memory = new PooledByteBufAllocator(true);

    /** It keeps a stack for each touch of a buffer, which would count as the decoder's memory (measured). What is held is counted here to the byte. */
    @BeforeAll
    static void withoutLeakDetector() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    @AfterAll
    static void withLeakDetector() {
        ResourceLeakDetector.setLevel(USUAL);
    }

    @Test
    @Timeout(60)
    @Requirement("R-041")
    void hostileFramesAreRefused() {
        fuzz(25_000, 1);
    }

    /** A million in all. */
    @ParameterizedTest
    @ValueSource(longs = {2, 3, 4, 5})
    @Tag("soak")
    @Timeout(300)
    void aQuarterOfAMillionHostileFramesAreRefused(long seed) {
        fuzz(250_000, seed);
    }

    /** Found by the fuzzer: these bytes claim a frame of 1 MiB and made a lane set 1.3 MB aside. */
    @Test
    void aLengthAloneTakesNoMemory() {
        var decoder = new FrameDecoder(memory, new FrameDecoder.Sink() {
            @Override
            public void onData(ByteBuffer frame) {
                throw new AssertionError("no frame is complete");
            }

            @Override
            public void onControl(int type, ByteBuffer body) {
                throw new AssertionError("no frame is complete");
            }
        });
        decoder.allowData();

        decoder.read(Unpooled.wrappedBuffer(java.util.HexFormat.of().parseHex("00100376332073746f7073")));

        assertThat(memory.pinnedDirectMemory()).isLessThanOrEqualTo(FrameDecoder.FIRST_BYTES);
        decoder.close();
    }

    private void fuzz(int count, long seed) {
        var pieces = new SplittableRandom(seed);
        new Fuzz(good(), seed, HEAP_BYTES_MAX, HEAP_BYTES_EACH_MAX).run(count, input -> decode(input, pieces));
        assertThat(memory.pinnedDirectMemory()).isZero();
    }

    private void decode(byte[] input, SplittableRandom pieces) {
        var decoder = new FrameDecoder(memory, new FrameDecoder.Sink() {
            @Override
            public void onData(ByteBuffer frame) {
                assertThat(frame.remaining()).isBetween(1, Transport.FRAME_BYTES_MAX);
            }

            @Override
            public void onControl(int type, ByteBuffer body) {
                read(type, body);
            }
        });
        if (pieces.nextBoolean()) {
            decoder.allowData();
        }
        try {
            for (int at = 0; at < input.length;) {
                int bytes = Math.min(input.length - at, pieces.nextInt(4) == 0 ? 1 + pieces.nextInt(8) : 1 + pieces.nextInt(500));
                decoder.read(Unpooled.wrappedBuffer(input, at, bytes));
                at += bytes;
                if (memory.pinnedDirectMemory() > DIRECT_BYTES_MAX + (long) DIRECT_BYTES_EACH_MAX * at) {
                    throw new AssertionError(memory.pinnedDirectMemory() + " bytes of direct memory held");
                }
            }
        } catch (TransportException e) {
            if (e.kind() != Kind.REJECTED) {
                throw e;
            }
        } finally {
            decoder.close();
        }
    }

    private static void read(int type, ByteBuffer body) {
        switch (type) {
            case Wire.HELLO -> Wire.Hello.decode(body);
            case Wire.WELCOME -> Wire.Welcome.decode(body);
            case Wire.CLOSE -> Wire.Close.decode(body);
            default -> { } // a lane refuses it by its type
        }
    }

    private static List<byte[]> good() {
        var why = Optional.of(new TransportException(Kind.UNAVAILABLE, "v3 stops"));
        return List.of(
                bytes(new Wire.Hello("transport.v3", Wire.Purpose.OPEN, new UUID(1, 2), 3, Order.UNORDERED, "dwcp.flow").encode()),
                bytes(new Wire.Welcome(Optional.empty()).encode()), bytes(new Wire.Welcome(why).encode()),
                bytes(new Wire.Close(16, why).encode()), data(1), data(700), data(70_000));
    }

    private static byte[] data(int length) {
        return bytes(ByteBuffer.allocate(4 + length).putInt(length).position(0));
    }

    private static byte[] bytes(ByteBuffer buffer) {
        var bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
