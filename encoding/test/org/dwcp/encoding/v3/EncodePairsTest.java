// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import net.jpountz.lz4.LZ4Factory;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.api.encoding.FrameHeader;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.encoding.v1.Lz4Encoding;
import org.dwcp.encoding.v1.Lz4Tests;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.encoding.Blocks;
import org.dwcp.testkit.fuzz.Fuzz;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Six senders by two receivers: LZ4 native and Java, zstd at the levels of the three modes, and the learned choice on a fast link, whose frames are of zstd and of
 * LZ4. A stream is cut into blocks, encoded by a sender, and each frame decoded by the provider that it names at a receiver that has both versions, as a node has them;
 * one receiver has native LZ4, the other the Java one and other levels.
 */
class EncodePairsTest {
    private static final long FOUR_GIB_AND_ONE = (4L << 30) + 1;
    private static final NodeId PEER = new NodeId("far");
    private static final int DISK_BLOCK = 4096;

    private final List<Encoding> all = new ArrayList<>();
    private List<Encoding> senders;
    private List<List<Encoding>> receivers;

    @BeforeEach
    void start() {
        senders = List.of(begun(Lz4Tests.with(LZ4Factory.nativeInstance())), begun(Lz4Tests.with(LZ4Factory.safeInstance())),
                begun(zstd(NetworkMode.DATACENTER)), begun(zstd(NetworkMode.HYBRID)), begun(zstd(NetworkMode.INTERNET)), begun(learned()));
        receivers = List.of(List.of(begun(Lz4Tests.with(LZ4Factory.nativeInstance())), begun(zstd(NetworkMode.HYBRID))),
                List.of(begun(Lz4Tests.with(LZ4Factory.safeInstance())), begun(zstd(NetworkMode.INTERNET))));
    }

    private Encoding begun(Encoding encoding) {
        all.add(encoding);
        return encoding;
    }

    private static ZstdEncoding zstd(NetworkMode mode) {
        var zstd = new ZstdEncoding(ZstdEncodingTest.config(1, 3, 9, 2));
        zstd.bindDetector(Detectors.always(mode));
        return zstd;
    }

    private static ZstdEncoding learned() {
        var zstd = new ZstdEncoding(ZstdEncodingTest.config(1, 3, 9, 2));
        zstd.bindDetector(Detectors.linked(PEER, 3_000_000_000L, NetworkMode.DATACENTER));
        return zstd;
    }

    @AfterEach
    void stop() {
        for (Encoding encoding : all) {
            if (encoding instanceof ZstdEncoding zstd) {
                zstd.deactivate();
            } else if (encoding instanceof Lz4Encoding) {
                Lz4Tests.stop(encoding);
            }
        }
    }

    /** Content of a stream: block by block, so that it may be larger than memory. */
    private interface Content {
        byte[] block(int number, int bytes);
    }

    private static final List<Content> CONTENTS = List.of((_, bytes) -> Blocks.RANDOM.bytes(bytes), (_, bytes) -> Blocks.TEXT.bytes(bytes),
            (_, bytes) -> Blocks.ZERO.bytes(bytes), (_, bytes) -> Blocks.MACHINE.bytes(bytes), EncodePairsTest::disk);

    /** Blocks of a disk: a superblock of few numbers, holes, text files that end within a block, compressed files. */
    private static byte[] disk(int number, int bytes) {
        var random = new SplittableRandom(number);
        byte[] disk = new byte[bytes];
        for (int at = 0; at < bytes; at += DISK_BLOCK) {
            int length = Math.min(DISK_BLOCK, bytes - at);
            byte[] content = switch (random.nextInt(4)) {
                case 0 -> ByteBuffer.allocate(DISK_BLOCK).putInt(0xEF53).putInt(number).putLong(at).array();
                case 1 -> new byte[DISK_BLOCK];
                case 2 -> Blocks.TEXT.bytes(random.nextInt(1, DISK_BLOCK + 1));
                default -> Blocks.RANDOM.bytes(DISK_BLOCK);
            };
            System.arraycopy(content, 0, disk, at, Math.min(length, content.length));
        }
        return disk;
    }

