// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.OpenOptions.Order;
import org.dwcp.api.transport.TransportException;
import org.junit.jupiter.api.Test;

class WireTest {
    private static final Wire.Hello HELLO = new Wire.Hello("transport.v3", Wire.Purpose.JOIN, new UUID(1, 2), 511, Order.UNORDERED, "x".repeat(64));

    private static ByteBuffer body(ByteBuffer framed) {
        assertThat(Wire.isControl(framed.getInt(0))).isTrue();
        assertThat(Wire.controlBytes(framed.getInt(0))).isEqualTo(framed.remaining() - 4);
        return framed.position(4);
    }

    @Test
    void readsBackAHello() {
        assertThat(Wire.Hello.decode(body(HELLO.encode()))).isEqualTo(HELLO);
    }

    @Test
    void readsBackARefusalWithKindAndText() {
        var refusal = new TransportException(Kind.RETRY, "später");

        var read = Wire.Welcome.decode(body(new Wire.Welcome(Optional.of(refusal)).encode())).refusal().orElseThrow();

        assertThat(read.kind()).isEqualTo(Kind.RETRY);
        assertThat(read).hasMessage("später");
        assertThat(Wire.Welcome.decode(body(new Wire.Welcome(Optional.empty()).encode())).refusal()).isEmpty();
    }

    @Test
    void readsBackAClose() {
        assertThat(Wire.Close.decode(body(new Wire.Close(512, Optional.empty()).encode()))).isEqualTo(new Wire.Close(512, Optional.empty()));
    }

    @Test
    void cutsAMessageThatIsTooLong() {
        var framed = new Wire.Welcome(Optional.of(new TransportException(Kind.BROKEN, "m".repeat(5_000)))).encode();

        assertThat(framed.remaining()).isLessThanOrEqualTo(Wire.CONTROL_BYTES_MAX);
    }

    @Test
    void refusesAnotherWireVersionByName() {
        var body = body(HELLO.encode());
        body.put(body.position() + 4, (byte) 9);

        assertThatThrownBy(() -> Wire.Hello.decode(body)).isInstanceOf(TransportException.class).hasMessageContaining("wire version 9");
    }

    @Test
    void answersAnyGarbageWithARefusalAndNothingElse() {
        var random = new SplittableRandom(11);
        for (int round = 0; round < 20_000; round++) {
            var bytes = new byte[random.nextInt(80)];
            random.nextBytes(bytes);
            if (bytes.length > 6 && random.nextBoolean()) {
                ByteBuffer.wrap(bytes).putInt(0x44574350).put((byte) Wire.VERSION);
            }
            for (var decode : new Runnable[] {() -> Wire.Hello.decode(ByteBuffer.wrap(bytes)), () -> Wire.Welcome.decode(ByteBuffer.wrap(bytes)),
                    () -> Wire.Close.decode(ByteBuffer.wrap(bytes))}) {
                try {
                    decode.run();
                } catch (TransportException e) {
                    assertThat(e.kind()).isEqualTo(Kind.REJECTED);
                }
            }
        }
    }
}
