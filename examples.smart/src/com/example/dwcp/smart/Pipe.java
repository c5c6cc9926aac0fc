// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.smart;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Frames between provider and replica process: kind (1), number (8), length (4), bytes. Writing is thread-safe; one thread reads.
 */
final class Pipe {
    /** Provider to process: order this and answer {@link #DONE}. */
    static final int ORDER = 1;
    /** Process to provider: the answer to {@link #ORDER}; without bytes none came. */
    static final int DONE = 2;
    /** Process to provider: execute this; answered with {@link #ANSWER}. The kinds below too. */
    static final int EXECUTE = 3;
    static final int SNAPSHOT = 4;
    static final int INSTALL = 5;
    /** Provider to process. */
    static final int ANSWER = 6;
    /** Process to provider, each second: leader (4), regency (4). */
    static final int STATUS = 7;
    /** Larger than any snapshot that the slot allows. */
    private static final int BYTES_MAX = (256 << 20) + 64;

    record Frame(int kind, long number, byte[] bytes) {
    }

    private final DataInputStream in;
    private final DataOutputStream out;

    Pipe(InputStream in, OutputStream out) {
        this.in = new DataInputStream(in);
        this.out = new DataOutputStream(new BufferedOutputStream(out));
    }

    void write(int kind, long number, byte[] bytes) throws IOException {
        synchronized (out) {
            out.writeByte(kind);
            out.writeLong(number);
            out.writeInt(bytes.length);
            out.write(bytes);
            out.flush();
        }
    }

    Frame read() throws IOException {
        int kind = in.readByte();
        long number = in.readLong();
        int length = in.readInt();
        if (length < 0 || length > BYTES_MAX) {
            throw new IOException("a frame of " + length + " bytes exceeds " + BYTES_MAX);
        }
        var bytes = new byte[length];
        in.readFully(bytes);
        return new Frame(kind, number, bytes);
    }
}