    /** Sends a stream of so many bytes, and gives the bytes of its frames. */
    private static long roundTrip(Encoding sender, List<Encoding> receiver, Content content, long bytes, int blockBytes) {
        ByteBuffer source = ByteBuffer.allocateDirect(blockBytes);
        ByteBuffer frame = ByteBuffer.allocateDirect(sender.frameBytesMax(blockBytes));
        ByteBuffer back = ByteBuffer.allocateDirect(blockBytes);
        long framed = 0;
        byte[] block = {};
        for (long at = 0; at < bytes; at += blockBytes) {
            int length = (int) Math.min(blockBytes, bytes - at);
            int number = (int) (at / blockBytes);
            if (block.length != length || number < 4) {
                block = content.block(number, length); // after the first few the last one comes again: making them would take most of the time
            }
            sender.encode(source.clear().put(block).flip(), frame.clear(), PEER);
            framed += frame.flip().remaining();
            int codec = FrameHeader.read(frame.duplicate()).codecId();
            receiver.get(codec == 3 ? 1 : 0).decode(frame, back.clear());
            if (back.flip().mismatch(source.rewind()) != -1) {
                throw new AssertionError("block " + number + " of " + length + " bytes came back changed");
            }
        }
        return framed;
    }

    @Test
    @Timeout(120)
    @Requirement({"R-161", "R-235"})
    void everySenderIsReadByEveryReceiver() {
        for (Encoding sender : senders) {
            for (List<Encoding> receiver : receivers) {
                for (Content content : CONTENTS) {
                    for (long bytes : new long[] {0, 1, DISK_BLOCK, (1 << 20) + 1}) {
                        roundTrip(sender, receiver, content, bytes, 256 << 10);
                    }
                }
            }
        }
    }

    @Test
    @Tag("soak")
    @Timeout(1800)
    @Requirement({"R-161", "R-235"})
    void fourGibibytesAndOneGoThroughEveryPair() {
        for (int i = 0; i < senders.size(); i++) {
            for (int k = 0; k < receivers.size(); k++) {
                Content content = CONTENTS.get((i + 3 * k) % CONTENTS.size());
                assertThat(roundTrip(senders.get(i), receivers.get(k), content, FOUR_GIB_AND_ONE, Encoding.BLOCK_BYTES_MAX)).isPositive();
            }
        }
    }

    @Test
    @Timeout(120)
    @Requirement("R-041")
    void hostileFramesTakeNoMoreThanTheirTarget() {
        fuzz(20_000, 1);
    }

    @Test
    @Tag("soak")
    @Timeout(1800)
    @Requirement("R-041")
    void aMillionHostileFramesTakeNoMoreThanTheirTarget() {
        fuzz(1_000_000, 2);
    }

    /** Each provider gets each input: a frame of its own that was changed, one of another, or noise. */
    private void fuzz(int count, long seed) {
        List<byte[]> good = new ArrayList<>();
        for (Encoding sender : senders) {
            for (Blocks kind : Blocks.values()) {
                byte[] block = kind.bytes(3_000);
                ByteBuffer frame = ByteBuffer.allocate(sender.frameBytesMax(block.length));
                sender.encode(ByteBuffer.wrap(block), frame, PEER);
                byte[] bytes = new byte[frame.flip().remaining()];
                frame.get(bytes);
                good.add(bytes);
            }
        }
        ByteBuffer target = ByteBuffer.allocateDirect(8_192);
        for (Encoding receiver : List.of(receivers.getFirst().get(0), receivers.getLast().get(0), receivers.getFirst().get(1))) {
            new Fuzz(good, seed, 64 << 10, 8).run(count, input -> {
                try {
                    receiver.decode(ByteBuffer.wrap(input), target.clear());
                } catch (EncodingException e) {
                    assertThat(e.kind()).isEqualTo(DwcpException.Kind.REJECTED);
                }
            });
        }
    }
}
