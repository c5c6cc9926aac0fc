// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Name of a chunk or of a version: the SHA-256 of its bytes. */
public record ChunkId(long a, long b, long c, long d) {
    /** Bytes of an id. */
    public static final int BYTES = 32;
    /** Stands for "no version". */
    public static final ChunkId NONE = new ChunkId(0, 0, 0, 0);

    /** Reads 32 bytes. */
    public static ChunkId read(ByteBuffer in) {
        return new ChunkId(in.getLong(), in.getLong(), in.getLong(), in.getLong());
    }

    /** Ends a digest; it may be used again. */
    public static ChunkId of(MessageDigest digest) {
        return read(ByteBuffer.wrap(digest.digest()));
    }

    /** Writes 32 bytes. */
    public void write(ByteBuffer out) {
        out.putLong(a).putLong(b).putLong(c).putLong(d);
    }

    /** A fresh SHA-256. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Reads 64 hexadecimal digits. */
    public static ChunkId parse(String hex) {
        return read(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    }

    /** 64 hexadecimal digits. */
    public String hex() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        write(bytes);
        return HexFormat.of().formatHex(bytes.array());
    }

    @Override
    public String toString() {
        return hex().substring(0, 12);
    }
}
