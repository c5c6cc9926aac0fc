// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.pin;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;
import org.dwcp.api.image.ImagePins;
import org.dwcp.migration.image.ImageName;

/**
 * What a node has said of a version. As text it is one line: milliseconds, counter, node, {@code +} or {@code -}, SHA-256, name and note, with a tab between two. Immutable.
 *
 * @param about  the version
 * @param pinned whether it is to stay
 * @param note   why; empty when it is not
 * @param stamp  when, and who
 */
record Word(Of about, boolean pinned, String note, Stamp stamp) {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final int FIELDS = 7;

    /** Checks what comes from outside. */
    Word {
        Check.argument(stamp.ms() >= 0 && stamp.counter() >= 0, "stamp %s is below 0", stamp);
        Check.argument(note.getBytes(StandardCharsets.UTF_8).length <= ImagePins.NOTE_BYTES_MAX, "note has more than %d bytes; make it shorter", ImagePins.NOTE_BYTES_MAX);
        Check.argument(note.chars().noneMatch(Character::isISOControl), "note has a control character; leave it out");
    }

    /**
     * A version.
     *
     * @param name   of the image
     * @param sha256 of its bytes, 64 hexadecimal digits
     */
    record Of(String name, String sha256) {
        Of {
            ImageName.check(name);
            Check.argument(SHA256.matcher(sha256).matches(), "version '%s' is no 64 hexadecimal digits", sha256);
        }
    }

    /** What both ends of a conflict agree on: the later word. */
    Word orLater(Word other) {
        return stamp.compareTo(other.stamp) >= 0 ? this : other;
    }

    String line() {
        return String.join("\t", String.valueOf(stamp.ms()), String.valueOf(stamp.counter()), stamp.node().value(), pinned ? "+" : "-", about.sha256, about.name, note);
    }

    /**
     * Reads a line.
     *
     * @throws IllegalArgumentException or a {@link org.dwcp.api.DwcpException} when it is none
     */
    static Word of(String line) {
        var fields = line.split("\t", -1);
        Check.argument(fields.length == FIELDS, "%d fields instead of %d", fields.length, FIELDS);
        Check.argument(fields[3].equals("+") || fields[3].equals("-"), "neither + nor -");
        return new Word(new Of(fields[5], fields[4]), fields[3].equals("+"), fields[6],
                new Stamp(Long.parseLong(fields[0]), Integer.parseInt(fields[1]), NodeId.of(fields[2])));
    }
}
