// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a result was made from, as text: one line a file. The result is fresh while the text is the same.
 *
 * <p>A list, unlike a comparison of times, also notices a file that was deleted. Sources are listed by size and time;
 * jars by their content, so that rebuilding a bundle to the same bytes does not rebuild everything above it.
 */
final class Inputs {
    private static final Set<String> MADE = Set.of("bin", "bin_test", "generated", "target", "cache", ".git");

    private final Set<String> lines = new TreeSet<>();

    Inputs note(String line) {
        lines.add(line);
        return this;
    }

    /** Adds every file below a folder but what the build itself makes, and but the endings and folders named. */
    Inputs files(Path folder, String... leftOut) throws IOException {
        if (!Files.exists(folder)) {
            return this;
        }
        var unwanted = List.of(leftOut);
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                var name = directory.getFileName().toString();
                return !directory.equals(folder) && (MADE.contains(name) || unwanted.contains(name))
                        ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                var hidden = file.getFileName().toString().startsWith(".");
                if (!hidden && unwanted.stream().noneMatch(file.toString()::endsWith)) {
                    lines.add(file + " " + attributes.size() + " " + attributes.lastModifiedTime());
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return this;
    }

    Inputs content(Path jar) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar));
        lines.add(jar + " " + HexFormat.of().formatHex(digest));
        return this;
    }

    boolean sameAs(Path record) throws IOException {
        return Files.isRegularFile(record) && Files.readAllLines(record).equals(List.copyOf(lines));
    }

    void write(Path record) throws IOException {
        Files.createDirectories(record.getParent());
        Files.write(record, lines);
    }
}
