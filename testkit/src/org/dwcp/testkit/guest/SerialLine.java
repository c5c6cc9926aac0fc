// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a guest under test has said so far.
 *
 * @param lines whole lines, oldest first
 */
public record SerialLine(List<String> lines) {
    /** Reads the file that QEMU writes; one that is not there is empty. */
    public static SerialLine read(Path file) {
        try {
            var text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
            return new SerialLine(text.substring(0, text.lastIndexOf('\n') + 1).lines().map(line -> line.replace("\r", "")).toList());
        } catch (NoSuchFileException e) {
            return new SerialLine(List.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its memory is filled, and it goes on changing it. */
    public boolean isFilled() {
        return lines.contains("FILLED");
    }

    /** Numbers of its beats. */
    public List<Long> beats() {
        return lines.stream().filter(line -> line.matches("H \\d+")).map(line -> Long.parseLong(line.substring(2))).toList();
    }

    /** The last beat, 0 before the first. */
    public long lastBeat() {
        var beats = beats();
        return beats.isEmpty() ? 0 : beats.getLast();
    }

    /** Looks at all of its memory that it has ended. */
    public long rounds() {
        return lines.stream().filter(line -> line.matches("C \\d+ \\d+")).count();
    }

    /** Pages that were not what the guest had written, the sum over all looks. */
    public long bad() {
        return lines.stream().filter(line -> line.matches("C \\d+ \\d+")).mapToLong(line -> Long.parseLong(line.split(" ")[2])).max().orElse(0);
    }
}
