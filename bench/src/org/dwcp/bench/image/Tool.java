// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A tool that is given the old image and then the new one.
 *
 * @param name    its command
 * @param version how to ask for its version
 * @param first   shell commands that give it the old image; {@code $OLD}, {@code $NEW} and the current folder {@code .} are theirs
 * @param update  those that give it the new one
 * @param wire    writes the bytes that the update cost, after it: a number on a line
 */
record Tool(String name, String version, String first, String update, String wire) {
    private static final String GROWTH = "echo $(($(du -sb --apparent-size %1$s | cut -f1) - $(cat before)))";
    private static final String SIZE = "du -sb --apparent-size %1$s | cut -f1 >before";

    /** All of them, with zstd 3 where they have it. */
    static final List<Tool> ALL = List.of(
            new Tool("borg", "borg --version", "export BORG_BASE_DIR=$PWD BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes; borg init -e none b; "
                    + "borg create --sparse -C zstd,3 --chunker-params buzhash,12,20,16,4095 b::old $OLD; " + SIZE.formatted("b"),
                    "export BORG_BASE_DIR=$PWD BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes; "
                    + "borg create --sparse -C zstd,3 --chunker-params buzhash,12,20,16,4095 b::new $NEW", GROWTH.formatted("b")),
            new Tool("rsync", "rsync --version | head -1", "cp --sparse=always $OLD target",
                    "rsync -z --zc=zstd --zl=3 --inplace --no-whole-file -B4096 --stats $NEW target >stats; cmp $NEW target",
                    "awk -F: '/Total bytes (sent|received)/ {gsub(/[ ,]/, \"\", $2); sum += $2} END {printf \"%.0f\\n\", sum}' stats"),
            new Tool("casync", "casync --version | head -1", "casync make --store=s.castr old.caibx $OLD >/dev/null; " + SIZE.formatted("s.castr"),
                    "casync make --store=s.castr new.caibx $NEW >/dev/null", "echo $(($(" + GROWTH.formatted("s.castr") + ") + $(stat -c %s new.caibx)))"),
            new Tool("restic", "restic version", "export RESTIC_PASSWORD=x; restic -q -r r init; restic -q --no-cache -r r backup $OLD; " + SIZE.formatted("r"),
                    "export RESTIC_PASSWORD=x; restic -q --no-cache -r r backup $NEW", GROWTH.formatted("r")),
            new Tool("zstd", "zstd --version | grep -o 'v[0-9.]*'", "true", "zstd -q -3 --long=31 --patch-from=$OLD $NEW -o patch", "stat -c %s patch"),
            new Tool("xdelta3", "xdelta3 -V 2>&1 | head -1", "true", "xdelta3 -e -1 -B 2147483648 -s $OLD $NEW patch", "stat -c %s patch"));

    /** What a tool took for the update. */
    record Cost(String version, long bytes, double cpuSeconds) {
    }

    boolean isInstalled() {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }

    Cost run(Path folder, Path old, Path fresh) throws IOException, InterruptedException {
        Path work = Files.createDirectories(folder.resolve("tool-" + name));
        try {
            shell(work, old, fresh, first);
            String timed = shell(work, old, fresh, "TIMEFORMAT='cpu %U %S'; time { " + update + "; }");
            var cpu = Pattern.compile("cpu ([0-9.]+) ([0-9.]+)").matcher(timed);
            if (!cpu.find()) {
                throw new IOException(name + " told no time: " + timed);
            }
            var bytes = Long.parseLong(shell(work, old, fresh, wire).strip());
            return new Cost(shell(work, old, fresh, version).strip(), bytes, Double.parseDouble(cpu.group(1)) + Double.parseDouble(cpu.group(2)));
        } finally {
            shell(folder, old, fresh, "rm -rf tool-" + name);
        }
    }

    private static String shell(Path folder, Path old, Path fresh, String commands) throws IOException, InterruptedException {
        var words = new ArrayList<>(List.of("bash", "-c", "set -eu; " + commands));
        var builder = new ProcessBuilder(words).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().putAll(Map.of("OLD", old.toString(), "NEW", fresh.toString(), "LC_ALL", "C"));
        Process process = builder.start();
        var said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException("'" + commands + "' ended with " + process.exitValue() + ": " + said.strip());
        }
        return said;
    }
}
