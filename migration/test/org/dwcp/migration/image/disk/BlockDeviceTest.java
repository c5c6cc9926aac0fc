// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import org.dwcp.api.image.Images.Format;
import org.dwcp.migration.fake.Samples;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a loop device. */
@Tag("system")
class BlockDeviceTest {
    private static final int BYTES = 2 << 20;

    @TempDir
    Path folder;
    private Path device;

    private static String tool(String... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes()).strip();
        return process.waitFor() == 0 ? said : "failed: " + said;
    }

    @BeforeEach
    void attach() throws Exception {
        Path file = Samples.file(folder.resolve("file"), BYTES);
        String said = Files.isExecutable(Path.of("/usr/sbin/losetup")) ? tool("/usr/sbin/losetup", "-f", "--show", file.toString()) : "failed: no losetup";
        assumeTrue(!said.startsWith("failed"), "SKIPPED: no loop device here: " + said);
        device = Path.of(said);
    }

    @AfterEach
    void detach() throws Exception {
        if (device != null) {
            assertThat(tool("/usr/sbin/losetup", "-d", device.toString())).isEmpty();
        }
    }

    @Test
    void isReadWholeAndSaysWhenItWasWrittenTo() throws Exception {
        assertThat(BlockDevice.is(device)).isTrue();
        assertThat(BlockDevice.bytes(device)).isEqualTo(BYTES);
        try (ImageSource source = ImageSources.open(device, Format.AUTO)) {
            assertThat(source.bytes()).isEqualTo(BYTES);
            assertThat(source.data(5)).isEqualTo(new ImageSource.Extent(5, BYTES));
            ImageSource.Stamp before = source.stamp();
            source.read(0, ByteBuffer.allocate(BYTES));
            assertThat(source.stamp()).isEqualTo(before);
            try (RandomAccessFile file = new RandomAccessFile(device.toFile(), "rw")) {
                file.seek(100_000);
                file.write(1); // stays in memory until it is asked for
            }
            assertThat(source.stamp()).isNotEqualTo(before);
        }
    }

    @Test
    void isOverwrittenWithZerosToo() throws Exception {
        byte[] some = new byte[10_000];
        Arrays.fill(some, (byte) 7);
        byte[] expected = Files.readAllBytes(folder.resolve("file"));
        try (ImageTarget target = ImageTargets.device(device)) {
            assertThat(target.keepsOldUntilAppear()).isFalse();
            target.begin(BYTES - 4_096, 10_000);
            target.zero(0, 8_192);
            target.write(8_192, ByteBuffer.allocateDirect(some.length).put(some).flip());
            target.zero(8_192 + some.length, 5_000); // begins and ends within blocks
            target.zero(1 << 20, (1 << 20) - 4_096 - 3);
            target.finish();
            target.appear();
        }
        Arrays.fill(expected, 0, 8_192, (byte) 0);
        System.arraycopy(some, 0, expected, 8_192, some.length);
        Arrays.fill(expected, 8_192 + some.length, 8_192 + some.length + 5_000, (byte) 0);
        Arrays.fill(expected, 1 << 20, (2 << 20) - 4_096 - 3, (byte) 0);
        byte[] found = new byte[BYTES];
        try (ImageSource source = ImageSources.open(device, Format.RAW)) {
            source.read(0, ByteBuffer.wrap(found));
        }
        assertThat(found).isEqualTo(expected);
    }
}
