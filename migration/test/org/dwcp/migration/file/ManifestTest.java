// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.migration.fake.Samples;
import org.dwcp.migration.flow.FlowId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
    @TempDir
    private Path temp;

    private FilesOffer offer(Path root) throws IOException {
        return ManifestWriter.write(root, "x", temp.resolve("list"), () -> false);
    }

    @Test
    void findsTheFileOfEachOffsetAcrossBlocks() throws IOException {
        Path root = temp.resolve("root");
        for (int i = 0; i < 500; i++) {
            if (i % 3 == 0) {
                Files.createDirectories(root.resolve(String.format("n%03d", i)));
            } else {
                Samples.file(root.resolve(String.format("n%03d", i)), i % 5);
            }
        }
        FilesOffer offer = offer(root);

        try (Manifest manifest = Manifest.open(temp.resolve("list"), offer)) {
            long at = 0;
            for (int i = 0; i < manifest.count(); i++) {
                Item item = manifest.item(i);
                assertThat(item.start()).isEqualTo(at);
                for (long offset = at; offset < at + item.span(); offset++) {
                    assertThat(manifest.at(offset)).isEqualTo(item);
                }
                at += item.span();
            }
            assertThat(offer.manifestBytes() + at).isEqualTo(offer.total());
            assertThatThrownBy(() -> manifest.at(offer.total())).isInstanceOf(IOException.class);
        }
    }

    @Test
    void isTheSameForTheSameTreeAndAnotherForAChangedOne() throws IOException {
        Path root = temp.resolve("root");
        Samples.file(root.resolve("a"), 5);
        byte[] first = offer(root).manifestHash();

        assertThat(offer(root).manifestHash()).isEqualTo(first);
        Samples.file(root.resolve("b"), 0);
        assertThat(offer(root).manifestHash()).isNotEqualTo(first);
    }

    /** Writes a manifest by hand: entries are kind, path, size. */
    private FilesOffer forged(List<Object[]> entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(Manifest.MAGIC);
        long sum = 0;
        int files = 0;
        for (Object[] entry : entries) {
            byte[] path = ((String) entry[1]).getBytes(StandardCharsets.UTF_8);
            out.writeByte((Integer) entry[0]);
            out.writeByte(0);
            out.writeShort(path.length);
            out.writeLong(0);
            out.writeInt(0);
            out.writeLong((Integer) entry[2]);
            out.write(path);
            sum += (Integer) entry[2];
            files += (Integer) entry[0] == Manifest.FILE ? 1 : 0;
        }
        Files.write(temp.resolve("list"), bytes.toByteArray());
        return new FilesOffer("x", entries.size(), files, Math.max(0, sum), bytes.size(), FlowId.sha256().digest(bytes.toByteArray()), new byte[0]);
    }

    private void assertRefused(FilesOffer offer, String why) {
        assertThatThrownBy(() -> Manifest.open(temp.resolve("list"), offer)).isInstanceOfSatisfying(DwcpException.class,
                e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED)).hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "/etc/passwd", "a/../../x", "a//x", "a\u0000"})
    void refusesPathsThatLeaveTheFolder(String path) throws IOException {
        assertRefused(forged(List.of(new Object[] {1, "", 0}, new Object[] {1, "a", 0}, new Object[] {2, path, 1})), "name '");
    }

    @Test
    void refusesDoublesDisorderAndFilesInFiles() throws IOException {
        assertRefused(forged(List.of(new Object[] {1, "", 0}, new Object[] {2, "a", 1}, new Object[] {2, "a", 1})), "twice or out of order");
        assertRefused(forged(List.of(new Object[] {1, "", 0}, new Object[] {2, "b", 1}, new Object[] {2, "a", 1})), "twice or out of order");
        assertRefused(forged(List.of(new Object[] {1, "", 0}, new Object[] {2, "a", 1}, new Object[] {2, "a/b", 1})), "outside of the open folders");
        assertRefused(forged(List.of(new Object[] {2, "", 1}, new Object[] {2, "a", 1})), "outside of the open folders");
        assertRefused(forged(List.of(new Object[] {1, "", 0}, new Object[] {3, "a", 0})), "unknown kind 3");
        assertRefused(forged(List.of(new Object[] {1, "", 0}, new Object[] {2, "a", -1})), "out of range");
    }

    @Test
    void refusesWrongSumsAndHashes() throws IOException {
        FilesOffer right = forged(List.of(new Object[] {1, "", 0}, new Object[] {2, "a", 7}));
        byte[] otherHash = right.manifestHash().clone();
        otherHash[0] ^= 1;

        assertRefused(new FilesOffer("x", 2, 1, 8, right.manifestBytes(), right.manifestHash(), new byte[0]), "other sums");
        assertRefused(new FilesOffer("x", 2, 1, 7, right.manifestBytes(), otherHash, new byte[0]), "wrong hash");
        assertRefused(new FilesOffer("x", 3, 1, 7, right.manifestBytes(), right.manifestHash(), new byte[0]), "ends too early");
    }

    @Test
    void refusesOneEntryTooMany() {
        byte[] hash = new byte[32];

        assertThat(new FilesOffer("x", FilesOffer.ENTRIES_MAX, 0, 0, 100, hash, new byte[0]).entries()).isEqualTo(1_000_000);
        assertThatThrownBy(() -> new FilesOffer("x", FilesOffer.ENTRIES_MAX + 1, 0, 0, 100, hash, new byte[0])).hasMessageContaining("1000001 files");
    }

    @Test
    void offersReadWhatTheyWroteAndRefuseGarbage() {
        FilesOffer offer = new FilesOffer("images/käse.img", 2, 1, 99, 3, new byte[32], new byte[] {1, 2, 3});

        assertThat(FilesOffer.read(offer.write())).isEqualTo(offer);
        for (int length = 0; length < offer.write().length - 3; length++) {
            byte[] cut = Arrays.copyOf(offer.write(), length);
            assertThatThrownBy(() -> FilesOffer.read(cut)).isInstanceOf(DwcpException.class);
        }
    }

    @Test
    void namesMayBeAsLongAsTheFileSystemAllows() {
        String component = "c".repeat(SafeName.COMPONENT_BYTES_MAX);
        String deep = "d/".repeat(SafeName.DEPTH_MAX - 1) + "d";

        assertThat(SafeName.check(component)).isEqualTo(component);
        assertThat(SafeName.check(deep)).isEqualTo(deep);
        assertThatThrownBy(() -> SafeName.check(component + "c")).hasMessageContaining("longer than 255 bytes");
        assertThatThrownBy(() -> SafeName.check(deep + "/d")).hasMessageContaining("deeper than 128");
        assertThatThrownBy(() -> SafeName.check("c/".repeat(2_100))).isInstanceOf(DwcpException.class);
    }

    @Test
    void journalGivesBackItsSoundRecords() throws IOException {
        Path file = temp.resolve("journal");
        try (RangeJournal journal = new RangeJournal(Disk.REAL, file)) {
            journal.append(0, 100, 7);
            journal.append(100, 50, 8);
        }
        byte[] whole = Files.readAllBytes(file);
        whole[25] ^= 1;
        Files.write(file, whole);
        ByteBuffer seen = ByteBuffer.allocate(100);

        long end = RangeJournal.scan(file, (offset, bytes, checksum) -> seen.putLong(offset).putInt(bytes).putInt(checksum));

        assertThat(end).isEqualTo(20);
        assertThat(seen.position()).isEqualTo(16);
        assertThat(seen.getInt(8)).isEqualTo(100);
    }

    @Test
    void marksRememberTheLastTransfersOverARestartAndNoMore() throws IOException {
        Path file = temp.resolve("done");
        Path target = Samples.file(temp.resolve("target"), 5);
        DoneMarks marks = new DoneMarks(file);
        for (int i = 0; i < 2 * DoneMarks.MARKS_MAX + 2; i++) {
            marks.add("key-" + i, target);
        }

        DoneMarks again = new DoneMarks(file);

        assertThat(again.has("key-" + (2 * DoneMarks.MARKS_MAX + 1), target)).isTrue();
        assertThat(again.has("key-5", target)).as("too long ago").isFalse();
        assertThat(again.has("key-unknown", target)).isFalse();
        assertThat(Files.readAllLines(file)).hasSizeLessThanOrEqualTo(DoneMarks.MARKS_MAX + 1);
        Samples.file(target, 6);
        assertThat(again.has("key-" + (2 * DoneMarks.MARKS_MAX + 1), target)).as("the target has changed").isFalse();
    }

    @Test
    void refusesOneUnfinishedTransferTooMany() throws IOException {
        for (int i = 0; i < PartFolder.PARTS_MAX; i++) {
            new PartFolder(Disk.REAL, temp, "part-" + i).create();
        }

        new PartFolder(Disk.REAL, temp, "part-7").create();
        PartFolder more = new PartFolder(Disk.REAL, temp, "one-more");
        assertThatThrownBy(more::create).isInstanceOf(DwcpException.class).hasMessageContaining("1000 unfinished transfers");
    }
}
