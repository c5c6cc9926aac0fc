// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

import org.dwcp.api.NodeId;
import org.dwcp.api.encoding.BlockOutline;
import org.dwcp.api.encoding.EffortAdvisor;
import org.dwcp.api.encoding.EncodingStats;
import org.dwcp.api.encoding.FrameHeader;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.encoding.Blocks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The level of a block whose link is known: by the trained model, by an advisor, and by the mode where neither can say. */
class LearnedLevelTest {
    private static final NodeId PEER = new NodeId("far");
    private static final long SLOW = 20_000_000;
    private static final long FAST = 20_000_000_000L;

    private final List<ZstdEncoding> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(ZstdEncoding::deactivate);
    }

    @Test
    @Requirement({"R-157", "R-159", "R-162"})
    void spendsMoreOnASlowLinkAndSaysSo() {
        byte[] block = Blocks.MACHINE.bytes(262_144);
        var slow = provider(SLOW, NetworkMode.INTERNET);
        var fast = provider(FAST, NetworkMode.DATACENTER);

        int slowBytes = payload(slow, block).remaining();
        int fastBytes = payload(fast, block).remaining();

        assertThat(slowBytes).isLessThan(fastBytes);
        assertThat(stats(slow).reason()).contains("20.0 Mbit/s").contains("least time by the model").startsWith(stats(slow).choices().keySet().iterator().next());
        assertThat(stats(slow).blocks()).isEqualTo(1);
        assertThat(stats(slow).rawBytes()).isEqualTo(block.length);
        assertThat(stats(slow).payloadBytes()).isEqualTo(slowBytes);
    }

    @Test
    @Requirement("R-157")
    void storesWhatDoesNotShrinkWithoutTrying() {
        var block = new byte[262_144];
        new Random(4).nextBytes(block);
        var provider = provider(FAST, NetworkMode.DATACENTER);

        var frame = frame(provider, block);

        assertThat(FrameHeader.read(frame.duplicate()).format()).isEqualTo(FrameHeader.FORMAT_STORED);
        assertThat(stats(provider).choices()).containsExactly(Map.entry("stored", 1L));
        assertThat(back(provider, frame, block.length)).isEqualTo(block);
    }

    /** Each block is in one count, and a look at the provider's health in none. */
    @Test
    void countsEachBlockOnce() {
        var provider = provider(FAST, NetworkMode.DATACENTER);
        var frame = ByteBuffer.allocateDirect(provider.frameBytesMax(65_536));
        int blocks = 0;
        for (int bytes : new int[] {1, 31, 32, 4_095, 4_096, 65_536}) {
            provider.encode(ByteBuffer.wrap(Blocks.TEXT.bytes(bytes)), frame.clear(), PEER);
            provider.encode(ByteBuffer.wrap(Blocks.TEXT.bytes(bytes)), frame.clear());
            provider.probe();
            blocks += 2;
        }

        assertThat(stats(provider).blocks()).isEqualTo(blocks);
        assertThat(stats(provider).choices().values().stream().mapToLong(Long::longValue).sum()).isEqualTo(blocks);
    }

    @Test
    @Requirement("R-157")
    void takesLz4WhereTheModelSaysSoAndReadsItBack() throws IOException {
        byte[] block = Blocks.TEXT.bytes(65_536);
        String file = "dwcp-cost-model 2\ntraits " + String.join(" ", BlockTraits.NAMES) + "\nefforts 3 lz4\ntrees 1\nl -1.5 3 -1 -1\n";
        var provider = new ZstdEncoding(new ZstdSettings(1, 3, 9, 2, true), Optional.of(CostModel.read(new ByteArrayInputStream(file.getBytes(StandardCharsets.US_ASCII)))));
        started.add(provider);
        provider.bindDetector(Detectors.linked(PEER, FAST, NetworkMode.DATACENTER));

        ByteBuffer frame = frame(provider, block);

        assertThat(frame.order(ByteOrder.LITTLE_ENDIAN).getInt(FrameHeader.BYTES)).isEqualTo(Lz4Frame.MAGIC);
        assertThat(stats(provider).choices()).containsExactly(Map.entry("lz4", 1L));
        assertThat(stats(provider).reason()).startsWith("lz4: least time by the model");
        assertThat(back(provider, frame, block.length)).isEqualTo(block);
    }

    @Test
    void takesTheModesLevelWhereTheLinkIsNotKnown() {
        byte[] block = Blocks.MACHINE.bytes(65_536);
        var provider = provider(SLOW, NetworkMode.DATACENTER);
        var other = ByteBuffer.allocateDirect(provider.frameBytesMax(block.length));

        provider.encode(ByteBuffer.wrap(block), other, new NodeId("other"));

        assertThat(other.flip()).isEqualTo(rules(block, NetworkMode.DATACENTER));
        assertThat(stats(provider).choices()).containsExactly(Map.entry("zstd 1", 1L));
        assertThat(stats(provider).reason()).isEqualTo("zstd 1: the level of the mode");
    }

    @Test
    void takesTheModesLevelWhenTheModelIsMissingOrTheDetectorStops() {
        byte[] block = Blocks.MACHINE.bytes(65_536);
        var without = new ZstdEncoding(new ZstdSettings(1, 3, 9, 2, true), Optional.empty());
        started.add(without);
        without.bindDetector(Detectors.linked(PEER, SLOW, NetworkMode.INTERNET));
        var stopped = new ZstdEncoding(new ZstdSettings(1, 3, 9, 2, true));
        started.add(stopped);
        stopped.bindDetector(Detectors.stopped());

        assertThat(frame(without, block)).isEqualTo(rules(block, NetworkMode.INTERNET));
        assertThat(frame(stopped, block)).isEqualTo(rules(block, NetworkMode.HYBRID));
    }

    @Test
    void takesTheModesLevelWhenItIsToldTo() {
        byte[] block = Blocks.MACHINE.bytes(65_536);
        var provider = new ZstdEncoding(new ZstdSettings(1, 3, 9, 2, false));
        started.add(provider);
        provider.bindDetector(Detectors.linked(PEER, SLOW, NetworkMode.INTERNET));

        assertThat(frame(provider, block)).isEqualTo(rules(block, NetworkMode.INTERNET));
    }

    @Test
    @Requirement("R-171")
    void asksAnAdvisorFirst() {
        byte[] block = Blocks.TEXT.bytes(65_536);
        var asked = new ArrayList<BlockOutline>();
        EffortAdvisor advisor = outline -> {
            asked.add(outline);
            return OptionalInt.of(EffortAdvisor.STORE);
        };
        var provider = provider(SLOW, NetworkMode.INTERNET);
        provider.bindAdvisor(advisor);

        assertThat(payload(provider, block).remaining()).isEqualTo(block.length);
        assertThat(stats(provider).reason()).contains("stored").contains("advisor");
        assertThat(asked).singleElement().satisfies(outline -> {
            assertThat(outline.bytes()).isEqualTo(block.length);
            assertThat(outline.bandwidthBps()).isEqualTo(SLOW);
            assertThat(outline.printable()).isGreaterThan(0.9);
        });

        provider.unbindAdvisor(advisor);
        assertThat(payload(provider, block).remaining()).isLessThan(block.length);
    }

    @Test
    @Requirement("R-171")
    void decidesByItselfWhenTheAdvisorFailsOrHasNoOpinionOrALevelThatThereIsNot() {
        byte[] block = Blocks.TEXT.bytes(65_536);
        var alone = payload(provider(SLOW, NetworkMode.INTERNET), block);
        for (EffortAdvisor advisor : List.<EffortAdvisor>of(outline -> {
            throw new IllegalStateException("no model loaded");
        }, outline -> OptionalInt.empty(), outline -> OptionalInt.of(23), outline -> OptionalInt.of(-1))) {
            var provider = provider(SLOW, NetworkMode.INTERNET);
            provider.bindAdvisor(advisor);

            assertThat(payload(provider, block)).isEqualTo(alone);
        }
    }

    @Test
    @Requirement("R-159")
    void sendsNoMoreInternetThanHybridThanDatacenterByTheModesLevels() {
        byte[] block = Blocks.MACHINE.bytes(262_144);

        assertThat(rules(block, NetworkMode.INTERNET).remaining()).isLessThanOrEqualTo(rules(block, NetworkMode.HYBRID).remaining());
        assertThat(rules(block, NetworkMode.HYBRID).remaining()).isLessThanOrEqualTo(rules(block, NetworkMode.DATACENTER).remaining());
    }

    @Test
    void refusesAWrongWayToChoose() {
        assertThatThrownBy(() -> ZstdSettings.from(ZstdEncodingTest.config("guess"))).hasMessageContaining("choice \"guess\"").hasMessageContaining("learned");
    }

    @Test
    void learnsThePaceOfTheMachineWithinBounds() {
        var choices = new Choices("test");
        assertThat(choices.pace()).isEqualTo(1);
        for (int i = 0; i < 200; i++) {
            choices.learnPace(3);
        }
        assertThat(choices.pace()).isBetween(2.9, 3.1);
        for (int i = 0; i < 1_000; i++) {
            choices.learnPace(1e9);
        }
        assertThat(choices.pace()).isLessThanOrEqualTo(10);
    }

    @Test
    void aBlockThatWasInterruptedHardlyChangesThePace() {
        var choices = new Choices("test");
        for (int i = 0; i < 1_000; i++) {
            choices.learnPace(i % 5 == 0 ? 50 : 1);
        }

        assertThat(choices.pace()).isBetween(0.9, 1.1);
    }

    private ZstdEncoding provider(long bandwidthBps, NetworkMode mode) {
        var provider = new ZstdEncoding(new ZstdSettings(1, 3, 9, 2, true));
        provider.bindDetector(Detectors.linked(PEER, bandwidthBps, mode));
        started.add(provider);
        return provider;
    }

    /** The frame by the level of a mode. */
    private ByteBuffer rules(byte[] block, NetworkMode mode) {
        var provider = new ZstdEncoding(new ZstdSettings(1, 3, 9, 2, true));
        started.add(provider);
        provider.bindDetector(Detectors.always(mode));
        var frame = ByteBuffer.allocateDirect(provider.frameBytesMax(block.length));
        provider.encode(ByteBuffer.wrap(block), frame);
        return frame.flip();
    }

    private static ByteBuffer frame(ZstdEncoding provider, byte[] block) {
        var frame = ByteBuffer.allocateDirect(provider.frameBytesMax(block.length));
        provider.encode(ByteBuffer.wrap(block), frame, PEER);
        return frame.flip();
    }

    private static ByteBuffer payload(ZstdEncoding provider, byte[] block) {
        return frame(provider, block).position(FrameHeader.BYTES).slice();
    }

    private static byte[] back(ZstdEncoding provider, ByteBuffer frame, int bytes) {
        var back = ByteBuffer.allocate(bytes);
        provider.decode(frame.duplicate(), back);
        return back.array();
    }

    private static EncodingStats stats(ZstdEncoding provider) {
        return provider.stats().orElseThrow();
    }
}
