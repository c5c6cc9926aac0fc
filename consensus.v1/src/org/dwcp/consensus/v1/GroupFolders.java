// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

import org.apache.ratis.protocol.RaftGroupId;

/**
 * Where groups' files are. Ratis wants all groups in its own folder and recovers what it finds there, so a group's files are moved in from the replica's folder at opening and
 * back at closing; what a crash left inside is parked at the next start.
 */
final class GroupFolders {
    private final Path inside;
    private final Path parked;

    /** @param folder the provider's */
    GroupFolders(Path folder) {
        inside = folder.resolve("groups");
        parked = folder.resolve("parked");
    }

    /** The library's folder. */
    Path inside() {
        return inside;
    }

    /** What a crash left; a group comes back when its replica is opened. */
    void park() throws IOException {
        Files.createDirectories(inside);
        Files.createDirectories(parked);
        try (var files = Files.newDirectoryStream(inside)) {
            for (Path file : files) {
                Files.move(file, parked.resolve(file.getFileName()));
            }
        }
    }

    /** Moves a group's files in. Returns false when it has none. */
    boolean moveIn(RaftGroupId id, Path folder) throws IOException {
        var name = id.getUuid().toString();
        for (Path from : List.of(parked.resolve(name), home(id, folder))) {
            if (Files.exists(from.resolve("current"))) {
                TornEnd.mend(from);
                Files.move(from, inside.resolve(name), StandardCopyOption.ATOMIC_MOVE);
                return true;
            }
        }
        return false;
    }

    /** Moves a group's files out again. */
    void moveOut(RaftGroupId id, Path folder) throws IOException {
        var from = inside.resolve(id.getUuid().toString());
        if (Files.exists(from)) {
            Files.move(from, home(id, folder), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** A folder may hold what was prepared for an epoch that began otherwise, beside what it is now. */
    private static Path home(RaftGroupId id, Path folder) {
        return folder.resolve("raft-" + id.getUuid());
    }
}
