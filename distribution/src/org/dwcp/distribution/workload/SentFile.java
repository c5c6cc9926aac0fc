// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.workload;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One line of the list of files that the sender was told have arrived: peer, name at the receiver, source; separated by tabs.
 *
 * @param peer   receiver
 * @param name   path below the receiver's inbox
 * @param source the file that was sent
 */
record SentFile(String peer, String name, Path source) {
    /** Writes the line at the end of the list, which is created when missing. */
    synchronized void appendTo(Path list) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(list, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            writer.write(peer + "\t" + name + "\t" + source + "\n");
        }
    }
}
