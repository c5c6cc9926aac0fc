// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts a half-written last record off a log that is to be opened. A power cut leaves one; as it was never synced it was never acknowledged. The library fills its segments with
 * zeros ahead, takes such a record for damage, and refuses the whole log. What has anything behind it is damage, and stays for the library to refuse.
 *
 * <p>A segment: {@code RaftLog1}, then records of length (varint), bytes and CRC-32C of both (4 bytes), then zeros.
 */
final class TornEnd {
    private static final Logger LOG = LoggerFactory.getLogger(TornEnd.class);
    private static final byte[] HEADER = "RaftLog1".getBytes(StandardCharsets.US_ASCII);
    private static final int CHECKSUM_BYTES = 4;
    private static final int VARINT_BYTES_MAX = 5;
    /** The library's own limit of a segment is 8 MiB here; larger files are not ours to judge. */
    private static final long SEGMENT_BYTES_MAX = 64 << 20;

    private TornEnd() {
    }

    /** Looks at the open segment in a group's folder. */
    static void mend(Path group) throws IOException {
        try (var files = Files.newDirectoryStream(group.resolve("current"), "log_inprogress_*")) {
            for (Path file : files) {
                if (Files.size(file) <= SEGMENT_BYTES_MAX) {
                    cut(file);
                }
            }
        }
    }

    private static void cut(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length < HEADER.length || !Arrays.equals(bytes, 0, HEADER.length, HEADER, 0, HEADER.length)) {
            return;
        }
        int at = HEADER.length;
        for (int next = end(bytes, at); next > 0 && isWhole(bytes, at, next); next = end(bytes, at)) {
            at = next;
        }
        int last = bytes.length;
        while (last > at && bytes[last - 1] == 0) {
            last--;
        }
        if (last == at || bytes[at] == 0) {
            return; // zeros to the end; or something behind zeros, which is damage
        }
        int ends = end(bytes, at);
        if (ends > 0 && ends < last) {
            return; // something is behind this record: it was written before that, and is damaged
        }
        LOG.warn("consensus.v1 file={} the last record, {} bytes at {}, is half written and was never acknowledged; it is cut off", file, last - at, at);
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            var zeros = ByteBuffer.allocate(last - at);
            for (long position = at; zeros.hasRemaining();) {
                position += channel.write(zeros, position);
            }
            channel.force(true);
        }
    }

    /** Where the record that begins there ends; 0 when that cannot be told. */
    private static int end(byte[] bytes, int at) {
        long length = 0;
        for (int count = 0; count < VARINT_BYTES_MAX && at + count < bytes.length; count++) {
            length |= (long) (bytes[at + count] & 0x7f) << 7 * count;
            if (bytes[at + count] >= 0) {
                long end = at + count + 1 + length + CHECKSUM_BYTES;
                return length > 0 && end <= bytes.length ? (int) end : 0;
            }
        }
        return 0;
    }

    private static boolean isWhole(byte[] bytes, int at, int end) {
        var crc = new CRC32C();
        crc.update(bytes, at, end - CHECKSUM_BYTES - at);
        return (int) crc.getValue() == ByteBuffer.wrap(bytes).getInt(end - CHECKSUM_BYTES);
    }
}
