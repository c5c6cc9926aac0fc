// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;

/** A client never uses a number twice, also not after a restart: each start takes a new stretch, and has that on the disk before it uses it. */
final class Numbers {
    private static final String FILE = "client";
    private static final long STRETCH = 1L << 40;

    private Numbers() {
    }

    /**
     * Takes a stretch of numbers.
     *
     * @param nowMs wall time: a member whose disk is new begins above what it used before, if its clock is right
     * @return the highest number that may have been used
     */
    static long reserve(Path folder, long nowMs) {
        var file = folder.resolve(FILE);
        try {
            long used = Files.exists(file) && Files.size(file) == Long.BYTES ? ByteBuffer.wrap(Files.readAllBytes(file)).getLong() : nowMs << 20;
            var fresh = folder.resolve(FILE + ".new");
            try (var channel = FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                channel.write(ByteBuffer.allocate(Long.BYTES).putLong(0, used + STRETCH));
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return used;
        } catch (IOException e) {
            throw new ConsensusException(Reason.STORAGE, "cannot keep the client's numbers in " + file + ": " + e.getMessage());
        }
    }
}
