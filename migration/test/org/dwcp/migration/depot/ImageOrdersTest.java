// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.image.ImageStatus;
import org.dwcp.api.image.ImageVersion;
import org.dwcp.api.image.Images.Existing;
import org.dwcp.api.image.Images.Format;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.migration.chunk.StoreSettings;
import org.dwcp.migration.fake.Samples;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images between two nodes in one JVM, over real flows on transports that break on demand. */
class ImageOrdersTest extends TwoDepots {
    @Test
    @Requirement("R-163")
    void pushesAnImageAndThenOnlyWhatChangedAndPullsBothSparse() throws Exception {
        Path disk = disk(1);

        ImageStatus first = push(disk, "");

        assertThat(first.name()).isEqualTo("disk-1");
        assertThat(first.version()).isEqualTo(hash(disk));
        assertThat(first.imageBytes()).isEqualTo(32 << 20);
        assertThat(first.bytesWire()).isBetween((long) DATA, DATA + DATA / 10L);
        ImageVersion kept = porto.images().list(lisbon.id()).getFirst();
        assertThat(kept.sha256()).isEqualTo(hash(disk));
        assertThat(kept.bytes()).isEqualTo(32 << 20);

        change(disk, 1_000_000, 20_000, 2);
        ImageStatus second = push(disk, "");

        assertThat(second.freshBytes()).isBetween(20_000L, 120_000L);
        assertThat(second.bytesWire()).isLessThan(200_000);
        assertThat(porto.images().list(lisbon.id())).hasSize(2);
        ImageStatus checked = done(porto.images().verify(lisbon.id(), "disk-1").await(LONG));
        assertThat(checked.versions()).isEqualTo(2);

        pull("disk-1", temp.resolve("pulled"));

        assertThat(Files.mismatch(disk, temp.resolve("pulled"))).isEqualTo(-1);
        assertThat(allocated(temp.resolve("pulled"))).isLessThan(DATA + 200_000L);
        assertThat(porto.images().list(porto.id())).extracting(ImageVersion::sha256).containsExactly(hash(disk));
    }

    @Test
    void anImageThatIsThereAlreadyIsReadAndNotSent() throws IOException {
        Path disk = disk(1);
        push(disk, "a");
        change(disk, 0, 100, 3);
        push(disk, "a");
        change(disk, 0, 100, 4);
        push(disk, "a");
        Path first = disk(1);

        ImageStatus again = push(first, "a");

        assertThat(again.bytesWire()).isLessThan(2_000);
        assertThat(porto.images().list(lisbon.id())).hasSize(3);
        assertThat(porto.images().list(lisbon.id()).getFirst().sha256()).as("what was pushed last is the newest").isEqualTo(hash(first));
    }

    @Test
    void findsChunksInVersionsOfOtherNames() throws IOException {
        Path disk = disk(1);
        push(disk, "bookworm");
        change(disk, 500_000, 50_000, 2);

        ImageStatus other = push(disk, "trixie");

        assertThat(other.freshBytes()).isLessThan(150_000);
        assertThat(other.bytesWire()).isLessThan(250_000);
        pull("trixie", temp.resolve("pulled"));
        assertThat(Files.mismatch(disk, temp.resolve("pulled"))).isEqualTo(-1);
    }

    @Test
    @Requirement("R-163")
    void pullsOnlyWhatIsNotHere() throws IOException {
        Path disk = disk(1);
        push(disk, "a");
        pull("a", temp.resolve("one"));
        change(disk, 500_000, 50_000, 2);
        push(disk, "a");

        ImageStatus byVersion = pull("a", temp.resolve("two"));

        assertThat(byVersion.bytesWire()).isLessThan(200_000);
        assertThat(Files.mismatch(disk, temp.resolve("two"))).isEqualTo(-1);
        change(disk, 600_000, 50_000, 3);
        push(disk, "other name");
        ImageStatus byChunks = pull("other name", temp.resolve("three"));
        assertThat(byChunks.bytesWire()).isLessThan(250_000);
        assertThat(Files.mismatch(disk, temp.resolve("three"))).isEqualTo(-1);
        ImageStatus known = pull("a", temp.resolve("four"));
        assertThat(known.bytesWire()).as("the version is here already").isLessThan(2_000);
    }

