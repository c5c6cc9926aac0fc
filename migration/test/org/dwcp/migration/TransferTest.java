// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.TransferStatus.Direction;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.migration.fake.DeflateEncoding;
import org.dwcp.migration.fake.Samples;
import org.dwcp.migration.fake.TestCluster;
import org.dwcp.migration.fake.TestNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Transfers between two nodes where nothing breaks. */
class TransferTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path temp;
    private TestCluster cluster;
    private TestNode porto;
    private TestNode lisbon;

    @BeforeEach
    void start() {
        cluster = new TestCluster(temp.resolve("nodes"));
        porto = cluster.node("porto").start();
        lisbon = cluster.node("lisbon").start();
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private TransferStatus send(Path source, String name) {
        return porto.transfers().send(source, lisbon.id(), new TransferOptions(name, Duration.ofMinutes(1))).await(LONG);
    }

    private static void assertDone(TransferStatus status) {
        assertThat(status.error()).isEmpty();
        assertThat(status.state()).isEqualTo(State.DONE);
        assertThat(status.bytesDone()).isEqualTo(status.bytes());
        assertThat(status.filesDone()).isEqualTo(status.files());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 262_143, 262_144, 262_145, 5_000_001})
    void sendsAFileOfAnySize(int bytes) throws IOException {
        Path source = Samples.file(temp.resolve("data.bin"), bytes);

        TransferStatus status = send(source, "");

        assertDone(status);
        assertThat(status.bytes()).isEqualTo(bytes);
        Samples.assertSameTree(lisbon.inbox().resolve("data.bin"), source);
    }

    @Test
    void sendsUnderAnotherNameIntoNewFolders() throws IOException {
        Path source = Samples.file(temp.resolve("data.bin"), 1_000);

        assertDone(send(source, "images/2024/debian.img"));
        assertDone(send(source, "images/"));

        assertThat(lisbon.inbox().resolve("images/2024/debian.img")).hasSameBinaryContentAs(source);
        assertThat(lisbon.inbox().resolve("images/data.bin")).hasSameBinaryContentAs(source);
    }

    private Path folder() throws IOException {
        Path root = temp.resolve("photos");
        Samples.file(root.resolve("a/b/c.bin"), 700_000);
        Samples.file(root.resolve("a b"), 10);
        Samples.file(root.resolve("a/empty"), 0);
        Samples.file(root.resolve("z"), 3);
        Files.createDirectories(root.resolve("hollow/hollower"));
        assertThat(root.resolve("z").toFile().setExecutable(true)).isTrue();
        Files.setLastModifiedTime(root.resolve("a/b/c.bin"), FileTime.from(Instant.parse("2001-02-03T04:05:06.789Z")));
        Files.setLastModifiedTime(root.resolve("hollow"), FileTime.from(Instant.parse("1999-12-31T23:59:59Z")));
        return root;
    }

    @Test
    void sendsAFolderWithEmptyFilesEmptyFoldersTimesAndModes() throws IOException {
        Path source = folder();

        TransferStatus status = send(source, "");

        assertDone(status);
        assertThat(status.files()).isEqualTo(4);
        Samples.assertSameTree(lisbon.inbox().resolve("photos"), source);
    }

    @Test
    void sendsAnEmptyFolder() throws IOException {
        Path source = Files.createDirectories(temp.resolve("nothing"));

        assertDone(send(source, ""));

        assertThat(lisbon.inbox().resolve("nothing")).isEmptyDirectory();
    }

    @Test
    void sendsTenThousandSmallFilesInFewFrames() throws IOException {
        Path source = temp.resolve("many");
        for (int i = 0; i < 10_000; i++) {
            Samples.file(source.resolve("d" + i % 100).resolve("f" + i), i % 200);
        }

        TransferStatus status = send(source, "");

        assertDone(status);
        assertThat(status.files()).isEqualTo(10_000);
        Samples.assertSameTree(lisbon.inbox().resolve("many"), source);
        assertThat(status.bytesWire()).as("names, contents and hashes, and little else").isLessThan(3_000_000);
    }

    @Test
    void compressesWithTheCodecThatBothEndsHave() throws IOException {
        porto.encodings().add("only-here", new DeflateEncoding(201), "codec=201");
        porto.encodings().add("deflate", new DeflateEncoding(200), "codec=200");
        lisbon.encodings().add("inflate", new DeflateEncoding(200), "codec=200");
        Path source = Samples.text(temp.resolve("words.txt"), 3_000_000);

        TransferStatus status = send(source, "");

        assertDone(status);
        assertThat(status.encoding()).isEqualTo("deflate");
        assertThat(status.bytesWire()).isLessThan(600_000);
        assertThat(lisbon.inbox().resolve("words.txt")).hasSameBinaryContentAs(source);
        assertThat(porto.encodings().openLeases() + lisbon.encodings().openLeases()).isZero();
    }

    @Test
    void fetchesAFileAndAFolder() throws IOException {
        Path file = Samples.file(lisbon.inbox().resolve("data/x.bin"), 900_000);
        Path here = Files.createDirectories(temp.resolve("here"));

        assertDone(porto.transfers().fetch(lisbon.id(), "data/x.bin", here, TransferOptions.DEFAULT).await(LONG));
        assertDone(porto.transfers().fetch(lisbon.id(), "data", here.resolve("copy"), TransferOptions.DEFAULT).await(LONG));

        Samples.assertSameTree(here.resolve("x.bin"), file);
        Samples.assertSameTree(here.resolve("copy"), lisbon.inbox().resolve("data"));
        try (var left = Files.list(here)) {
            assertThat(left.map(path -> path.getFileName().toString())).as("no part folder is left").containsExactlyInAnyOrder("x.bin", "copy");
        }
    }

    @Test
    void saysThatThePeerHasNoSuchFile() {
        TransferStatus status = porto.transfers().fetch(lisbon.id(), "nothing.bin", temp, TransferOptions.DEFAULT).await(LONG);

        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.error()).contains("lisbon has no 'nothing.bin'");
    }

    @Test
    void aFetchThatCannotBeTakenEndsAtBothEnds() throws IOException {
        Samples.file(lisbon.inbox().resolve("x.bin"), 900_000);
        Samples.file(temp.resolve("x.bin"), 5);

        TransferStatus status = porto.transfers().fetch(lisbon.id(), "x.bin", temp, TransferOptions.DEFAULT).await(LONG);

        assertThat(status.error()).contains("'x.bin' exists at porto with other content");
        await().atMost(LONG).until(() -> lisbon.transfers().list().getFirst().state() == State.FAILED);
    }

    @Test
    void neverServesWhatIsOutsideOfTheInbox() throws IOException {
        Samples.file(lisbon.home().resolve("secret"), 10);
        Files.createSymbolicLink(lisbon.inbox().resolve("way-out"), lisbon.home());

        assertThatThrownBy(() -> porto.transfers().fetch(lisbon.id(), "../secret", temp, TransferOptions.DEFAULT)).isInstanceOf(DwcpException.class)
                .hasMessageContaining("'..'");
        assertThat(porto.transfers().fetch(lisbon.id(), "way-out/secret", temp, TransferOptions.DEFAULT).await(LONG).error())
                .contains("symbolic link 'way-out'");
    }

    @Test
    void sendsToItself() throws IOException {
        Path source = Samples.file(temp.resolve("data.bin"), 1_000_000);

        assertDone(porto.transfers().send(source, porto.id(), TransferOptions.DEFAULT).await(LONG));

        assertThat(porto.inbox().resolve("data.bin")).hasSameBinaryContentAs(source);
    }

    @Test
    void sendsTheSameAgainWithoutSendingBytes() throws IOException {
        Path source = Samples.file(temp.resolve("data.bin"), 2_000_000);
        assertDone(send(source, ""));

        TransferStatus again = send(source, "");

        assertDone(again);
        assertThat(again.bytesWire()).isZero();
    }

    @Test
    void findsThatTheSameContentIsThereByHashesAlone() throws IOException {
        Path source = Samples.file(temp.resolve("data.bin"), 2_000_000);
        Files.copy(source, lisbon.inbox().resolve("data.bin"));

        TransferStatus status = send(source, "");

        assertDone(status);
        assertThat(status.bytesResumed()).isEqualTo(2_000_000);
        assertThat(status.bytesWire()).isLessThan(1_000);
    }

    @Test
    void neverReplacesOtherContent() throws IOException {
        Path source = Samples.file(temp.resolve("data.bin"), 2_000_000);
        byte[] content = Files.readAllBytes(source);
        content[1_234_567] ^= 1;
        Path there = Files.write(lisbon.inbox().resolve("data.bin"), content);
        Path shorter = Files.write(lisbon.inbox().resolve("short.bin"), new byte[5]);

        TransferStatus sameSize = send(source, "");
        TransferStatus otherSize = send(source, "short.bin");

        assertThat(sameSize.state()).isEqualTo(State.FAILED);
        assertThat(sameSize.error()).contains("'data.bin' exists at lisbon with other content").contains("--as NAME");
        assertThat(otherSize.error()).contains("'short.bin' exists at lisbon with other content");
        assertThat(there).hasBinaryContent(content);
        assertThat(shorter).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", ".dwcp-part/x", "a\u0000b", "a\nb"})
    void refusesNamesThatLeadOutOfTheInbox(String name) throws IOException {
        Path source = Samples.file(temp.resolve("data.bin"), 10);

        assertThatThrownBy(() -> send(source, name)).isInstanceOfSatisfying(DwcpException.class,
                e -> assertThat(e.kind()).isEqualTo(DwcpException.Kind.REJECTED));
    }

    @Test
    void refusesWhatDoesNotExist() {
        assertThatThrownBy(() -> send(temp.resolve("no-such"), "")).hasMessageContaining("no such file");
        assertThatThrownBy(() -> porto.transfers().send(temp, NodeId.of("faro"), TransferOptions.DEFAULT)).hasMessageContaining("faro is no peer")
                .hasMessageContaining("[lisbon]");
    }

    @Test
    void refusesAFolderWithASymbolicLinkByName() throws IOException {
        Path root = Files.createDirectories(temp.resolve("linked"));
        Files.createSymbolicLink(root.resolve("link"), temp);

        TransferStatus status = send(root, "");

        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.error()).contains("linked/link is a symbolic link");
    }

    @Test
    void runsManyTransfersAtOnceAndTheRestInLine() throws IOException {
        List<Transfer> running = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Path source = Samples.file(temp.resolve("data" + i), 300_000 + i);
            running.add(porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT));
        }

        running.forEach(transfer -> assertDone(transfer.await(LONG)));

        for (int i = 0; i < 40; i++) {
            assertThat(lisbon.inbox().resolve("data" + i)).hasSameBinaryContentAs(temp.resolve("data" + i));
        }
        assertThat(porto.transfers().list()).hasSize(40).extracting(TransferStatus::direction).containsOnly(Direction.SEND);
        assertThat(lisbon.transfers().list()).hasSize(40).extracting(TransferStatus::direction).containsOnly(Direction.FETCH);
    }

    @Test
    void givesTheSameTransferForTheSameOrderWhileItRuns() throws IOException {
        Path source = Samples.file(temp.resolve("data.bin"), 10_000_000);

        Transfer first = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);
        Transfer second = porto.transfers().send(source, lisbon.id(), TransferOptions.DEFAULT);

        assertDone(first.await(LONG));
        assertThat(second.await(LONG).id()).isEqualTo(first.status().id());
        assertThat(porto.transfers().list()).hasSize(1);
    }
}
