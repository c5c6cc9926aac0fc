// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.encoding;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.zip.ZipInputStream;

import org.dwcp.bench.Bench;

/**
 * Blocks to learn from and blocks to judge by, of different sources: what is learned from the running JDK, from made-up data and from one half of the system's packages
 * ({@link PackagedFiles}) is judged on the other half. The same machine gives the same blocks.
 */
final class Corpus {
    private static final int[] BLOCK_BYTES = {16 << 10, 64 << 10, 256 << 10, 1 << 20};
    private static final String LIBRARY = ".*\\.so(\\.[0-9.]{1,20})?";
    private static final String PACKED = ".*(gz|png|jpg|xz|zip|jar)";
    /** Name, folder, pattern. */
    private static final String[][] KINDS = {{"programs", "/usr/bin", ".*"}, {"shared libraries", "/usr/lib", LIBRARY}, {"beside libraries", "/usr/lib", "(?!" + LIBRARY + "$).*"},
            {"documents, data", "/usr/share", "(?!" + PACKED + "$).*"}, {"packed documents", "/usr/share", PACKED}, {"package lists", "/var/lib/dpkg/info", ".*"}};
    private static final long SOURCE_BYTES_MAX = 256L << 20;

    private final int blocksASource;
    private final RandomGenerator random;

    Corpus(int blocksASource, long seed) {
        this.blocksASource = blocksASource;
        random = new Random(seed);
    }

    /**
     * A block outside the heap.
     *
     * @param source where it is from
     * @param bytes  position 0 to limit
     */
    record Block(String source, ByteBuffer bytes) {
    }

    /** The JDK's class library, native libraries, class data archives (images of its heap), sources packed and unpacked; made-up bytes and text; files of packages. */
    List<Block> toLearn() throws IOException {
        var lib = Path.of(System.getProperty("java.home"), "lib");
        var blocks = new ArrayList<Block>();
        cut(blocks, "classes", read(List.of(lib.resolve("modules"))));
        cut(blocks, "libraries", read(files(lib, ".*\\.so(\\..*)?")));
        cut(blocks, "archives", read(files(lib, ".*\\.jsa")));
        cut(blocks, "packed", read(files(lib, ".*(src\\.zip|\\.jmod|ct\\.sym)")));
        cut(blocks, "sources", unpacked(lib.resolve("src.zip")));
        cut(blocks, "made up", madeUp(0, 5));
        cut(blocks, "made up text", madeUp(5, 9));
        cutPackages(blocks, PackagedFiles.Half.LEARN);
        cutPackages(blocks, PackagedFiles.Half.LEARN); // other blocks of the same: they are the nearest to what nodes send
        return blocks;
    }

    /** Files of the packages that nothing was learned from. */
    List<Block> toJudge() throws IOException {
        var blocks = new ArrayList<Block>();
        cutPackages(blocks, PackagedFiles.Half.JUDGE);
        return blocks;
    }

    /** The programs, libraries, what else lies beside these, documents, packed files and file lists of the packages. */
    private void cutPackages(List<Block> blocks, PackagedFiles.Half half) throws IOException {
        var packages = new PackagedFiles(half);
        for (String[] kind : KINDS) {
            cut(blocks, kind[0], read(packages.files(Path.of(kind[1]), kind[2], random)));
        }
    }

    /** Takes blocks of all sizes from places all over a source. */
    private void cut(List<Block> blocks, String source, ByteBuffer all) {
        if (all.limit() < BLOCK_BYTES[0]) {
            Bench.progress("no " + source + " on this machine");
            return;
        }
        for (int i = 0; i < blocksASource; i++) {
            int bytes = Math.min(BLOCK_BYTES[i % BLOCK_BYTES.length], all.limit());
            int from = all.limit() == bytes ? 0 : random.nextInt((all.limit() - bytes) / 512 + 1) * 512;
            blocks.add(new Block(source, all.slice(from, bytes)));
        }
    }

