// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;

/**
 * What the begin of a qcow2 file says, as far as reading its disk needs it. Source: docs/interop/qcow2.txt of QEMU. Numbers are big-endian.
 *
 * @param version     2 or 3
 * @param clusterBits a cluster has two to this power of bytes, 9 to 21
 * @param bytes       of the disk
 * @param l1Entries   of the first table that this disk needs
 * @param l1Offset    where the first table lies
 * @param zstd        true when compressed clusters are zstd frames, false when they are deflated
 */
record Qcow2Header(int version, int clusterBits, long bytes, int l1Entries, long l1Offset, boolean zstd) {
    static final int MAGIC = 0x514649fb;
    /** Source: the format; a file of version 2 ends its header here. */
    static final int BYTES_V2 = 72;
    static final int BYTES_V3 = 104;
    static final int CLUSTER_BITS_MIN = 9;
    static final int CLUSTER_BITS_MAX = 21;
    /** Most bytes of the first table. Source: what QEMU takes. */
    static final int L1_BYTES_MAX = 32 << 20;
    private static final int CORRUPT = 1 << 1;
    private static final int EXTERNAL = 1 << 2;
    private static final int COMPRESSION = 1 << 3;
    private static final int EXTENDED = 1 << 4;
    /** Dirty (only the counts of references may be wrong, which reading does not need) and the kind of compression. */
    private static final long READABLE = 1 | COMPRESSION;

    /**
     * Reads and checks it.
     *
     * @throws TransferException of kind REJECTED when the file is none, is damaged, or has what is not read here
     */
    static Qcow2Header read(ImageSource file, String name, long bytesMax) throws IOException {
        require(file.bytes() >= BYTES_V2, name, "is no qcow2 image: it has " + file.bytes() + " bytes, a header has " + BYTES_V2);
        ByteBuffer in = ByteBuffer.allocate((int) Math.min(file.bytes(), BYTES_V3 + 8));
        file.read(0, in);
        require(in.getInt(0) == MAGIC, name, "is no qcow2 image: it begins otherwise");
        int version = in.getInt(4);
        require(version == 2 || version == 3, name, "is qcow2 of version " + version + ", not 2 or 3; convert it with qemu-img convert -O qcow2");
        require(in.getLong(8) == 0, name, "has a backing file; make one file of both with qemu-img convert -O qcow2, and push that");
        require(in.getInt(32) == 0, name, "is encrypted; decrypt it with qemu-img convert, or push its bytes as they are with --format raw");
        int clusterBits = in.getInt(20);
        require(clusterBits >= CLUSTER_BITS_MIN && clusterBits <= CLUSTER_BITS_MAX, name, "is damaged: clusters of 2^" + clusterBits + " bytes");
        boolean zstd = version == 3 && features(in, name, file.bytes(), clusterBits);
        long bytes = in.getLong(24);
        require(bytes >= 0 && bytes <= bytesMax, name, "has a disk of " + Long.toUnsignedString(bytes) + " bytes, more than the " + bytesMax + " of a version");
        long covered = 1L << 2 * clusterBits - 3; // by one entry of the first table
        long needed = (bytes + covered - 1) / covered;
        long entries = in.getInt(36) & 0xffffffffL;
        long offset = in.getLong(40);
        require(needed <= L1_BYTES_MAX / Long.BYTES, name, "has a first table of " + needed + " entries, more than " + L1_BYTES_MAX / Long.BYTES);
        require(needed <= entries, name, "is damaged: a first table of " + entries + " entries for " + needed);
        require((offset & (1L << clusterBits) - 1) == 0 && offset >= 0 && offset <= file.bytes() - needed * Long.BYTES, name,
                "is damaged or cut off: first table at " + offset + " of " + file.bytes() + " bytes");
        return new Qcow2Header(version, clusterBits, bytes, (int) needed, offset, zstd);
    }

    /** What version 3 adds; true when clusters are compressed with zstd. */
    private static boolean features(ByteBuffer in, String name, long fileBytes, int clusterBits) {
        require(in.limit() >= BYTES_V3, name, "is damaged: it has " + fileBytes + " bytes, a header of version 3 has " + BYTES_V3);
        long features = in.getLong(72);
        require((features & CORRUPT) == 0, name, "is marked as corrupt; repair it with qemu-img check -r all");
        require((features & EXTERNAL) == 0, name, "keeps its data in another file; convert it with qemu-img convert -O qcow2");
        require((features & EXTENDED) == 0, name, "has subclusters; convert it with qemu-img convert -O qcow2 -o extended_l2=off");
        require((features & ~READABLE) == 0, name, "needs features 0x" + Long.toHexString(features & ~READABLE)
                + " that are not known here; convert it with qemu-img convert -O qcow2");
        long header = in.getInt(100) & 0xffffffffL;
        require(header >= BYTES_V3 && header <= 1L << clusterBits && header % 8 == 0 && header <= fileBytes, name,
                "is damaged: a header of " + header + " bytes");
        int compression = header > BYTES_V3 ? in.get(BYTES_V3) & 0xff : 0;
        require(compression <= 1 && compression == 1 == ((features & COMPRESSION) != 0), name, "compresses in kind " + compression
                + ", which is not known here; convert it with qemu-img convert -O qcow2");
        return compression == 1;
    }

    static void require(boolean holds, String name, String what) {
        if (!holds) {
            throw new TransferException(Kind.REJECTED, name + " " + what);
        }
    }
}
