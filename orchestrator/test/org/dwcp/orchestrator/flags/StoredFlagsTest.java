// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoredFlagsTest {
    @TempDir
    private Path folder;
    private Path path;
    private Path copy;

    @BeforeEach
    void names() {
        path = folder.resolve("flags.json");
        copy = folder.resolve("flags.good.json");
    }

    private StoredFlags open() {
        return open(Map.of());
    }

    private StoredFlags open(Map<String, String> environment) {
        return StoredFlags.in(new FlagFile(path, copy), environment::get);
    }

    /** Edits as an editor does; the time is moved on so that the test does not depend on the resolution of the file system's clock. */
    private void edit(String text) throws IOException {
        FileTime before = Files.getLastModifiedTime(path);
        Files.writeString(path, text);
        Files.setLastModifiedTime(path, FileTime.fromMillis(before.toMillis() + 10));
    }

    @Test
    void aMissingFileMeansDefaultsAndIsWritten() throws IOException {
        assertThat(open().state()).isEqualTo(FlagState.DEFAULT);
        assertThat(FlagJson.read(Files.readString(path))).isEqualTo(FlagState.DEFAULT);
    }

    @Test
    @Requirement("R-130")
    void flagsSurviveARestart() {
        FlagState saved = open().update(s -> s.withRolloutPercentage(42).withEnabled("sync", false).withRouting(Map.of("encoding", "encoding.v1"),
                Map.of()));

        assertThat(open().state()).isEqualTo(saved);
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("flags.json", "flags.good.json");
    }

    @Test
    @Requirement("R-130")
    void aTruncatedFileIsRefusedTheLastGoodStateStaysAlsoOverARestart() throws IOException {
        StoredFlags flags = open();
        FlagState good = flags.update(s -> s.withForceV1(true));
        String text = Files.readString(path);

        edit(text.substring(0, text.length() / 2));
        flags.reload();

        assertThat(flags.state()).isEqualTo(good);
        assertThat(flags.notes()).singleElement().asString().contains(path.toString(), "not valid JSON");
        assertThat(Files.readString(path)).hasSize(text.length() / 2);
        assertThat(open().state()).isEqualTo(good);
    }

    @Test
    @Requirement("R-130")
    void theNextChangeKeepsACopyOfWhatWasRefused() throws IOException {
        StoredFlags flags = open();
        edit("{ broken");
        flags.reload();

        flags.update(s -> s.withRolloutPercentage(5));

        assertThat(folder.resolve("flags.json.refused")).hasContent("{ broken");
        assertThat(FlagJson.read(Files.readString(path)).v3RolloutPercentage()).isEqualTo(5);
        assertThat(flags.notes()).isEmpty();
    }

    @Test
    void aRefusedFileAtStartIsKeptAsideByTheFirstChangeToo() throws IOException {
        Files.writeString(path, "{ broken");
        StoredFlags flags = open();

        assertThat(flags.state()).isEqualTo(FlagState.DEFAULT);
        flags.update(s -> s);

        assertThat(folder.resolve("flags.json.refused")).hasContent("{ broken");
        assertThat(FlagJson.read(Files.readString(path))).isEqualTo(FlagState.DEFAULT);
    }

    @Test
    void aFileOfTheLargestSizeIsReadAndOneByteMoreIsRefused() throws IOException {
        StoredFlags flags = open();
        String start = "{\"ForceV1Mode\": true}";

        edit(start + " ".repeat(FlagFile.BYTES_MAX - start.length() + 1));
        flags.reload();
        assertThat(flags.state().forceV1Mode()).isFalse();
        assertThat(flags.notes()).singleElement().asString().contains("longer than " + FlagFile.BYTES_MAX);

        edit(start + " ".repeat(FlagFile.BYTES_MAX - start.length()));
        flags.reload();
        assertThat(flags.state().forceV1Mode()).isTrue();
        assertThat(flags.notes()).isEmpty();
    }

    @Test
    void bytesThatAreNoTextAreRefused() throws IOException {
        StoredFlags flags = open();

        Files.write(path, new byte[] {'{', (byte) 0xff, '}'});
        flags.reload();

        assertThat(flags.notes()).singleElement().asString().contains("not UTF-8");
    }

    @Test
    void anEditThatNobodyHasSeenYetIsMergedWithAChange() throws IOException {
        StoredFlags flags = open();
        edit("{\"EnableV3Transport\": false}");

        FlagState after = flags.update(s -> s.withRolloutPercentage(5));

        assertThat(after.enabled("transport")).isFalse();
        assertThat(after.v3RolloutPercentage()).isEqualTo(5);
        assertThat(FlagJson.read(Files.readString(path))).isEqualTo(after);
    }

    @Test
    void aFailedWriteLeavesTheChangeInForceAndSaysSo() throws IOException {
        StoredFlags flags = open();
        Files.createDirectory(folder.resolve("flags.json.part")); // the file beside cannot be made

        assertThatThrownBy(() -> flags.update(s -> s.withForceV1(true))).isInstanceOfSatisfying(DwcpException.class,
                e -> assertThat(e.kind()).isEqualTo(DwcpException.Kind.UNAVAILABLE)).hasMessageContaining("in force until restart");
        assertThat(flags.state().forceV1Mode()).isTrue();
        assertThat(flags.notes()).hasSize(1);

        Files.deleteIfExists(folder.resolve("flags.json.part"));
        flags.update(s -> s);
        assertThat(open().state().forceV1Mode()).isTrue();
    }

    @Test
    @Requirement("R-128")
    void anEditIsInForceWithinTwoSecondsWithoutRestart() throws IOException {
        StoredFlags flags = open();
        SimulatedClock clock = new SimulatedClock();
        FlagWatch watch = new FlagWatch(flags, clock);
        try (watch) {
            await().until(() -> clock.sleepers() == 1);
            edit("{\"V3RolloutPercentage\": 33}");

            clock.advance(Duration.ofMillis(500)); // one look; far less than 2 s

            await().until(() -> flags.state().v3RolloutPercentage() == 33);
        }
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(t -> t.getName().startsWith("orchestrator.flags"));
    }

    @Test
    @Requirement("R-128")
    void aDeletedFileKeepsTheState() throws IOException {
        StoredFlags flags = open();
        flags.update(s -> s.withForceV1(true));

        Files.delete(path);
        flags.reload();
        assertThat(flags.state().forceV1Mode()).isTrue();

        flags.update(s -> s.withRolloutPercentage(9));
        assertThat(open().state()).isEqualTo(FlagState.DEFAULT.withForceV1(true).withRolloutPercentage(9));
    }

    @Test
    void listenersHearEveryChangeInOrderAndNoNonChange() throws IOException {
        StoredFlags flags = open();
        List<Integer> heard = new ArrayList<>();
        flags.onChange(s -> heard.add(s.v3RolloutPercentage()));

        flags.update(s -> s.withRolloutPercentage(1));
        flags.update(s -> s);
        edit("{\"V3RolloutPercentage\": 2}");
        flags.reload();
        flags.reload();

        assertThat(heard).containsExactly(1, 2);
    }

    @Test
    void aChangeIsInForceBeforeTheFileIsWritten() throws IOException {
        StoredFlags flags = open();
        List<Boolean> inFile = new ArrayList<>();
        flags.onChange(s -> {
            assertThat(flags.state()).isEqualTo(s);
            inFile.add(read().forceV1Mode());
        });

        flags.update(s -> s.withForceV1(true));

        assertThat(inFile).containsExactly(false);
        assertThat(read().forceV1Mode()).isTrue();
    }

    private FlagState read() {
        try {
            return FlagJson.read(Files.readString(path));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    @Requirement("R-040")
    void changesFromManyThreadsAllArriveInStateAndFile() throws InterruptedException {
        StoredFlags flags = open();
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = IntStream.range(0, 8).mapToObj(i -> Thread.ofPlatform().start(() -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            flags.update(s -> s.withEnabled("slot" + i, false));
        })).toList();

        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(IntStream.range(0, 8).noneMatch(i -> flags.state().enabled("slot" + i))).isTrue();
        assertThat(read()).isEqualTo(flags.state());
    }

    @Test
    @Requirement({"R-105", "R-134"})
    void understandsEveryDocumentedNameOfAComponentAndRefusesOthers() {
        StoredFlags flags = StoredFlags.inMemory();
        flags.update(s -> s.withEnabled("encoding", false).withEnabled("acme.cache", false));

        assertThat(List.of("HDE", "hde", "encoding", "compression")).noneMatch(flags::isComponentEnabled);
        assertThat(List.of("AMST", "transport", "PBA", "prediction", "ASS", "sync", "state-sync", "ACP", "consensus", "ITP", "placement",
                "discovery")).allMatch(flags::isComponentEnabled);
        assertThat(flags.isComponentEnabled("acme.cache")).isFalse();
        assertThatThrownBy(() -> flags.isComponentEnabled("teleport")).isInstanceOf(DwcpException.class).hasMessageContaining("teleport")
                .hasMessageContaining("AMST, transport");
    }

    @Test
    @Requirement({"R-105", "R-104", "R-123"})
    void theKillSwitchAnswersFalseForEverything() {
        StoredFlags flags = StoredFlags.inMemory();
        flags.enableAll(100);

        flags.update(s -> s.withForceV1(true));

        assertThat(flags.isComponentEnabled("transport")).isFalse();
        assertThat(flags.shouldUseV3(NodeId.of("lisbon"))).isFalse();
    }

    @Test
    @Requirement({"R-106", "R-107"})
    void enableAllAndDisableAllAreOneStepEach() {
        StoredFlags flags = open();
        List<FlagState> heard = new ArrayList<>();
        flags.update(s -> s.withEnabled("discovery", true));
        flags.onChange(heard::add);

        flags.disableAll();
        flags.enableAll(50);

        assertThat(heard).hasSize(2);
        assertThat(heard.get(0).forceV1Mode()).isTrue();
        assertThat(heard.get(0).v3RolloutPercentage()).isZero();
        assertThat(heard.get(0).enableV3().values()).containsOnly(false);
        assertThat(heard.get(1).forceV1Mode()).isFalse();
        assertThat(heard.get(1).v3RolloutPercentage()).isEqualTo(50);
        assertThat(heard.get(1).enableV3()).hasSize(7);
        assertThat(heard.get(1).enableV3().values()).containsOnly(true);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 101})
    @Requirement("R-106")
    void aPercentageOutOfRangeChangesNothing(int percentage) {
        StoredFlags flags = StoredFlags.inMemory();
        flags.disableAll();
        FlagState before = flags.state();

        assertThatThrownBy(() -> flags.enableAll(percentage)).isInstanceOf(DwcpException.class);

        assertThat(flags.state()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(FlagKey.class)
    @Requirement("R-311")
    void theEnvironmentWinsAtStartIsShownAndNeverWritten(FlagKey key) throws IOException {
        Object other = key.type() == Boolean.class ? (Object) !(Boolean) key.get(FlagState.DEFAULT) : key.type() == Integer.class ? 12 : "pepper";
        StoredFlags flags = open(Map.of(key.environment(), other.toString()));

        assertThat(key.get(flags.state())).isEqualTo(other);
        assertThat(flags.notes()).singleElement().asString().contains(key.label(), other.toString(), key.environment());
        flags.update(s -> s.withRouting(Map.of("transport", "transport.v1"), Map.of()));
        assertThat(key.get(flags.state())).isEqualTo(other);
        assertThat(key.get(read())).isEqualTo(key.get(FlagState.DEFAULT));
        assertThat(read().pins()).containsKey("transport");
    }

    @Test
    @Requirement("R-311")
    void anOverrideHoldsUntilThatVeryFlagIsChanged() throws IOException {
        StoredFlags flags = open(Map.of("DWCP_FORCE_V1_MODE", "true", "DWCP_V3_ROLLOUT_PERCENTAGE", "10"));

        edit("{\"EnableV3Transport\": false}");
        flags.reload();
        assertThat(flags.state().forceV1Mode()).isTrue();
        assertThat(flags.state().enabled("transport")).isFalse();

        flags.update(s -> s.withForceV1(false));
        assertThat(flags.state().forceV1Mode()).isFalse();
        assertThat(read().forceV1Mode()).isFalse();

        edit("{\"V3RolloutPercentage\": 20}");
        flags.reload();
        assertThat(flags.state().v3RolloutPercentage()).isEqualTo(20);
        assertThat(flags.notes()).isEmpty();
    }

    @Test
    @Requirement("R-311")
    void anUnreadableVariableIsReportedAndTheFileIsUsed() {
        StoredFlags flags = open(Map.of("DWCP_V3_ROLLOUT_PERCENTAGE", "lots"));

        assertThat(flags.state()).isEqualTo(FlagState.DEFAULT);
        assertThat(flags.notes()).singleElement().asString().contains("DWCP_V3_ROLLOUT_PERCENTAGE", "'lots'", "0 to 100");
    }
}
