// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.encoding;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * The files of this machine's Debian packages in two halves, one to learn from and one to judge by. A file belongs to the half that the name of its source package
 * falls in, so that nothing of a package, nor of another one built of the same sources, is in both. Files of no package are in neither; nor are those of a JDK, which
 * is learned from anyhow.
 */
final class PackagedFiles {
    private static final Path DPKG = Path.of("/var/lib/dpkg");
    private static final String PACKAGE = "Package: ";
    private static final String SOURCE = "Source: ";
    private static final String LIST = ".list";
    private static final Path JDKS = Path.of("/usr/lib/jvm");
    private static final Path USR = Path.of("/usr");

    private final Map<String, String> sources = new HashMap<>();
    private final Map<String, String> owners = new HashMap<>();
    private final Half half;

    /** Even hashes are learned from, odd ones judged by; Knuth's factor, because short names fall together otherwise. */
    enum Half {
        LEARN,
        JUDGE;

        static Half of(String source) {
            return values()[source.hashCode() * 0x9E3779B1 >>> 8 & 1];
        }
    }

    PackagedFiles(Half half) throws IOException {
        this.half = half;
        if (!Files.isReadable(DPKG.resolve("status"))) {
            return; // no Debian: no files
        }
        String name = "";
        for (String line : Files.readAllLines(DPKG.resolve("status"))) {
            if (line.startsWith(PACKAGE)) {
                name = line.substring(PACKAGE.length());
                sources.put(name, name);
            } else if (line.startsWith(SOURCE)) {
                sources.put(name, line.substring(SOURCE.length()).split(" ")[0]);
            }
        }
        try (var lists = Files.newDirectoryStream(DPKG.resolve("info"), "*" + LIST)) {
            for (Path list : lists) {
                String source = source(list);
                for (String file : Files.readAllLines(list)) {
                    owners.put(file, source);
                }
            }
        }
    }

    /** Of a file of the package manager's own, such as {@code info/libc6:amd64.list}. */
    private String source(Path info) {
        String file = info.getFileName().toString();
        int end = file.indexOf(':') >= 0 ? file.indexOf(':') : file.lastIndexOf('.');
        return sources.getOrDefault(end < 0 ? file : file.substring(0, end), "");
    }

    private String owner(Path file) {
        if (file.startsWith(DPKG)) {
            return source(file);
        }
        String owner = owners.get(file.toString());
        if (owner == null && file.startsWith(USR)) {
            owner = owners.get("/" + USR.relativize(file)); // packages that still name the folders as they were before they were merged into this one
        }
        return owner == null ? "" : owner;
    }

    /** Gives this half's files below a folder whose path matches, shuffled. */
    List<Path> files(Path folder, String pattern, RandomGenerator random) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var walk = Files.walk(folder)) {
            var found = new ArrayList<>(walk.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.isReadable(file) && !file.startsWith(JDKS))
                    .filter(file -> file.toString().matches(pattern) && mine(owner(file))).sorted().toList());
            Collections.shuffle(found, Random.from(random));
            return found;
        }
    }

    private boolean mine(String source) {
        return !source.isEmpty() && Half.of(source) == half;
    }
}
