// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.flow.Texts;

/**
 * Description of a guest: {@code etc/vms/NAME.vm}, the command line of its QEMU. Words are separated by blanks and line ends; what stands in double quotes is one
 * word; a line that begins with # says nothing. One word after {@code -qmp} is {@code unix:PATH} with options: there the node talks to QEMU. Immutable.
 *
 * @param name  of the guest
 * @param words the program and its arguments
 * @param qmp   the socket
 */
public record GuestFile(String name, List<String> words, Path qmp) {
    static final String ENDING = ".vm";
    /** Most guests. Source: chosen; each listing asks every one. */
    static final int GUESTS_MAX = 200;
    private static final int BYTES_MAX = 64 << 10;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|([^\\s\"]+)");

    /** Reads the description of a guest. */
    static GuestFile read(Path folder, String name) {
        checked(name);
        Path file = folder.resolve(name + ENDING);
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw new TransferException(Kind.REJECTED, file + " has more than " + BYTES_MAX + " bytes");
            }
            return parse(name, Files.readAllLines(file), file);
        } catch (NoSuchFileException _) {
            throw new TransferException(Kind.REJECTED, "no guest '" + name + "' is described at this node: there is no " + file + "; there is " + names(folder));
        } catch (IOException e) {
            throw new TransferException(Kind.REJECTED, "the description of guest '" + name + "' cannot be read: " + Texts.of(e));
        }
    }

    static String checked(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new TransferException(Kind.REJECTED, "'" + name + "' is no name of a guest: it has 1 to 63 letters, digits, dots, dashes and underscores");
        }
        return name;
    }

    private static GuestFile parse(String name, List<String> lines, Path file) {
        List<String> words = new ArrayList<>();
        for (String line : lines) {
            if (!line.strip().startsWith("#")) {
                WORD.matcher(line).results().forEach(found -> words.add(found.group(1) != null ? found.group(1) : found.group(2)));
            }
        }
        int option = words.indexOf("-qmp");
        String where = option > 0 && option + 1 < words.size() ? words.get(option + 1) : "";
        if (!where.startsWith("unix:/")) {
            throw new TransferException(Kind.REJECTED, file + " has no -qmp unix:/PATH,server=on,wait=off; the node talks to QEMU over that");
        }
        if (words.contains("-incoming")) {
            throw new TransferException(Kind.REJECTED, file + " has -incoming; the node adds that when a guest arrives");
        }
        return new GuestFile(name, List.copyOf(words), Path.of(where.substring("unix:".length()).split(",", 2)[0]));
    }

    /** Names of the guests that are described. */
    static List<String> names(Path folder) {
        TreeSet<String> names = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + ENDING)) {
            for (Path file : files) {
                String text = file.getFileName().toString();
                String name = text.substring(0, text.length() - ENDING.length());
                if (NAME.matcher(name).matches() && names.size() < GUESTS_MAX) {
                    names.add(name);
                }
            }
        } catch (NoSuchFileException _) {
            return List.of();
        } catch (IOException e) {
            throw new TransferException(Kind.UNAVAILABLE, "the guests' descriptions cannot be listed: " + Texts.of(e));
        }
        return List.copyOf(names);
    }
}
