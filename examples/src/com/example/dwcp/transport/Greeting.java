// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.transport;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.TransportException;

/**
 * What is said before the first frame. The opener sends magic and wire version (four bytes) and the protocol's name; the acceptor answers with one byte, 0
 * for yes, else the reason for no and a sentence. Texts have a length of two bytes in front. Every length is checked before it is believed.
 */
final class Greeting {
    /** {@code PLN} and version 1. */
    private static final int MAGIC = 0x504c4e01;
    private static final int NAME_BYTES_MAX = 64;
    private static final int REASON_BYTES_MAX = 1_024;
    private static final int YES = 0;
    private static final Kind[] REASONS = {null, Kind.RETRY, Kind.REJECTED, Kind.UNAVAILABLE, Kind.BROKEN};
    private static final Pattern PROTOCOL = Pattern.compile("[a-z0-9.-]{1,64}");

    private Greeting() {
    }

    static void checkName(String protocol) {
        if (!PROTOCOL.matcher(protocol).matches()) {
            throw new TransportException(Kind.REJECTED, "protocol name '" + protocol + "' is not 1 to 64 characters of a-z, 0-9, '.' and '-'");
        }
    }

    static void ask(DataOutputStream out, String protocol) throws IOException {
        out.writeInt(MAGIC);
        text(out, protocol, NAME_BYTES_MAX);
        out.flush();
    }

    /** Reads what the opener wants. */
    static String asked(DataInputStream in) throws IOException {
        if (in.readInt() != MAGIC) {
            throw new IOException("this is no greeting of version 1");
        }
        var protocol = text(in, NAME_BYTES_MAX);
        checkName(protocol);
        return protocol;
    }

    static void yes(DataOutputStream out) throws IOException {
        out.writeByte(YES);
        out.flush();
    }

    static void no(DataOutputStream out, TransportException reason) throws IOException {
        out.writeByte(reason.kind().ordinal() + 1);
        text(out, String.valueOf(reason.getMessage()), REASON_BYTES_MAX);
        out.flush();
    }

    /** Reads the answer; throws what the acceptor threw. */
    static void answered(DataInputStream in) throws IOException {
        var answer = in.readUnsignedByte();
        if (answer == YES) {
            return;
        }
        if (answer >= REASONS.length) {
            throw new IOException("unknown answer " + answer);
        }
        throw new TransportException(REASONS[answer], text(in, REASON_BYTES_MAX));
    }

    private static void text(DataOutputStream out, String text, int max) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        var length = Math.min(bytes.length, max);
        out.writeShort(length);
        out.write(bytes, 0, length);
    }

    private static String text(DataInputStream in, int max) throws IOException {
        var length = in.readUnsignedShort();
        if (length > max) {
            throw new IOException("text of " + length + " bytes exceeds " + max);
        }
        var bytes = new byte[length];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
