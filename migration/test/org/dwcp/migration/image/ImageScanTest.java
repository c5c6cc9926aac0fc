// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;

import org.dwcp.api.image.Images.Format;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.fake.Samples;
import org.dwcp.migration.image.disk.ImageSource;
import org.dwcp.migration.image.disk.ImageSources;
import org.dwcp.migration.image.disk.MemorySource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageScanTest {
    @TempDir
    Path folder;

    private static List<String> parts(Recipe recipe) {
        List<String> parts = new ArrayList<>(List.of(recipe.version().sha256().hex() + " " + recipe.version().bytes()));
        for (int i = 0; i < recipe.count(); i++) {
            parts.add(recipe.offset(i) + " " + recipe.length(i) + " " + recipe.id(i));
        }
        return parts;
    }

    private static List<String> parts(ImageSource source) throws IOException {
        return parts(ImageStore.scan(source, "disk", _ -> { }));
    }

    @Test
    void theSourcesKnowledgeOfHolesChangesNothingButWhatIsRead() throws IOException {
        RandomGenerator random = Samples.random(1);
        for (int round = 0; round < 300; round++) {
            byte[] bytes = new byte[round < 290 ? random.nextInt(600_000) : (4 << 20) + random.nextInt(3 << 20)];
            BitSet data = new BitSet();
            for (int at = 0; at < bytes.length;) {
                int length = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 3_000 : 200_000));
                switch (random.nextInt(3)) {
                    case 0 -> {
                        byte[] some = new byte[length];
                        random.nextBytes(some);
                        System.arraycopy(some, 0, bytes, at, length);
                        data.set(at, at + length);
                    }
                    case 1 -> data.set(at, at + length); // zeros that the source does not know of
                    default -> { }
                }
                at += length;
            }
            MemorySource knowing = new MemorySource(bytes, data);

            assertThat(parts(knowing)).as("round %d", round).isEqualTo(parts(new MemorySource(bytes)));

            assertThat(knowing.read()).as("the blocks with data, once").isEqualTo(blocks(data, bytes.length));
        }
    }

    private static long blocks(BitSet data, int bytes) {
        long sum = 0;
        for (int at = 0; at < bytes; at += 4_096) {
            int next = data.nextSetBit(at);
            sum += next >= 0 && next < at + 4_096 ? Math.min(4_096, bytes - at) : 0;
        }
        return sum;
    }

    @Test
    void asksTheFileSystemForHoles() throws IOException {
        Path path = folder.resolve("sparse");
        byte[] some = new byte[100_000];
        Samples.random(2).nextBytes(some);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(8 << 20);
            file.write(some);
            file.seek(40 << 20);
            file.write(some, 0, 5);
            file.setLength(64L << 20);
        }
        try (ImageSource source = ImageSources.open(path, Format.RAW)) {
            long sum = 0;
            for (ImageSource.Extent found = source.data(0); found.from() < source.bytes(); found = source.data(found.to())) {
                sum += found.to() - found.from();
            }
            assertThat(sum).as("bytes to be read; if all, this file system tells of no holes").isBetween(100_005L, 1L << 20);
            assertThat(parts(source)).isEqualTo(parts(new MemorySource(Files.readAllBytes(path))));
            assertThat(source.data(source.bytes())).isEqualTo(new ImageSource.Extent(source.bytes(), source.bytes()));
        }
    }

    @Test
    void knowsAFileThatIsOneHoleAndOneWithout() throws IOException {
        Path path = folder.resolve("file");
        for (int size : new int[] {0, 1, 4_096, 1_000_000}) {
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                file.setLength(0);
                file.setLength(size);
            }
            try (ImageSource source = ImageSources.open(path, Format.RAW)) {
                assertThat(source.data(0)).isEqualTo(new ImageSource.Extent(size, size));
                Recipe recipe = ImageStore.scan(source, "disk", _ -> { });
                assertThat(recipe.count()).isZero();
                var digest = ChunkId.sha256();
                digest.update(new byte[size]);
                assertThat(recipe.version().sha256()).isEqualTo(ChunkId.of(digest));
            }
            Samples.file(path, size);
            try (ImageSource source = ImageSources.open(path, Format.RAW)) {
                assertThat(source.data(0)).isEqualTo(new ImageSource.Extent(0, size));
            }
        }
    }

    @Test
    void canBeStoppedWithinAHole() throws IOException {
        MemorySource hole = new MemorySource(new byte[200 << 20], new BitSet());
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> ImageStore.scan(hole, "disk", _ -> { })).isInstanceOf(InterruptedIOException.class).hasMessageContaining("stopped at");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void noticesWhatChangesAFile() throws IOException {
        Path path = Samples.file(folder.resolve("file"), 10_000);
        try (ImageSource source = ImageSources.open(path, Format.RAW)) {
            ImageSource.Stamp before = source.stamp();
            assertThat(source.stamp()).isEqualTo(before);
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                file.setLength(9_000);
            }
            assertThat(source.stamp()).isNotEqualTo(before);
            assertThatThrownBy(() -> ImageStore.scan(source, "disk", _ -> { })).isInstanceOf(IOException.class).hasMessageContaining("ends at 9000 bytes");
        }
    }
}
