// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.annotation.Annotation;
import java.nio.ByteBuffer;

import net.jpountz.lz4.LZ4Factory;
import org.dwcp.api.DwcpException;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.FrameHeader;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.encoding.Blocks;
import org.dwcp.testkit.encoding.EncodingContract;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Version 1 keeps the slot's contract, with the native library and without it. */
class Lz4EncodingTest extends EncodingContract {
    @Override
    protected Encoding start() {
        return new Lz4Encoding(2, LZ4Factory.nativeInstance());
    }

    @Override
    protected void stop(Encoding provider) {
        ((Lz4Encoding) provider).deactivate();
    }

    @Override
    protected int expectedCodecId() {
        return 1;
    }

    /** On a machine that the library has no native code for. */
    @Nested
    class WithoutNatives extends EncodingContract {
        @Override
        protected Encoding start() {
            return new Lz4Encoding(3, LZ4Factory.safeInstance());
        }

        @Override
        protected void stop(Encoding provider) {
            Lz4EncodingTest.this.stop(provider);
        }

        @Override
        protected int expectedCodecId() {
            return 1;
        }
    }

    @Test
    @Requirement("R-058")
    void sendsACompressibleBlockOf64KiBAsLz4() {
        ByteBuffer frame = ByteBuffer.allocate(70_000);

        Encoding encoding = new Lz4Encoding(config(1));
        encoding.encode(ByteBuffer.wrap(Blocks.TEXT.bytes(65_536)), frame);
        stop(encoding);

        FrameHeader header = FrameHeader.read(frame.flip());
        assertThat(header.codecId()).isEqualTo(1);
        assertThat(header.format()).isEqualTo(FrameHeader.FORMAT_CODEC);
        assertThat(header.payloadBytes()).isLessThan(65_536 / 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 257})
    void refusesABoundOutOfRangeAndGoesOnWithTheOldOne(int codecsMax) {
        Lz4Encoding encoding = new Lz4Encoding(config(1));

        assertThatThrownBy(() -> encoding.modified(config(codecsMax))).isInstanceOf(DwcpException.class).hasMessageContaining("codecs.max");

        encoding.probe();
        stop(encoding);
    }

    static Lz4Encoding.Config config(int codecsMax) {
        return new Lz4Encoding.Config() {
            @Override
            public int service_ranking() {
                return 10;
            }

            @Override
            public int codecs_max() {
                return codecsMax;
            }

            @Override
            public Class<? extends Annotation> annotationType() {
                return Lz4Encoding.Config.class;
            }
        };
    }
}
