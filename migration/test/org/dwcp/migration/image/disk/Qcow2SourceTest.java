// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.image.Images.Format;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.fake.Samples;
import org.dwcp.migration.image.ImageStore;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Qcow2SourceTest {
    private static final List<Qcow2Files.Kind> ALL = List.of(Qcow2Files.Kind.values());
    private static final List<Qcow2Files.Kind> OLD = List.of(Qcow2Files.Kind.ABSENT, Qcow2Files.Kind.DATA, Qcow2Files.Kind.PACKED);

    @TempDir
    Path folder;

    private static Qcow2Source open(byte[] file) throws IOException {
        return new Qcow2Source(new MemorySource(file), "x.qcow2");
    }

    private static byte[] read(ImageSource source) throws IOException {
        byte[] disk = new byte[(int) source.bytes()];
        for (ImageSource.Extent found = source.data(0); found.from() < source.bytes(); found = source.data(found.to())) {
            assertThat(found.to()).isGreaterThan(found.from());
            source.read(found.from(), ByteBuffer.wrap(disk, (int) found.from(), (int) (found.to() - found.from())));
        }
        return disk;
    }

    @Test
    @Requirement("R-163")
    void readsTheDiskInAFileAsARawOne() throws IOException {
        RandomGenerator random = Samples.random(1);
        for (int bits : new int[] {9, 10, 12, 16}) {
            for (int version = 2; version <= 3; version++) {
                for (boolean zstd : new boolean[] {false, version == 3}) {
                    for (int bytes : new int[] {0, 1, 512, 1 << bits, (20 << bits) + 512, 150 * 512 << bits - 9}) {
                        var made = Qcow2Files.make(version, bits, bytes, zstd, version == 2 ? OLD : ALL, random.nextLong());
                        try (Qcow2Source source = open(made.file())) {
                            String what = "version " + version + ", 2^" + bits + ", zstd " + zstd + ", " + bytes + " bytes";
                            assertThat(source.bytes()).as(what).isEqualTo(bytes);
                            assertThat(read(source)).as(what).isEqualTo(made.disk());
                            anywhere(source, made.disk(), random);
                            Recipe raw = ImageStore.scan(new MemorySource(made.disk()), "disk", _ -> { });
                            Recipe own = ImageStore.scan(source, "disk", _ -> { });
                            assertThat(own.version().sha256()).as(what).isEqualTo(raw.version().sha256());
                            assertThat(own.count()).isEqualTo(raw.count());
                            for (int i = 0; i < own.count(); i++) {
                                assertThat(own.id(i)).isEqualTo(raw.id(i));
                            }
                        }
                    }
                }
            }
        }
    }

    private static void anywhere(ImageSource source, byte[] disk, RandomGenerator random) throws IOException {
        for (int round = 0; round < 20 && disk.length > 0; round++) {
            int from = random.nextInt(disk.length);
            byte[] some = new byte[random.nextInt(disk.length - from) + 1];
            source.read(from, ByteBuffer.wrap(some));
            assertThat(some).isEqualTo(Arrays.copyOfRange(disk, from, from + some.length));
        }
        assertThatThrownBy(() -> source.read(disk.length, ByteBuffer.allocate(1))).isInstanceOf(IOException.class).hasMessageContaining("ends before");
    }

    private static void refused(String why, Consumer<ByteBuffer> change) throws IOException {
        byte[] file = Qcow2Files.make(3, 12, 100_000, false, ALL, 7).file();
        change.accept(ByteBuffer.wrap(file));
        assertThatThrownBy(() -> {
            try (Qcow2Source source = open(file)) {
                read(source);
            }
        }).isInstanceOfSatisfying(DwcpException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED)).hasMessageStartingWith("x.qcow2 ")
                .hasMessageContaining(why);
    }

    @Test
    void refusesWhatItCannotReadAndSaysWhatHelps() throws IOException {
        refused("begins otherwise", file -> file.putInt(0, 42));
        refused("of version 4, not 2 or 3; convert it", file -> file.putInt(4, 4));
        refused("has a backing file; make one file of both with qemu-img convert", file -> file.putLong(8, 200));
        refused("is encrypted", file -> file.putInt(32, 2));
        refused("clusters of 2^8 bytes", file -> file.putInt(20, 8));
        refused("clusters of 2^22 bytes", file -> file.putInt(20, 22));
        refused("18446744073709551615 bytes, more than", file -> file.putLong(24, -1));
        refused((Recipe.BYTES_MAX + 1) + " bytes, more than", file -> file.putLong(24, Recipe.BYTES_MAX + 1));
        refused("first table of 33554432 entries, more than 4194304", file -> file.putLong(24, Recipe.BYTES_MAX));
        refused("first table of 0 entries for 1", file -> file.putInt(36, 0));
        refused("first table at 12345", file -> file.putLong(40, 12345));
        refused("first table at 1073741824", file -> file.putLong(40, 1 << 30));
        refused("marked as corrupt", file -> file.putLong(72, 2));
        refused("keeps its data in another file", file -> file.putLong(72, 4));
        refused("has subclusters", file -> file.putLong(72, 16));
        refused("features 0x8000000000000020", file -> file.putLong(72, 1L << 63 | 32 | 1));
        refused("header of 100 bytes", file -> file.putInt(100, 100));
        refused("compresses in kind 2", file -> file.putLong(72, 8).put(104, (byte) 2));
        refused("compresses in kind 1", file -> file.put(104, (byte) 1));
        refused("second table at 0x8000000000000200", file -> file.putLong(8192, 1L << 63 | 512));
        refused("second table at 0x40000000", file -> file.putLong(8192, 1 << 30));
        refused("cluster 0 at 0x40000000", file -> file.putLong((int) (file.getLong(8192) & 0xffffffL), 1 << 30));
        refused("cluster 0 at 0x1002", file -> file.putLong((int) (file.getLong(8192) & 0xffffffL), 0x1002));
        refused("compressed cluster at 1073741824", file -> file.putLong((int) (file.getLong(8192) & 0xffffffL), 1L << 62 | 1 << 30));
        refused("does not inflate", file -> file.putLong((int) (file.getLong(8192) & 0xffffffL), 1L << 62 | 1 << 12));
        assertThatThrownBy(() -> open(new byte[71])).hasMessageContaining("it has 71 bytes, a header has 72");
        byte[] cut = Arrays.copyOf(Qcow2Files.make(3, 12, 0, false, ALL, 7).file(), 103);
        assertThatThrownBy(() -> open(cut)).hasMessageContaining("a header of version 3 has 104");
    }

    @Test
    void readsWhatIsMarkedDirtyAndAFileThatEndsWithinItsLastCluster() throws IOException {
        var made = Qcow2Files.make(3, 12, 4_096, false, List.of(Qcow2Files.Kind.DATA), 3);
        ByteBuffer.wrap(made.file()).putLong(72, 1);
        byte[] cut = Arrays.copyOf(made.file(), made.file().length - 1_000);
        try (Qcow2Source source = open(cut)) {
            byte[] disk = made.disk().clone();
            Arrays.fill(disk, 3_096, 4_096, (byte) 0);
            assertThat(read(source)).isEqualTo(disk);
        }
    }

    @Test
    void refusesAFrameThatWantsMuchMemory() throws IOException {
        var made = Qcow2Files.make(3, 12, 4_096, true, List.of(Qcow2Files.Kind.PACKED), 3);
        ByteBuffer file = ByteBuffer.wrap(made.file());
        long entry = file.getLong((int) (file.getLong(8192) & 0xffffffL));
        int frame = (int) entry & 0xffffff;
        file.put(frame + 4, (byte) 0).put(frame + 5, (byte) (14 << 3)); // no single segment, 16 MiB
        try (Qcow2Source source = open(made.file())) {
            assertThatThrownBy(() -> read(source)).isInstanceOf(DwcpException.class).hasMessageContaining("wants 16777216 bytes of memory");
        }
        file.put(frame + 4, (byte) 0xe0).putLong(frame + 5, -1); // eight bytes of content's size
        try (Qcow2Source source = open(made.file())) {
            assertThatThrownBy(() -> read(source)).isInstanceOf(DwcpException.class).hasMessageContaining("of memory");
        }
    }

    @Test
    void readsNothingButAnErrorOutOfWhatIsDamaged() throws IOException {
        RandomGenerator random = Samples.random(5);
        byte[][] right = {Qcow2Files.make(2, 9, 60_000, false, OLD, 1).file(), Qcow2Files.make(3, 9, 60_000, false, ALL, 2).file(),
                Qcow2Files.make(3, 9, 60_000, true, ALL, 3).file(), Qcow2Files.make(3, 12, 60_000, true, ALL, 4).file()};
        int[] fields = {4, 8, 20, 24, 28, 32, 36, 40, 44, 72, 76, 100, 104};
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] file = right[random.nextInt(right.length)].clone();
            ByteBuffer change = ByteBuffer.wrap(file);
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                switch (random.nextInt(5)) {
                    case 0 -> file[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
                    case 1 -> change.putInt(fields[random.nextInt(fields.length)], random.nextBoolean() ? random.nextInt(64) : random.nextInt());
                    case 2 -> change.putLong(random.nextInt(file.length / 8) * 8, random.nextLong() >>> random.nextInt(64));
                    case 3 -> change.putLong(1024 + random.nextInt(512) * 8, (long) random.nextInt(file.length) | (long) random.nextInt(4) << 62 | random.nextInt(2));
                    default -> file = random.nextInt(20) == 0 ? Arrays.copyOf(file, Math.max(16, random.nextInt(file.length))) : file;
                }
                change = ByteBuffer.wrap(file.length < 8192 ? Arrays.copyOf(file, 8192) : file);
            }
            refused += scan(file) ? 0 : 1;
        }
        assertThat(refused).isBetween(2_000, 19_000);
    }

    /** Reads the first of it; false when it was refused. */
    private static boolean scan(byte[] file) throws IOException {
        try (Qcow2Source source = open(file)) {
            ByteBuffer some = ByteBuffer.allocate(1 << 16);
            long left = 1 << 18;
            for (var found = source.data(0); found.from() < source.bytes() && left > 0; found = source.data(found.to())) {
                assertThat(found.to()).isGreaterThan(found.from()).isLessThanOrEqualTo(source.bytes());
                for (long at = found.from(); at < found.to() && left > 0; at += some.limit()) {
                    source.read(at, some.clear().limit((int) Math.min(some.capacity(), found.to() - at)));
                    left -= some.limit();
                }
            }
            return true;
        } catch (DwcpException e) {
            assertThat(e.kind()).isEqualTo(Kind.REJECTED);
            return false;
        }
    }

    @Test
    void takesNothingForQcow2ByItsFirstBytesAlone() throws IOException {
        var made = Qcow2Files.make(3, 12, 50_000, false, ALL, 9);
        Path named = Files.write(folder.resolve("a.qcow2"), made.file());
        Path other = Files.write(folder.resolve("a.img"), made.file());
        Path wrong = Samples.file(folder.resolve("b.QCOW2"), 100);

        try (ImageSource source = ImageSources.open(named, Format.AUTO)) {
            assertThat(read(source)).isEqualTo(made.disk());
        }
        try (ImageSource source = ImageSources.open(other, Format.QCOW2)) {
            assertThat(read(source)).isEqualTo(made.disk());
        }
        try (ImageSource source = ImageSources.open(named, Format.RAW)) {
            assertThat(read(source)).isEqualTo(made.file());
        }
        assertThatThrownBy(() -> ImageSources.open(other, Format.AUTO)).hasMessageContaining("begins like a qcow2 image").hasMessageContaining("--format raw");
        assertThatThrownBy(() -> ImageSources.open(wrong, Format.AUTO)).hasMessageContaining("does not begin like one");
        assertThatThrownBy(() -> ImageSources.open(wrong, Format.QCOW2)).hasMessageContaining("begins otherwise");
        assertThatThrownBy(() -> ImageSources.open(Path.of("/dev/null"), Format.AUTO)).hasMessageContaining("neither a file nor a block device");
        assertThatThrownBy(() -> ImageSources.open(folder.resolve("no"), Format.AUTO)).hasMessageContaining("is not there any more");
    }
}
