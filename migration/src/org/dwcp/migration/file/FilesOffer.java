// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.flow.Wire;

/**
 * What an OFFER of files says: name at the receiver, sums, and the manifest with its hash. A small manifest travels in the offer itself, so that a
 * file costs no extra round trip. Layout, big-endian: version (1), name (2 + UTF-8), entries (4), files (4), bytes (8), manifest bytes (8),
 * SHA-256 of the manifest (32), then the manifest or nothing.
 */
public record FilesOffer(String name, int entries, int files, long bytes, long manifestBytes, byte[] manifestHash, byte[] inline) {
    public static final int HASH_BYTES = 32;
    static final int ENTRIES_MAX = 1_000_000;
    /** Source: 500 bytes for each of the most entries. */
    static final long MANIFEST_BYTES_MAX = 512L << 20;
    /** Larger manifests go as the first bytes of the flow. */
    static final int INLINE_MAX = 256 << 10;
    private static final byte VERSION = 1;
    private static final int FIXED = 1 + 2 + 4 + 4 + 8 + 8 + HASH_BYTES;

    public FilesOffer {
        require(entries >= 1 && entries <= ENTRIES_MAX, "%d files and folders are not 1 to " + ENTRIES_MAX + "; send it in parts", entries);
        require(files >= 0 && files <= entries, "count %d of files is out of range", files);
        require(manifestBytes >= 1 && manifestBytes <= MANIFEST_BYTES_MAX,
                "list of files takes %d bytes, more than " + MANIFEST_BYTES_MAX + "; send it in parts", manifestBytes);
        require(bytes >= 0 && bytes <= Long.MAX_VALUE / 2, "sum of %d bytes is out of range", bytes);
        require(manifestHash.length == HASH_BYTES, "hash of %d bytes is not a SHA-256", manifestHash.length);
        require(inline.length == 0 || inline.length == manifestBytes, "inline list of %d bytes is not whole", inline.length);
    }

    /** Bytes of the flow: manifest, contents, and a hash for each file. */
    public long total() {
        return manifestBytes + bytes + (long) files * HASH_BYTES;
    }

    public byte[] write() {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(FIXED + text.length + inline.length);
        out.put(VERSION).putShort((short) text.length).put(text).putInt(entries).putInt(files).putLong(bytes).putLong(manifestBytes);
        return out.put(manifestHash).put(inline).array();
    }

    public static FilesOffer read(byte[] meta) {
        ByteBuffer in = ByteBuffer.wrap(meta);
        require(in.remaining() >= FIXED, "offer of %d bytes is too short", in.remaining());
        byte version = in.get();
        require(version == VERSION, "version %d of an offer of files is unknown; this node speaks " + VERSION, version);
        int length = in.getShort() & 0xffff;
        require(length <= SafeName.PATH_BYTES_MAX && in.remaining() >= FIXED - 3 + length, "name of %d bytes is too long", length);
        byte[] text = new byte[length];
        in.get(text);
        int entries = in.getInt();
        int files = in.getInt();
        long bytes = in.getLong();
        long manifestBytes = in.getLong();
        byte[] hash = new byte[HASH_BYTES];
        in.get(hash);
        byte[] inline = new byte[in.remaining()];
        in.get(inline);
        require(inline.length <= Wire.META_MAX, "inline list of %d bytes is too long", inline.length);
        return new FilesOffer(SafeName.check(new String(text, StandardCharsets.UTF_8)), entries, files, bytes, manifestBytes, hash, inline);
    }

    private static void require(boolean holds, String message, long value) {
        if (!holds) {
            throw new TransferException(Kind.REJECTED, String.format(message, value));
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FilesOffer that && Arrays.equals(write(), that.write());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(manifestHash);
    }
}
