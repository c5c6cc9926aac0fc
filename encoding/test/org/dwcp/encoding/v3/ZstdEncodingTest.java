// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.annotation.Annotation;
import java.nio.ByteBuffer;
import java.util.Optional;

import com.github.luben.zstd.Zstd;
import net.jpountz.lz4.LZ4Factory;
import org.dwcp.api.DwcpException;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.api.encoding.FrameHeader;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.encoding.Blocks;
import org.dwcp.testkit.encoding.EncodingContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Version 3 keeps the slot's contract and follows the node's mode. */
class ZstdEncodingTest extends EncodingContract {
    @Override
    protected Encoding start() {
        return new ZstdEncoding(config(1, 3, 9, 2));
    }

    @Override
    protected void stop(Encoding provider) {
        ((ZstdEncoding) provider).deactivate();
    }

    @Override
    protected int expectedCodecId() {
        return 3;
    }

    @ParameterizedTest
    @CsvSource({"DATACENTER, 1", "HYBRID, 3", "INTERNET, 9"})
    @Requirement("R-070")
    void compressesAtTheLevelOfTheMode(NetworkMode mode, int level) {
        var provider = (ZstdEncoding) start();
        provider.bindDetector(Detectors.always(mode));
        byte[] block = Blocks.MACHINE.bytes(65_536);

        byte[] payload = payload(provider, block);

        assertThat(payload).isEqualTo(Zstd.compress(block, level));
        stop(provider);
    }

    @Test
    @Requirement("R-070")
    void sendsFewerBytesInInternetModeThanInAnyOther() {
        var provider = (ZstdEncoding) start();
        byte[] block = Blocks.TEXT.bytes(65_536);
        int[] bytes = new int[NetworkMode.values().length];
        for (NetworkMode mode : NetworkMode.values()) {
            provider.bindDetector(Detectors.always(mode));
            bytes[mode.ordinal()] = payload(provider, block).length;
        }
        stop(provider);

        assertThat(bytes[NetworkMode.INTERNET.ordinal()]).isLessThan(bytes[NetworkMode.DATACENTER.ordinal()]).isLessThan(bytes[NetworkMode.HYBRID.ordinal()]);
    }

    @Test
    void takesTheHybridLevelWithoutADetectorAndWithOneThatStops() {
        var provider = (ZstdEncoding) start();
        assertThat(provider.level()).isEqualTo(3);

        ModeDetector old = Detectors.always(NetworkMode.INTERNET);
        ModeDetector next = Detectors.always(NetworkMode.DATACENTER);
        provider.bindDetector(old);
        provider.bindDetector(next);
        provider.unbindDetector(old);
        assertThat(provider.level()).isEqualTo(1);
        provider.unbindDetector(next);
        assertThat(provider.level()).isEqualTo(3);
        provider.bindDetector(Detectors.stopped());
        assertThat(provider.level()).isEqualTo(3);
        stop(provider);
    }

    @ParameterizedTest
    @EnumSource(NetworkMode.class)
    void readsFramesOfEveryLevel(NetworkMode mode) {
        var sender = (ZstdEncoding) start();
        var receiver = (ZstdEncoding) start();
        sender.bindDetector(Detectors.always(mode));
        byte[] block = Blocks.MACHINE.bytes(100_000);
        ByteBuffer frame = ByteBuffer.allocate(sender.frameBytesMax(block.length));
        sender.encode(ByteBuffer.wrap(block), frame);
        ByteBuffer back = ByteBuffer.allocate(block.length);

        receiver.decode(frame.flip(), back);

        assertThat(back.array()).isEqualTo(block);
        stop(sender);
        stop(receiver);
    }

    @Test
    void refusesAPayloadOfTwoZstdFramesOrOfASkippableOne() {
        byte[] half = Zstd.compress(Blocks.TEXT.bytes(1000), 3);
        ByteBuffer two = ByteBuffer.allocate(2 * half.length).put(half).put(half).flip();
        ByteBuffer skippable = ByteBuffer.allocate(12).put(new byte[] {0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4}).flip();
        var codec = new ZstdCodec(() -> 3, Optional.empty(), new Lz4Frame(LZ4Factory.safeInstance()));
        for (ByteBuffer payload : new ByteBuffer[] {two, skippable}) {
            ByteBuffer direct = ByteBuffer.allocateDirect(payload.remaining()).put(payload).flip();

            assertThatThrownBy(() -> codec.decompress(direct, ByteBuffer.allocateDirect(2000))).isInstanceOf(EncodingException.class)
                    .hasMessageContaining("not one frame of zstd or LZ4");
        }
        codec.close();
        codec.close();
    }

    @Test
    void appliesNewLevelsToTheNextBlockAndKeepsTheOldOnesAfterABadUpdate() {
        var provider = (ZstdEncoding) start();
        byte[] block = Blocks.MACHINE.bytes(65_536);
        payload(provider, block);

        provider.modified(config(1, 15, 9, 2));
        assertThat(payload(provider, block)).isEqualTo(Zstd.compress(block, 15));

        assertThatThrownBy(() -> provider.modified(config(1, 23, 9, 2))).isInstanceOf(DwcpException.class).hasMessageContaining("level.hybrid 23");
        assertThat(payload(provider, block)).isEqualTo(Zstd.compress(block, 15));
        stop(provider);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 23})
    void refusesALevelOutOfRange(int level) {
        assertThatThrownBy(() -> new ZstdSettings(level, 3, 9, 1, true)).hasMessageContaining("level.datacenter");
        assertThatThrownBy(() -> new ZstdSettings(1, level, 9, 1, true)).hasMessageContaining("level.hybrid");
        assertThatThrownBy(() -> new ZstdSettings(1, 3, level, 1, true)).hasMessageContaining("level.internet");
    }

    private static byte[] payload(Encoding provider, byte[] block) {
        ByteBuffer frame = ByteBuffer.allocate(provider.frameBytesMax(block.length));
        provider.encode(ByteBuffer.wrap(block), frame);
        FrameHeader header = FrameHeader.read(frame.flip());
        byte[] payload = new byte[header.payloadBytes()];
        frame.get(payload);
        return payload;
    }

    static ZstdEncoding.Config config(int datacenter, int hybrid, int internet, int codecsMax) {
        return config(datacenter, hybrid, internet, codecsMax, ZstdSettings.LEARNED);
    }

    static ZstdEncoding.Config config(String choice) {
        return config(1, 3, 9, 2, choice);
    }

    private static ZstdEncoding.Config config(int datacenter, int hybrid, int internet, int codecsMax, String choice) {
        return new ZstdEncoding.Config() {
            @Override
            public int service_ranking() {
                return 0;
            }

            @Override
            public int level_datacenter() {
                return datacenter;
            }

            @Override
            public int level_hybrid() {
                return hybrid;
            }

            @Override
            public int level_internet() {
                return internet;
            }

            @Override
            public String choice() {
                return choice;
            }

            @Override
            public int codecs_max() {
                return codecsMax;
            }

            @Override
            public Class<? extends Annotation> annotationType() {
                return ZstdEncoding.Config.class;
            }
        };
    }
}
