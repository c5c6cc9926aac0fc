// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;

/** Names that come from elsewhere, checked before they become paths. No state. */
public final class SafeName {
    /** Folder of unfinished transfers, beside what they will become; never part of a name. */
    public static final String PART_FOLDER = ".dwcp-part";
    /** Most bytes of a path. Source: Linux PATH_MAX. */
    static final int PATH_BYTES_MAX = 4_096;
    /** Most bytes of one component. Source: Linux NAME_MAX. */
    static final int COMPONENT_BYTES_MAX = 255;
    /** Most components. Source: chosen; bounds recursion. */
    static final int DEPTH_MAX = 128;

    private SafeName() {
    }

    /**
     * Checks a relative path with {@code /}.
     *
     * @return the same name
     * @throws TransferException of kind REJECTED that says what is wrong with it
     */
    public static String check(String name) {
        require(!name.isEmpty(), name, "is empty");
        require(name.getBytes(StandardCharsets.UTF_8).length <= PATH_BYTES_MAX, name, "is longer than " + PATH_BYTES_MAX + " bytes");
        String[] components = name.split("/", -1);
        require(components.length <= DEPTH_MAX, name, "is deeper than " + DEPTH_MAX + " folders");
        for (String component : components) {
            require(!component.isEmpty(), name, "begins or ends with '/' or has it twice");
            require(!component.equals(".") && !component.equals(".."), name, "has a component '" + component + "'");
            require(component.getBytes(StandardCharsets.UTF_8).length <= COMPONENT_BYTES_MAX, name,
                    "has a component longer than " + COMPONENT_BYTES_MAX + " bytes");
            require(component.chars().noneMatch(c -> c < 0x20 || c == 0x7f || c == File.separatorChar && c != '/'), name, "has a forbidden character");
        }
        require(!components[0].equals(PART_FOLDER), name, "begins with the folder of unfinished transfers");
        return name;
    }

    /**
     * Finds a checked name below a folder without leaving it through a symbolic link.
     *
     * @throws TransferException of kind REJECTED when a component is a symbolic link
     */
    public static Path below(Path folder, String name) {
        Path path = folder;
        for (String component : check(name).split("/")) {
            path = path.resolve(component);
            require(!Files.isSymbolicLink(path), name, "leads through the symbolic link '" + component + "'");
        }
        return path;
    }

    static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    private static void require(boolean holds, String name, String what) {
        if (!holds) {
            String shown = name.length() > 200 ? name.substring(0, 200) + "…" : name;
            throw new TransferException(Kind.REJECTED, "name '" + shown.replaceAll("\\p{Cntrl}", "?") + "' " + what + "; use another name");
        }
    }
}