    @Test
    void damageAtTheReceiverIsFoundAndHealedByThePushThatMeetsIt() throws IOException {
        Path disk = disk(1);
        push(disk, "a");
        try (RandomAccessFile rot = new RandomAccessFile(packOf(lisbon).toFile(), "rw")) {
            rot.seek(700_000);
            rot.write(rot.read() ^ 1);
        }

        ImageStatus damaged = porto.images().verify(lisbon.id(), "a").await(LONG);

        assertThat(damaged.state()).isEqualTo(State.FAILED);
        assertThat(damaged.error()).contains("is damaged, push it again").contains("version ");
        change(disk, 100_000, 1_000, 5);
        ImageStatus healing = push(disk, "a");
        assertThat(healing.freshBytes()).as("all of it came").isGreaterThan(DATA - 100_000);
        pull("a", temp.resolve("pulled"));
        assertThat(Files.mismatch(disk, temp.resolve("pulled"))).isEqualTo(-1);
    }

    @Test
    void damageHereComesAgainWithAPull() throws IOException {
        Path disk = disk(1);
        push(disk, "a");
        pull("a", temp.resolve("one"));
        try (RandomAccessFile rot = new RandomAccessFile(packOf(porto).toFile(), "rw")) {
            rot.seek(700_000);
            rot.write(rot.read() ^ 1);
        }
        porto.depot().store().chunks().forget();

        pull("a", temp.resolve("two"));

        assertThat(Files.mismatch(disk, temp.resolve("two"))).isEqualTo(-1);
        assertThat(done(porto.images().verify(porto.id(), "a").await(LONG)).versions()).isEqualTo(1);
    }

