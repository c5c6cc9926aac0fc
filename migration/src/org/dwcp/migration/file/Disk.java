// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** The two things about a disk that go wrong in practice: its space and its writes. Tests have their own. */
public interface Disk {
    /** The real one. */
    Disk REAL = new Disk() {
    };

    /** Bytes that this process may still write in a folder. */
    default long usableBytes(Path folder) throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }

    /** Writes all remaining bytes. */
    default void write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += file.write(bytes, at);
        }
    }
}
