// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v0;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EntryMachine;

/** The state after an index, in a file that is whole or not there: written beside, made durable, then renamed. */
record SnapshotFile(long index, byte[] state) {
    private static final String NAME = "snapshot";
    private static final int MAGIC = 0x4457_5331; // DWS1
    private static final int HEADER_BYTES = 4 + 4 + 8;

    static SnapshotFile read(Path folder) throws IOException {
        var file = folder.resolve(NAME);
        Files.deleteIfExists(folder.resolve(NAME + ".part"));
        if (!Files.exists(file)) {
            return null;
        }
        if (Files.size(file) > HEADER_BYTES + (long) EntryMachine.SNAPSHOT_BYTES_MAX) {
            throw new ConsensusException(Reason.STORAGE, "snapshot of " + Files.size(file) + " bytes exceeds " + EntryMachine.SNAPSHOT_BYTES_MAX);
        }
        var bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        if (bytes.limit() < HEADER_BYTES || bytes.getInt(0) != MAGIC || crc(bytes) != bytes.getInt(4)) {
            throw new ConsensusException(Reason.STORAGE, "snapshot of " + bytes.limit() + " bytes is damaged; restore the folder from a copy");
        }
        byte[] state = new byte[bytes.limit() - HEADER_BYTES];
        bytes.get(HEADER_BYTES, state);
        return new SnapshotFile(bytes.getLong(8), state);
    }

    void write(Path folder) throws IOException {
        if (state.length > EntryMachine.SNAPSHOT_BYTES_MAX) {
            throw new ConsensusException(Reason.TOO_LARGE, "state of " + state.length + " bytes exceeds " + EntryMachine.SNAPSHOT_BYTES_MAX);
        }
        var bytes = ByteBuffer.allocate(HEADER_BYTES + state.length).putInt(MAGIC).putInt(0).putLong(index).put(state).flip();
        bytes.putInt(4, crc(bytes));
        var part = folder.resolve(NAME + ".part");
        try (var channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(part, folder.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
        syncFolder(folder);
    }

    /** Makes names in a folder durable. */
    static void syncFolder(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static int crc(ByteBuffer file) {
        var crc = new CRC32C();
        crc.update(file.duplicate().position(8));
        return (int) crc.getValue();
    }
}