    private void refused(String message, ThrowingCallable order) {
        assertThatThrownBy(order).isInstanceOfSatisfying(DwcpException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED)).hasMessageContaining(message);
    }

    @Test
    void refusesWhatPeopleGetWrong() throws IOException {
        Path disk = disk(1);
        refused("there is no such file", () -> begin(temp.resolve("nothing"), ""));
        refused("no readable file", () -> begin(temp, ""));
        refused("has a '/'", () -> begin(disk, "a/b"));
        refused("longer than 200 bytes", () -> begin(disk, "x".repeat(201)));
        refused("component '..'", () -> begin(disk, ".."));
        refused("faro is no peer of this node; it knows [lisbon]", () -> porto.images().push(disk, Format.AUTO, NodeId.of("faro"), "", PATIENCE));
        refused("is this node itself", () -> porto.images().push(disk, Format.AUTO, porto.id(), "", PATIENCE));
        refused("is no folder that can be written", () -> pull("a", temp.resolve("no/where")));
        refused("is there already", () -> pull("a", disk));
        refused("is named like a qcow2 image; say --format", () -> pull("a", temp.resolve("a.qcow2")));
        refused("is no block device; --overwrite is for those only", () -> porto.images().pull(lisbon.id(), "a", disk, Format.AUTO, Existing.OVERWRITE, PATIENCE));
        refused("begins otherwise", () -> porto.images().push(disk, Format.QCOW2, lisbon.id(), "", PATIENCE));
        refused("there is no image 'a'", () -> porto.images().remove("a", ""));

        push(disk, "a");
        ImageStatus unknown = porto.images().pull(lisbon.id(), "b", temp.resolve("out"), Format.AUTO, Existing.REFUSE, PATIENCE).await(LONG);
        assertThat(unknown.state()).isEqualTo(State.FAILED);
        assertThat(unknown.error()).isEqualTo("there is no image 'b' at lisbon; there is [a]");
        assertThat(porto.images().verify(lisbon.id(), "b").await(LONG).error()).isEqualTo("there is no image 'b'; there is [a]");
        assertThat(temp.resolve("out")).doesNotExist();
        refused("no version of image 'a' begin with abcdef", () -> lisbon.images().remove("a", "abcdef"));
        refused("is no 6 to 64 digits", () -> lisbon.images().remove("a", "*"));
        var version = lisbon.images().list(lisbon.id()).getFirst().sha256();
        lisbon.depot().pins().say(porto.id(), "a", version, true, "template");
        refused("is pinned by porto (template); nothing was removed. baselines unpin a " + version.substring(0, 12), () -> lisbon.images().remove("a", ""));
        lisbon.depot().pins().say(lisbon.id(), "a", version, false, "");
        assertThat(lisbon.images().remove("a", "")).isEqualTo(1);
        assertThat(lisbon.depot().store().chunks().bytes()).as("its chunks are gone").isZero();
    }

    @Test
    void replacesAFileOnlyWhenThatWasSaid() throws IOException {
        Path disk = disk(1);
        push(disk, "a");
        Path target = Files.writeString(temp.resolve("target"), "old");

        done(porto.images().pull(lisbon.id(), "a", target, Format.AUTO, Existing.REPLACE, PATIENCE).await(LONG));

        assertThat(Files.mismatch(disk, target)).isEqualTo(-1);
    }

    @Test
    @Requirement({"R-163", "R-242"})
    void aQcow2FileIsTheVersionOfTheDiskInIt() throws IOException {
        Path disk = disk(1);
        push(disk, "a");
        Path file = temp.resolve("a.qcow2");
        done(porto.images().pull(lisbon.id(), "a", file, Format.QCOW2, Existing.REFUSE, PATIENCE).await(LONG));
        assertThat(Files.size(file)).isLessThan(DATA + (1 << 20));

        ImageStatus again = push(file, "b");

        assertThat(again.version()).isEqualTo(hash(disk));
        assertThat(again.imageBytes()).isEqualTo(32 << 20);
        assertThat(again.freshBytes()).as("all chunks are in the raw version").isZero();
        ImageStatus bytes = done(porto.images().push(file, Format.RAW, lisbon.id(), "c", PATIENCE).await(LONG));
        assertThat(bytes.version()).isEqualTo(hash(file));
    }

    @Test
    void refusesAnImageForWhichTheStoreHasNoRoom() throws IOException {
        lisbon.stop();
        lisbon.with(new DepotSettings(new StoreSettings(1 << 20, 1_000_000, 10), 7)).start();

        ImageStatus full = begin(disk(1), "a").await(LONG);

        assertThat(full.state()).isEqualTo(State.FAILED);
        assertThat(full.error()).contains("store.bytes.max is 1048576");
        assertThat(porto.images().list(lisbon.id())).isEmpty();
        assertThat(full.bytesWire()).as("nothing of the pack went").isLessThan(100_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4_096, 4_097})
    void keepsSmallAndEmptyImages(int bytes) throws IOException {
        Path image = Samples.file(temp.resolve("small"), bytes);

        push(image, "small");

        pull("small", temp.resolve("pulled"));
        assertThat(Files.mismatch(image, temp.resolve("pulled"))).isEqualTo(-1);
    }

    @Test
    void answersNothingButRefusalsToWhatIsNoMessage() throws IOException {
        push(disk(1), "a");
        ImageVersion version = lisbon.images().list(lisbon.id()).getFirst();
        byte[][] right = {
            ImageWire.text(ImageWire.ask(ImageWire.LIST, 7), "a").putInt(0).array(),
            ImageWire.ask(ImageWire.HAVE, 36).putInt(2).array(),
            ImageWire.text(ImageWire.ask(ImageWire.OUTLINE, 43), "a").put(HexFormat.of().parseHex(version.sha256())).putInt(8).putInt(0).array(),
            Asking.work(ImageWire.PREPARE, 4, "a", 37).put(HexFormat.of().parseHex(version.sha256())).put((byte) 0).putInt(0).array(),
            Asking.work(ImageWire.TAKE, 5, "a", 56).put(HexFormat.of().parseHex(version.sha256())).putLong(1).putLong(2).array(),
            Asking.work(ImageWire.VERIFY, 6, "a", 0).array()};
        RandomGenerator random = Samples.random(11);
        NodeId peer = NodeId.of("mallory");
        for (int round = 0; round < 60_000; round++) {
            // The three that begin work get only what is refused before: cut off, or of another format.
            int kind = random.nextInt(right.length);
            byte[] body = Arrays.copyOf(right[kind], random.nextInt(right[kind].length + 1));
            if (kind < 3) {
                for (int i = random.nextInt(4); i > 0 && body.length > 2; i--) {
                    body[2 + random.nextInt(body.length - 2)] = (byte) random.nextInt();
                }
            } else if (body.length == right[kind].length) {
                body[0] = 2;
            }
            try {
                assertThat(lisbon.answers().handle(peer, body).length).isLessThan(1 << 20);
            } catch (DwcpException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
        ByteBuffer much = ImageWire.ask(ImageWire.HAVE, 4).putInt(Integer.MAX_VALUE);
        refused("count of 2147483647 is out of range", () -> lisbon.answers().handle(peer, much.array()));
        refused("operation 99 is unknown", () -> lisbon.answers().handle(peer, new byte[] {1, 99}));
        refused("format 9 is unknown; this node speaks 1", () -> lisbon.answers().handle(peer, new byte[] {9, 1}));
        assertThat(lisbon.images().list(lisbon.id())).containsExactly(version);
    }
}