    private List<Path> files(Path folder, String pattern) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var walk = Files.walk(folder)) {
            var found = new ArrayList<>(walk.filter(file -> Files.isRegularFile(file) && Files.isReadable(file) && file.toString().matches(pattern)).sorted().toList());
            Collections.shuffle(found, Random.from(random));
            return found;
        }
    }

    private static ByteBuffer read(List<Path> files) throws IOException {
        var all = ByteBuffer.allocateDirect((int) SOURCE_BYTES_MAX);
        for (var file : files) {
            try (var channel = FileChannel.open(file)) {
                while (all.hasRemaining() && channel.read(all) >= 0) {
                    // reads on to the end of the file or of the room
                }
            }
            if (!all.hasRemaining()) {
                break;
            }
        }
        return all.flip();
    }

    private static ByteBuffer unpacked(Path zip) throws IOException {
        var all = ByteBuffer.allocateDirect((int) SOURCE_BYTES_MAX / 4);
        if (!Files.isReadable(zip)) {
            return all.flip();
        }
        try (InputStream file = Files.newInputStream(zip); var entries = new ZipInputStream(file)) {
            while (all.hasRemaining() && entries.getNextEntry() != null) {
                byte[] bytes = entries.readAllBytes();
                all.put(bytes, 0, Math.min(bytes.length, all.remaining()));
            }
        }
        return all.flip();
    }

    /**
     * Stretches of 4 to 64 KiB: random; zeros; counters; records of few values; a page once more with some words changed; lines of hexadecimal digests with a name, of base 64,
     * of decimal numbers, of a log.
     */
    private ByteBuffer madeUp(int from, int to) {
        var all = ByteBuffer.allocateDirect(64 << 20);
        var page = new byte[4096];
        while (all.hasRemaining()) {
            int kind = random.nextInt(from, to);
            for (int left = 1 + random.nextInt(16); left > 0 && all.remaining() >= page.length; left--) {
                fill(page, kind);
                all.put(page);
            }
        }
        return all.flip();
    }

    private void fill(byte[] page, int kind) {
        switch (kind) {
            case 0 -> random.nextBytes(page);
            case 1 -> Arrays.fill(page, (byte) 0);
            case 2 -> {
                int from = random.nextInt();
                for (int i = 0; i < page.length; i += 8) {
                    ByteBuffer.wrap(page).putLong(i, from + i / 8);
                }
            }
            case 3 -> {
                for (int i = 0; i < page.length; i++) {
                    page[i] = (byte) (i % 16 < 10 ? 0 : random.nextInt(12));
                }
            }
            case 5 -> lines(page, () -> HexFormat.of().toHexDigits(random.nextLong()) + HexFormat.of().toHexDigits(random.nextLong()) + "  usr/lib/part-" + random.nextInt(300) + "/file-"
                    + random.nextInt(5_000) + ".h");
            case 6 -> lines(page, () -> {
                var bytes = new byte[57];
                random.nextBytes(bytes);
                return Base64.getEncoder().encodeToString(bytes);
            });
            case 7 -> lines(page, () -> random.nextInt(100_000) + "," + random.nextInt(1_000) / 10.0 + "," + random.nextInt(1 << 20) + "," + random.nextGaussian());
            case 8 -> lines(page, () -> "2026-01-" + (10 + random.nextInt(20)) + " 12:" + (10 + random.nextInt(50)) + ":" + (10 + random.nextInt(50)) + " host-" + random.nextInt(9)
                    + " service[" + random.nextInt(30_000) + "]: request " + random.nextLong() + " took " + random.nextInt(900) + " ms, status " + (random.nextInt(10) == 0 ? 500 : 200));
            default -> {
                for (int i = random.nextInt(64); i > 0; i--) {
                    page[random.nextInt(page.length)] = (byte) random.nextInt();
                }
            }
        }
    }

    private static void lines(byte[] page, Supplier<String> line) {
        for (int at = 0; at < page.length;) {
            byte[] next = (line.get() + "\n").getBytes(StandardCharsets.US_ASCII);
            int bytes = Math.min(next.length, page.length - at);
            System.arraycopy(next, 0, page, at, bytes);
            at += bytes;
        }
    }
}
