// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images that lie in qcow2 files, made and read by QEMU's own tool, and on block devices, between two node processes. */
@Tag("system")
@Timeout(180)
@Requirement({"R-163", "R-242"})
class ImageDiskSystemTest {
    private static final long SIZE = 48L << 20;

    @TempDir
    private static Path folder;
    private static Pair pair;
    private final List<String> loops = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        pair = new Pair(folder);
    }

    @AfterAll
    static void stop() {
        pair.close();
    }

    @AfterEach
    void detach() {
        loops.forEach(loop -> tool("losetup", "-d", loop));
    }

    private record Said(int status, String text) {
    }

    private static Said tool(String... words) {
        try {
            var process = new ProcessBuilder(words).redirectErrorStream(true).start();
            var text = new String(process.getInputStream().readAllBytes()).strip();
            return new Said(process.waitFor(), text);
        } catch (IOException e) {
            return new Said(-1, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String qemu(String... words) {
        var command = new ArrayList<>(List.of("qemu-img"));
        command.addAll(List.of(words));
        var said = tool(command.toArray(String[]::new));
        assertThat(said.status()).as("%s: %s", command, said).isZero();
        return said.text();
    }

    /** Data at both ends of a sparse disk: some that cannot be compressed, some that can. */
    private static Path disk(String name, long seed) throws IOException {
        Path disk = folder.resolve(name);
        var random = new SplittableRandom(seed);
        byte[] data = new byte[1 << 20];
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            for (long at : new long[] {0, 10 << 20, (20 << 20) + 12_288, SIZE - data.length}) {
                random.nextBytes(data);
                if (at > 0) {
                    for (int i = 0; i < data.length; i++) {
                        data[i] &= 3;
                    }
                }
                file.seek(at);
                file.write(data);
            }
        }
        return disk;
    }

    private static Pair.Answer run(int status, String... words) {
        var answer = pair.run("a", words);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        return answer;
    }

    private static void refused(String message, String... words) {
        var answer = run(1, words);
        assertThat(answer.err() + answer.out()).contains(message);
    }

    @Test
    void whatQemuWroteIsTheSameVersionAsTheRawDiskInAllItsForms() throws Exception {
        assumeTrue(tool("qemu-img", "--version").status() == 0, "SKIPPED: no qemu-img here (package qemu-utils)");
        Path raw = disk("guest.img", 1);
        String hash = Pair.hash(raw);
        assertThat(run(0, "image", "push", raw.toString(), "b", "--name", "guest", "--json").value("version")).isEqualTo(hash);
        String[][] forms = {{"compat=0.10"}, {"compat=1.1"}, {"compat=1.1,cluster_size=512"}, {"cluster_size=2M"}, {"preallocation=metadata"}, {"", "-c"},
                {"compat=0.10,cluster_size=4k", "-c"}, {"compression_type=zstd", "-c"}, {"compression_type=zstd,cluster_size=2M", "-c"}};
        for (String[] form : forms) {
            Path file = folder.resolve("guest.qcow2");
            var words = new ArrayList<>(List.of("convert", "-f", "raw", "-O", "qcow2"));
            if (!form[0].isEmpty()) {
                words.addAll(List.of("-o", form[0]));
            }
            words.addAll(List.of(form).subList(1, form.length));
            words.addAll(List.of(raw.toString(), file.toString()));
            qemu(words.toArray(String[]::new));
            if (form[0].equals("compat=1.1")) {
                qemu("snapshot", "-c", "earlier", file.toString());
            }

            var pushed = run(0, "image", "push", file.toString(), "b", "--name", "guest", "--json");

            assertThat(pushed.value("version")).as(String.join(" ", form)).isEqualTo(hash);
            assertThat(pushed.number("bytesWire")).as("it is there already").isLessThan(10_000);
        }
        Path back = folder.resolve("back.qcow2");
        run(0, "image", "pull", "guest", "b", back.toString(), "--format", "qcow2");
        assertThat(qemu("check", back.toString())).contains("No errors were found");
        qemu("compare", "-f", "raw", "-F", "qcow2", raw.toString(), back.toString());
        assertThat(Files.size(back)).isLessThan(8 << 20);
        changedByQemu(back);
    }

    /** A guest writes into a qcow2 file: the version is what QEMU sees, and little of it travels. */
    private static void changedByQemu(Path file) throws Exception {
        assumeTrue(tool("qemu-io", "--version").status() == 0, "SKIPPED: no qemu-io here (package qemu-utils)");
        var said = tool("qemu-io", "-f", "qcow2", "-c", "write -P 7 31M 100k", "-c", "write -z 10M 256k", "-c", "discard 20M 128k", file.toString());
        assertThat(said.status()).as(said.toString()).isZero();
        Path flat = folder.resolve("flat.img");
        qemu("convert", "-f", "qcow2", "-O", "raw", file.toString(), flat.toString());

        var pushed = run(0, "image", "push", file.toString(), "b", "--name", "guest", "--json");

        assertThat(pushed.value("version")).isEqualTo(Pair.hash(flat));
        assertThat(pushed.number("bytesWire")).isLessThan(200_000);
    }

    @Test
    void whatQemuWroteAndIsNotWholeIsRefused() throws Exception {
        assumeTrue(tool("qemu-img", "--version").status() == 0, "SKIPPED: no qemu-img here (package qemu-utils)");
        String base = folder.resolve("base.qcow2").toString();
        String file = folder.resolve("odd.qcow2").toString();
        qemu("create", "-f", "qcow2", base, "1M");
        qemu("create", "-f", "qcow2", "-b", base, "-F", "qcow2", file);
        refused("has a backing file; make one file of both", "image", "push", file, "b");
        qemu("create", "-f", "qcow2", "-o", "extended_l2=on", file, "1M");
        refused("has subclusters", "image", "push", file, "b");
        qemu("create", "-f", "qcow2", "-o", "data_file=" + folder.resolve("data"), file, "1M");
        refused("keeps its data in another file", "image", "push", file, "b");
        qemu("create", "-f", "qcow2", "--object", "secret,id=s,data=x", "-o", "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", file, "1M");
        refused("is encrypted", "image", "push", file, "b");
    }

    /** A loop device of that many bytes, full of ones, so that zeros that were not written show. */
    private String loop(String name, long bytes) throws IOException {
        Path file = folder.resolve(name);
        byte[] ones = new byte[1 << 20];
        Arrays.fill(ones, (byte) 1);
        try (var out = Files.newOutputStream(file)) {
            for (long at = 0; at < bytes; at += ones.length) {
                out.write(ones, 0, (int) Math.min(ones.length, bytes - at));
            }
        }
        var said = tool("losetup", "-f", "--show", file.toString());
        assumeTrue(said.status() == 0, "SKIPPED: no loop device here: " + said.text());
        loops.add(said.text());
        return said.text();
    }

    private static String hash(String device, long bytes) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256");
        try (var file = FileChannel.open(Path.of(device), StandardOpenOption.READ)) {
            digest.update(file.map(FileChannel.MapMode.READ_ONLY, 0, bytes));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static byte[] block(String device, long at) throws IOException {
        byte[] bytes = new byte[4_096];
        try (var file = new RandomAccessFile(device, "r")) {
            file.seek(at);
            file.readFully(bytes);
        }
        return bytes;
    }

    @Test
    void aBlockDeviceIsPushedAndOverwrittenOnlyWhenThatIsSaid() throws Exception {
        Path disk = disk("web.img", 2);
        String hash = Pair.hash(disk);
        String source = loop("source", SIZE);
        assertThat(tool("dd", "if=" + disk, "of=" + source, "bs=1M", "conv=fsync").status()).isZero();
        var pushed = run(0, "image", "push", source, "b", "--name", "web", "--json");
        assertThat(pushed.value("version")).isEqualTo(hash);
        assertThat(run(0, "image", "push", disk.toString(), "b", "--name", "web", "--json").number("bytesWire")).isLessThan(10_000);

        String target = loop("target", SIZE + 4_096);
        refused("is a block device, and all that it holds would be lost; say --overwrite", "image", "pull", "web", "b", target);
        refused("is a block device, and all that it holds", "image", "pull", "web", "b", target, "--replace");
        refused("is written raw", "image", "pull", "web", "b", target, "--overwrite", "--format", "qcow2");
        refused("is no block device", "image", "pull", "web", "b", folder.resolve("x").toString(), "--overwrite");
        run(0, "image", "pull", "web", "b", target, "--overwrite");
        assertThat(hash(target, SIZE)).isEqualTo(hash);
        assertThat(block(target, SIZE)).as("what lies behind the image stays").containsOnly(1);
        String small = loop("small", SIZE - 4_096);
        refused("name a larger device", "image", "pull", "web", "b", small, "--overwrite");
        assertThat(block(small, 0)).as("nothing was written").containsOnly(1);
    }

    @Test
    void aDeviceInUseIsNotOverwritten() throws Exception {
        Path disk = disk("used.img", 3);
        run(0, "image", "push", disk.toString(), "b", "--name", "used");
        String device = loop("mounted", SIZE + (16 << 20));
        assumeTrue(tool("mkfs.ext4", "-q", device).status() == 0, "SKIPPED: no mkfs.ext4 here");
        Path mount = Files.createDirectories(folder.resolve("mount"));
        var mounted = tool("mount", device, mount.toString());
        assumeTrue(mounted.status() == 0, "SKIPPED: nothing can be mounted here: " + mounted.text());
        try {
            refused("is in use: it is mounted", "image", "pull", "used", "b", device, "--overwrite");
            Files.writeString(mount.resolve("file"), "still there");
        } finally {
            assertThat(tool("umount", mount.toString()).status()).isZero();
        }
        run(0, "image", "pull", "used", "b", device, "--overwrite");
        assertThat(hash(device, SIZE)).isEqualTo(Pair.hash(disk));
    }
}
