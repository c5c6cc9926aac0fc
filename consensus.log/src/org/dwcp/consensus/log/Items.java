// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.Member;

/** Reads and writes what travels and what is kept: big-endian, every length with a limit that is checked before it is believed. */
final class Items {
    private Items() {
    }

    /** Writes one thing. */
    interface Writer {
        void to(DataOutputStream out) throws IOException;
    }

    /** Reads one thing. */
    interface Reader<T> {
        T from(DataInputStream in) throws IOException;
    }

    static byte[] bytes(Writer writer) {
        var bytes = new ByteArrayOutputStream(256);
        try {
            writer.to(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return bytes.toByteArray();
    }

    /** Reads all of some bytes. What does not fit is refused, also when something is left over. */
    static <T> T read(String what, byte[] bytes, Reader<T> reader) {
        try {
            var in = new DataInputStream(new ByteArrayInputStream(bytes));
            T read = reader.from(in);
            if (in.available() > 0) {
                throw new IOException(in.available() + " bytes too many");
            }
            return read;
        } catch (IOException | IllegalArgumentException e) {
            throw new ConsensusException(Reason.STATE_MACHINE, what + " of " + bytes.length + " bytes cannot be read: " + e.getMessage());
        }
    }

    static void writeBlock(DataOutputStream out, byte[] block) throws IOException {
        out.writeInt(block.length);
        out.write(block);
    }

    static byte[] readBlock(DataInputStream in, int max) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > max || length > in.available()) {
            throw new IOException("length " + length + " exceeds " + Math.min(max, in.available()));
        }
        return in.readNBytes(length);
    }

    static void writeText(DataOutputStream out, String text) throws IOException {
        writeBlock(out, text.getBytes(StandardCharsets.UTF_8));
    }

    static String readText(DataInputStream in, int max) throws IOException {
        return new String(readBlock(in, max), StandardCharsets.UTF_8);
    }

    static int readCount(DataInputStream in, int max) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > max) {
            throw new IOException("count " + count + " exceeds " + max);
        }
        return count;
    }

    static void writeMembers(DataOutputStream out, List<Member> members) throws IOException {
        out.writeInt(members.size());
        for (Member member : members) {
            writeText(out, member.node().value());
            writeText(out, member.signatureKey());
            writeText(out, member.agreementKey());
        }
    }

    static List<Member> readMembers(DataInputStream in) throws IOException {
        int count = readCount(in, Member.MEMBERS_MAX);
        var members = new ArrayList<Member>(count);
        for (int i = 0; i < count; i++) {
            members.add(new Member(NodeId.of(readText(in, 63)), readText(in, 64), readText(in, 64)));
        }
        return members;
    }

    static void writeDigest(DataOutputStream out, Digest digest) throws IOException {
        out.write(digest.bytes());
    }

    static Digest readDigest(DataInputStream in) throws IOException {
        byte[] bytes = new byte[Digest.BYTES];
        in.readFully(bytes);
        return Digest.read(bytes);
    }
}
