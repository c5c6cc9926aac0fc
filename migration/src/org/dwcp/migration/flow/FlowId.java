// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Name of a flow on the wire and on disk: 128 bits of a SHA-256 over what is sent and where it goes. The same send of the same unchanged source
 * has the same id, which is what makes it resume.
 */
public record FlowId(long high, long low) {
    /** Stands for "not known yet" on the wire. */
    public static final FlowId NONE = new FlowId(0, 0);

    /** Takes the first 16 bytes of a digest. */
    public static FlowId of(byte[] digest) {
        ByteBuffer bytes = ByteBuffer.wrap(digest);
        return new FlowId(bytes.getLong(), bytes.getLong());
    }

    /** 32 hexadecimal digits. */
    public String hex() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(high) + hex.toHexDigits(low);
    }

    /** The JDK's SHA-256, which every Java platform has. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }
}
