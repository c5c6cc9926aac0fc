// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;

/** Files to send, and comparing what arrived. */
public final class Samples {
    private Samples() {
    }

    public static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    /** A file of random bytes. */
    public static Path file(Path path, int bytes) throws IOException {
        byte[] content = new byte[bytes];
        random(bytes).nextBytes(content);
        Files.createDirectories(path.getParent());
        return Files.write(path, content);
    }

    /** A file of words, which compresses well. */
    public static Path text(Path path, int bytes) throws IOException {
        byte[] content = new byte[bytes];
        byte[] words = "the quick brown fox jumps over the lazy dog ".getBytes();
        for (int i = 0; i < bytes; i++) {
            content[i] = words[(i + i / 1000) % words.length];
        }
        Files.createDirectories(path.getParent());
        return Files.write(path, content);
    }

    /** Both hold the same names, contents, times and executable bits. */
    public static void assertSameTree(Path actual, Path expected) throws IOException {
        assertThat(tree(actual)).isEqualTo(tree(expected));
        for (String name : tree(expected).keySet()) {
            if (Files.isRegularFile(expected.resolve(name))) {
                assertThat(actual.resolve(name)).hasSameBinaryContentAs(expected.resolve(name));
            }
        }
    }

    private static Map<String, String> tree(Path root) throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                boolean folder = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
                found.put(root.relativize(path).toString(), (folder ? "folder" : "file " + Files.size(path) + " " + Files.isExecutable(path)) + " "
                        + Files.getLastModifiedTime(path));
            }
        }
        return found;
    }
}
