// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;

import org.dwcp.api.image.Images.Format;
import org.dwcp.migration.chunk.StoreDisk;
import org.dwcp.migration.fake.Samples;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImageTargetTest {
    private static final long FAR = 5L << 30;

    @TempDir
    Path folder;

    private Path write(Format format, byte[] data, long... places) throws IOException {
        Path path = folder.resolve("out.qcow2");
        try (ImageTarget target = ImageTargets.file(StoreDisk.REAL, path, format)) {
            target.begin(FAR + 1_000_001, (long) data.length * places.length);
            for (long at : places) {
                target.write(at, ByteBuffer.allocateDirect(data.length).put(data).flip());
            }
            target.finish();
            assertThat(path).doesNotExist();
            target.appear();
        }
        assertThat(folder.resolve("out.qcow2.new")).doesNotExist();
        return path;
    }

    @ParameterizedTest
    @EnumSource(names = {"RAW", "QCOW2"})
    void whatIsWrittenIsReadAgainAndTheRestIsAHole(Format format) throws IOException {
        byte[] data = new byte[1_000_001];
        Samples.random(1).nextBytes(data);
        long[] places = {65_536 * 3 + 4_096, 2_000_000, (1L << 29) - 500_000, FAR}; // over the border of two tables; up to the end

        Path path = write(format, data, places);

        try (ImageSource source = ImageSources.open(path, format)) {
            assertThat(source.bytes()).isEqualTo(FAR + data.length);
            byte[] found = new byte[data.length];
            for (long at : places) {
                source.read(at, ByteBuffer.wrap(found));
                assertThat(found).as("at %d", at).isEqualTo(data);
            }
            long sum = 0;
            for (var extent = source.data(0); extent.from() < source.bytes(); extent = source.data(extent.to())) {
                sum += extent.to() - extent.from();
            }
            assertThat(sum).isBetween(4L * data.length, 5L * data.length);
        }
    }

    @Test
    void writesQcow2FilesOfAllSizes() throws IOException {
        RandomGenerator random = Samples.random(2);
        for (long size : new long[] {0, 1, 512, 65_535, 65_536, 65_537, 1L << 29, (1L << 29) + 1, 3L << 40}) {
            Path path = folder.resolve("disk");
            byte[] data = new byte[(int) Math.min(size, 70_000)];
            random.nextBytes(data);
            try (ImageTarget target = ImageTargets.file(StoreDisk.REAL, path, Format.QCOW2)) {
                target.begin(size, data.length);
                target.write(size - data.length, ByteBuffer.allocateDirect(data.length).put(data).flip());
                target.finish();
                target.appear();
            }
            try (ImageSource source = ImageSources.open(path, Format.QCOW2)) {
                assertThat(source.bytes()).isEqualTo(size);
                byte[] found = new byte[data.length];
                source.read(size - data.length, ByteBuffer.wrap(found));
                assertThat(found).as("disk of %d", size).isEqualTo(data);
            }
        }
    }

    @Test
    void leavesNothingButTheOldFileWhenItIsNotFinished() throws IOException {
        Path path = Files.writeString(folder.resolve("disk"), "old");
        for (Format format : new Format[] {Format.RAW, Format.QCOW2}) {
            try (ImageTarget target = ImageTargets.file(StoreDisk.REAL, path, format)) {
                target.begin(100_000, 10);
                target.write(0, ByteBuffer.allocateDirect(10));
                target.begin(100_000, 10); // once more, after damage
                target.write(0, ByteBuffer.allocateDirect(10));
                assertThat(folder.resolve("disk.new")).exists();
            }
            assertThat(folder.resolve("disk.new")).doesNotExist();
            assertThat(path).hasContent("old");
        }
    }

    @Test
    void refusesAnImageThatHasNoRoom() throws IOException {
        StoreDisk full = new StoreDisk() {
            @Override
            public long usableBytes(Path in) {
                return 99;
            }
        };
        try (ImageTarget target = ImageTargets.file(full, folder.resolve("disk"), Format.RAW)) {
            assertThatThrownBy(() -> target.begin(1_000, 100)).hasMessageContaining("100 bytes of data").hasMessageContaining("99 free");
        }
        assertThat(folder).isEmptyDirectory();
        assertThatThrownBy(() -> DeviceTarget.requireRoom(Path.of("/dev/x"), 1_025, 1_024)).hasMessageContaining("1025 bytes, and /dev/x has 1024");
        DeviceTarget.requireRoom(Path.of("/dev/x"), 1_024, 1_024);
        assertThatThrownBy(() -> ImageTargets.device(folder.resolve("no"))).hasMessageContaining("cannot be written");
    }
}
