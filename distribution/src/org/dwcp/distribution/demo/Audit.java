// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares what senders say has arrived with what lies in the receivers' folders, byte by byte through SHA-256.
 *
 * @param files        files that should be there
 * @param bytes        bytes found
 * @param lostBytes    bytes of sources that are missing at the receiver
 * @param corruptFiles files that are there with other content
 */
record Audit(long files, long bytes, long lostBytes, long corruptFiles) {
    /**
     * Checks one sender's list.
     *
     * @param list    lines of peer, name, source, separated by tabs; a missing list is empty
     * @param inboxes folder of each receiver
     */
    static Audit of(Path list, Map<String, Path> inboxes) throws IOException {
        long files = 0;
        long bytes = 0;
        long lost = 0;
        long corrupt = 0;
        Map<Path, byte[]> hashes = new HashMap<>();
        for (String line : Files.exists(list) ? Files.readAllLines(list) : List.<String>of()) {
            String[] parts = line.split("\t");
            Path source = Path.of(parts[2]);
            Path received = inboxes.get(parts[0]).resolve(parts[1]);
            files++;
            long wanted = Files.size(source);
            long found = Files.exists(received) ? Files.size(received) : 0;
            bytes += found;
            lost += Math.max(0, wanted - found);
            if (found > 0 && !Arrays.equals(hashes.computeIfAbsent(source, Audit::sha256), sha256(received))) {
                corrupt++;
            }
        }
        return new Audit(files, bytes, lost, corrupt);
    }

    /** Where the files of one sender's list should be. */
    static List<Path> received(Path list, Map<String, Path> inboxes) throws IOException {
        return Files.readAllLines(list).stream().map(line -> line.split("\t")).map(parts -> inboxes.get(parts[0]).resolve(parts[1])).toList();
    }

    Audit plus(Audit other) {
        return new Audit(files + other.files, bytes + other.bytes, lostBytes + other.lostBytes, corruptFiles + other.corruptFiles);
    }

    private static byte[] sha256(Path file) {
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return ((DigestInputStream) in).getMessageDigest().digest();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
