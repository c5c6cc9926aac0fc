// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

import org.dwcp.api.Check;

/**
 * A SHA-256 (FIPS 180-4). Immutable; equal when all 32 bytes are.
 * {@snippet :
 * Digest digest = Digest.of("state".getBytes());
 * String text = digest.hex(); // 64 digits
 * }
 *
 * @param hex 64 digits {@code 0-9 a-f}
 */
public record Digest(String hex) {
    /** Bytes of a digest. */
    public static final int BYTES = 32;
    /** Stands for nothing: 32 zero bytes. */
    public static final Digest ZERO = new Digest("0".repeat(2 * BYTES));

    /**
     * Checks the text.
     *
     * @throws org.dwcp.api.DwcpException of kind REJECTED for anything but 64 lower-case hexadecimal digits
     */
    public Digest {
        Check.argument(hex != null && hex.matches("[0-9a-f]{64}"), "digest '%s' is not 64 digits of 0-9 and a-f", hex);
    }

    /**
     * Computes the digest of some parts, one after the other.
     *
     * @param parts what to digest
     * @return the digest
     */
    public static Digest of(byte[]... parts) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                sha.update(part);
            }
            return new Digest(HexFormat.of().formatHex(sha.digest()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }

    /**
     * Reads a digest from its bytes.
     *
     * @param bytes 32 bytes
     * @return the digest
     * @throws org.dwcp.api.DwcpException of kind REJECTED for another number of bytes
     */
    public static Digest read(byte[] bytes) {
        return new Digest(HexFormat.of().formatHex(bytes));
    }

    /**
     * Gives the bytes.
     *
     * @return 32 bytes, a copy
     */
    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    /**
     * Gives the beginning, for people.
     *
     * @return 12 digits
     */
    public String brief() {
        return hex.substring(0, 12);
    }
}
