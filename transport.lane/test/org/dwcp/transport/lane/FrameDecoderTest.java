// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;

class FrameDecoderTest {
    private final PooledByteBufAllocator memory = new PooledByteBufAllocator(true);
    private final List<ByteBuffer> data = new ArrayList<>();
    private final List<Integer> controls = new ArrayList<>();
    private final FrameDecoder decoder = new FrameDecoder(memory, new FrameDecoder.Sink() {
        @Override
        public void onData(ByteBuffer frame) {
            data.add(ByteBuffer.allocate(frame.remaining()).put(frame).flip());
        }

        @Override
        public void onControl(int type, ByteBuffer body) {
            controls.add(type);
        }
    });

    @AfterEach
    void holdsNoMemory() {
        decoder.close();
        assertThat(memory.pinnedDirectMemory()).isZero();
    }

    private void read(ByteBuffer... bytes) {
        for (var part : bytes) {
            var in = Unpooled.wrappedBuffer(part);
            decoder.read(in);
            assertThat(in.isReadable()).isFalse();
        }
    }

    private static ByteBuffer frame(byte... body) {
        return ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).flip();
    }

    private static ByteBuffer word(int word) {
        return ByteBuffer.allocate(4).putInt(word).flip();
    }

    @Test
    void cutsBytesIntoFramesWhereverTheyAreTornApart() {
        decoder.allowData();
        var random = new SplittableRandom(3);
        var sent = new ArrayList<ByteBuffer>();
        ByteBuf wire = Unpooled.buffer();
        for (int number = 0; number < 200; number++) {
            var body = new byte[1 + random.nextInt(300)];
            random.nextBytes(body);
            sent.add(ByteBuffer.wrap(body));
            wire.writeBytes(frame(body));
        }

        while (wire.isReadable()) {
            decoder.read(wire.readSlice(Math.min(wire.readableBytes(), 1 + random.nextInt(50))));
        }

        assertThat(data).isEqualTo(sent);
    }

    @Test
    void takesTheLargestFrameAndRefusesOneByteMore() {
        decoder.allowData();
        read(frame(new byte[Transport.FRAME_BYTES_MAX]));
        assertThat(data).hasSize(1);

        assertThatThrownBy(() -> read(word(Transport.FRAME_BYTES_MAX + 1))).isInstanceOfSatisfying(TransportException.class,
                e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED));
    }

    @Test
    void setsNothingAsideForALengthThatCannotBe() {
        decoder.allowData();

        assertThatThrownBy(() -> read(word(Integer.MAX_VALUE))).isInstanceOf(TransportException.class);

        assertThat(memory.pinnedDirectMemory()).isZero();
    }

    @Test
    void refusesAnEmptyFrame() {
        decoder.allowData();

        assertThatThrownBy(() -> read(word(0))).isInstanceOf(TransportException.class);
    }

    @Test
    void refusesDataBeforeTheHandshake() {
        assertThatThrownBy(() -> read(frame((byte) 1))).hasMessageContaining("before the handshake");
    }

    @Test
    void takesControlFramesUpToTheirBound() {
        int control = 0x8000_0000 | Wire.HELLO << 24;
        read(word(control | Wire.CONTROL_BYTES_MAX), ByteBuffer.allocate(Wire.CONTROL_BYTES_MAX));
        assertThat(controls).containsExactly(Wire.HELLO);

        assertThatThrownBy(() -> read(word(control | Wire.CONTROL_BYTES_MAX + 1))).isInstanceOf(TransportException.class);
    }
}
