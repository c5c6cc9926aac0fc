// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

import org.dwcp.migration.chunk.Recipe;

/**
 * The disk in a qcow2 file of version 2 or 3: its current state, not its snapshots. A disk's clusters are found by a table of tables. Clusters that have no
 * place in the file, and those marked as zero, are holes. Every place is checked against the file before it is read; tables may lead to the same
 * cluster again, which costs time and nothing else. Memory: the first table (32 MiB at most), one of the second, two clusters (2 MiB each at most).
 */
final class Qcow2Source implements ImageSource {
    private static final long OFFSET = 0x00fffffffffffe00L; // bits 9 to 55
    private static final long COPIED = 1L << 63;
    private static final long COMPRESSED = 1L << 62;
    private static final long ZERO = 1;
    private static final int SECTOR = 512;
    private static final int ENTRY_BITS = 3;

    private final ImageSource file;
    private final String name;
    private final Qcow2Header header;
    private final int bits;
    private final long clusters;
    private final ByteBuffer first;
    private final ByteBuffer second;
    private final Inflated inflated;
    private long secondAt;
    private long inflatedEntry;

    /** Takes over the file, unless it fails. */
    Qcow2Source(ImageSource file, String name) throws IOException {
        this.file = file;
        this.name = name;
        header = Qcow2Header.read(file, name, Recipe.BYTES_MAX);
        bits = header.clusterBits();
        clusters = (header.bytes() >>> bits) + ((header.bytes() & (1L << bits) - 1) == 0 ? 0 : 1);
        first = ByteBuffer.allocate(header.l1Entries() * Long.BYTES);
        file.read(header.l1Offset(), first);
        second = ByteBuffer.allocate(1 << bits);
        inflated = new Inflated(1 << bits, header.zstd(), name);
    }

    @Override
    public long bytes() {
        return header.bytes();
    }

    /** What the tables say of a cluster; 0 when it has no place. */
    private long entry(long cluster) throws IOException {
        long table = first.getLong((int) (cluster >>> bits - ENTRY_BITS) * Long.BYTES);
        if (table == 0) {
            return 0;
        }
        long at = table & OFFSET;
        Qcow2Header.require((table & ~(OFFSET | COPIED)) == 0 && at > 0 && (at & (1L << bits) - 1) == 0 && at <= file.bytes() - (1L << bits), name,
                "is damaged or cut off: second table at 0x" + Long.toHexString(table) + " of " + file.bytes() + " bytes");
        if (at != secondAt) {
            secondAt = 0;
            file.read(at, second.clear());
            secondAt = at;
        }
        long entry = second.getLong((int) (cluster & (1L << bits - ENTRY_BITS) - 1) * Long.BYTES);
        if ((entry & COMPRESSED) == 0) {
            long place = entry & OFFSET;
            Qcow2Header.require((entry & ~(OFFSET | COPIED | ZERO)) == 0 && ((entry & ZERO) == 0 || header.version() > 2)
                    && (place & (1L << bits) - 1) == 0 && (place == 0 || place < file.bytes()), name,
                    "is damaged or cut off: cluster " + cluster + " at 0x" + Long.toHexString(entry) + " of " + file.bytes() + " bytes");
            return (entry & ZERO) != 0 || place == 0 ? 0 : place;
        }
        return entry;
    }

    /** True when the whole table that a cluster is in is missing. */
    private boolean hasNoTable(long cluster) {
        return first.getLong((int) (cluster >>> bits - ENTRY_BITS) * Long.BYTES) == 0;
    }

    @Override
    public Extent data(long from) throws IOException {
        long perTable = 1L << bits - ENTRY_BITS;
        long cluster = from >>> bits;
        while (cluster < clusters && entry(cluster) == 0) {
            cluster = hasNoTable(cluster) ? (cluster / perTable + 1) * perTable : cluster + 1;
        }
        if (cluster >= clusters) {
            return new Extent(bytes(), bytes());
        }
        long start = Math.max(from, cluster << bits);
        long tableEnd = Math.min(clusters, (cluster / perTable + 1) * perTable); // one extent costs one table
        do {
            cluster++;
        } while (cluster < tableEnd && entry(cluster) != 0);
        return new Extent(start, Math.min(bytes(), cluster << bits));
    }

    @Override
    public void read(long at, ByteBuffer target) throws IOException {
        if (at > bytes() - target.remaining()) {
            throw new IOException(name + " has a disk of " + bytes() + " bytes, which ends before " + at + " + " + target.remaining());
        }
        int end = target.limit();
        for (long next = at; target.position() < end;) {
            int in = (int) (next & (1L << bits) - 1);
            int length = Math.min(end - target.position(), (1 << bits) - in);
            target.limit(target.position() + length);
            part(entry(next >>> bits), in, target);
            target.limit(end);
            next += length;
        }
    }

    private void part(long entry, int in, ByteBuffer target) throws IOException {
        if (entry == 0) {
            zeros(target);
        } else if ((entry & COMPRESSED) == 0) {
            int limit = target.limit(); // a file may end within its last cluster; what is missing there is zero
            long there = Math.clamp(file.bytes() - entry - in, 0, target.remaining());
            file.read(entry + in, target.limit(target.position() + (int) there));
            zeros(target.limit(limit));
        } else {
            target.put(inflated(entry).slice(in, target.remaining()));
        }
    }

    private static void zeros(ByteBuffer target) {
        while (target.remaining() >= Long.BYTES) {
            target.putLong(0);
        }
        while (target.hasRemaining()) {
            target.put((byte) 0);
        }
    }

    private ByteBuffer inflated(long entry) throws IOException {
        if (entry != inflatedEntry) {
            inflatedEntry = 0;
            int placeBits = 62 - (bits - 8);
            long place = entry & (1L << placeBits) - 1;
            int sectors = (int) (entry >>> placeBits) & (1 << bits - 8) - 1;
            Qcow2Header.require(place > 0 && place < file.bytes(), name, "is damaged or cut off: compressed cluster at " + place + " of " + file.bytes()
                    + " bytes");
            int length = (int) Math.min((sectors + 1L) * SECTOR - (place & SECTOR - 1), file.bytes() - place);
            file.read(place, inflated.packed(length));
            inflated.inflate();
            inflatedEntry = entry;
        }
        return inflated.cluster();
    }

    @Override
    public Stamp stamp() throws IOException {
        return file.stamp();
    }

    @Override
    public void close() throws IOException {
        inflated.close();
        file.close();
    }
}
