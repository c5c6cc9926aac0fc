// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs as the library writes them; that it reads what is mended is shown by {@link RaftConsensusTest}. */
class TornEndTest {
    private static final int ZEROS = 500;

    @TempDir
    private Path group;
    private Path file;

    @BeforeEach
    void folder() throws IOException {
        file = Files.createDirectories(group.resolve("current")).resolve("log_inprogress_7");
    }

    private static byte[] record(int size, int fill) throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.write(size & 0x7f | (size > 0x7f ? 0x80 : 0));
        if (size > 0x7f) {
            bytes.write(size >> 7);
        }
        byte[] body = new byte[size];
        Arrays.fill(body, (byte) fill);
        bytes.write(body);
        var crc = new CRC32C();
        crc.update(bytes.toByteArray());
        new DataOutputStream(bytes).writeInt((int) crc.getValue());
        return bytes.toByteArray();
    }

    private byte[] segment(byte[]... parts) throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.write("RaftLog1".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        for (byte[] part : parts) {
            bytes.write(part);
        }
        bytes.write(new byte[ZEROS]);
        Files.write(file, bytes.toByteArray());
        return bytes.toByteArray();
    }

    private static byte[] part(byte[] record, int bytes) {
        return Arrays.copyOf(record, bytes);
    }

    @Test
    void cutsOffAHalfWrittenLastRecordWhateverIsMissingOfIt() throws IOException {
        byte[] torn = record(200, 3);
        for (int missing = 1; missing < torn.length; missing++) {
            byte[] whole = segment(record(20, 1), record(300, 2));
            segment(record(20, 1), record(300, 2), part(torn, torn.length - missing));

            TornEnd.mend(group);

            assertThat(Arrays.copyOf(Files.readAllBytes(file), whole.length)).as("%d bytes missing", missing).isEqualTo(whole);
        }
    }

    @Test
    void leavesAWholeLogAsItIs() throws IOException {
        for (byte[] whole : new byte[][] {segment(record(20, 1), record(300, 2)), segment()}) {
            Files.write(file, whole);

            TornEnd.mend(group);

            assertThat(file).hasBinaryContent(whole);
        }
    }

    @Test
    void leavesDamageBeforeTheLastRecordToBeRefused() throws IOException {
        byte[] damaged = segment(record(20, 1), record(300, 2), record(20, 3));
        damaged[60] ^= 1;
        Files.write(file, damaged);

        TornEnd.mend(group);

        assertThat(file).hasBinaryContent(damaged);
    }

    @Test
    void leavesWhatStandsBehindZeros() throws IOException {
        byte[] odd = segment(record(20, 1));
        odd[odd.length - 5] = 9;
        Files.write(file, odd);

        TornEnd.mend(group);

        assertThat(file).hasBinaryContent(odd);
    }

    @Test
    void leavesAlmostAnythingThatIsNoSegment() throws IOException {
        for (byte[] other : new byte[][] {{}, {1, 2, 3}, "RaftLog2 and more".getBytes(java.nio.charset.StandardCharsets.US_ASCII)}) {
            Files.write(file, other);

            TornEnd.mend(group);

            assertThat(file).hasBinaryContent(other);
        }
    }
}
