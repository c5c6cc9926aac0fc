// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Started by Maven, which alone knows where it keeps its jars. Writes two argument files for {@code java} and
 * {@code javac}; from then on {@code ./dwcp} starts the driver by itself until a pom changes.
 *
 * <p>It stands alone, without bnd or any other class of the driver, so that starting it compiles one file.
 */
final class Setup {
    private Setup() {
    }

    public static void main(String[] arguments) throws IOException {
        var target = Files.createDirectories(Path.of("target"));
        Files.writeString(target.resolve("driver.options"),
                "-Dmaven.repo.local=" + quoted(System.getProperty("maven.repo.local")) + "\n");
        Files.writeString(target.resolve("driver.classpath"),
                "-cp " + quoted("target/driver" + File.pathSeparator + jars()) + "\n");
    }

    /** Maven also names the class folder of its module, which has none. */
    private static String jars() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> new File(entry).isFile())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Argument files split at blanks and read a backslash as an escape. */
    private static String quoted(String value) {
        return '"' + value.replace("\\", "\\\\") + '"';
    }
}
