// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

import org.dwcp.migration.chunk.StoreDisk;

/**
 * A qcow2 file of version 3, with clusters of 64 KiB, none compressed. Clusters that hold data follow one another behind the header in the order of the
 * disk; the tables come last. Source: docs/interop/qcow2.txt of QEMU.
 */
final class Qcow2Target extends FileTarget {
    private static final int BITS = 16;
    private static final int CLUSTER = 1 << BITS;
    private static final int PER_TABLE = CLUSTER / Long.BYTES;
    private static final int PER_COUNTS = CLUSTER / Short.BYTES;
    private static final long COPIED = 1L << 63;
    /** References are counted in numbers of two to this power of bits. */
    private static final int COUNT_BITS = 4;

    private long bytes;
    /** Which clusters of the disk have data, ascending; the first lies in cluster 1 of the file. */
    private long[] placed;
    private int count;

    Qcow2Target(StoreDisk disk, Path target) {
        super(disk, target);
    }

    @Override
    public void begin(long wanted, long dataBytes) throws IOException {
        super.begin(wanted, dataBytes);
        bytes = wanted;
        placed = new long[1024];
        count = 0;
    }

    @Override
    protected void size(long wanted) {
        // grows with what is written
    }

    @Override
    public void write(long at, ByteBuffer data) throws IOException {
        int end = data.limit();
        for (long next = at; data.position() < end;) {
            int in = (int) (next & CLUSTER - 1);
            data.limit(Math.min(end, data.position() + CLUSTER - in));
            next += data.remaining();
            super.write(place(next - 1 >>> BITS) * CLUSTER + in, data);
            data.limit(end);
        }
    }

    private long place(long cluster) {
        if (count == 0 || placed[count - 1] != cluster) {
            if (count == placed.length) {
                placed = Arrays.copyOf(placed, 2 * count);
            }
            placed[count++] = cluster;
        }
        return count; // the header is 0
    }

    @Override
    public void finish() throws IOException {
        long at = 1 + count;
        long needed = (bytes + (long) PER_TABLE * CLUSTER - 1) / ((long) PER_TABLE * CLUSTER);
        ByteBuffer first = ByteBuffer.allocate((int) Math.max(1, (needed + PER_TABLE - 1) / PER_TABLE) * CLUSTER);
        ByteBuffer second = ByteBuffer.allocate(CLUSTER);
        for (int i = 0; i < count;) {
            long table = placed[i] / PER_TABLE;
            Arrays.fill(second.clear().array(), (byte) 0);
            for (; i < count && placed[i] / PER_TABLE == table; i++) {
                second.putLong((int) (placed[i] % PER_TABLE) * Long.BYTES, (1L + i) * CLUSTER | COPIED);
            }
            first.putLong((int) table * Long.BYTES, at * CLUSTER | COPIED);
            super.write(at++ * CLUSTER, second);
        }
        long firstAt = at;
        at += first.capacity() / CLUSTER;
        super.write(firstAt * CLUSTER, first);
        long blocks = 1;
        long tables = 1;
        for (long before = 0; before != blocks + tables;) { // they count themselves
            before = blocks + tables;
            blocks = (at + before + PER_COUNTS - 1) / PER_COUNTS;
            tables = (blocks + PER_TABLE - 1) / PER_TABLE;
        }
        counts(at, blocks, tables);
        super.write(0, header(firstAt, (int) needed, at, (int) tables));
        super.finish();
    }

    /** The table of counts of references, then its blocks: each cluster of the file has one. */
    private void counts(long at, long blocks, long tables) throws IOException {
        ByteBuffer table = ByteBuffer.allocate((int) tables * CLUSTER);
        long used = at + tables + blocks;
        ByteBuffer block = ByteBuffer.allocate(CLUSTER);
        for (long i = 0; i < blocks; i++) {
            long place = at + tables + i;
            table.putLong((int) i * Long.BYTES, place * CLUSTER);
            block.clear();
            for (long cluster = i * PER_COUNTS; cluster < (i + 1) * PER_COUNTS; cluster++) {
                block.putShort((short) (cluster < used ? 1 : 0));
            }
            super.write(place * CLUSTER, block.flip());
        }
        super.write(at * CLUSTER, table);
    }

    private ByteBuffer header(long firstAt, int firstEntries, long countsAt, int countsClusters) {
        ByteBuffer out = ByteBuffer.allocate(CLUSTER);
        out.putInt(Qcow2Header.MAGIC).putInt(3).putLong(0).putInt(0).putInt(BITS).putLong(bytes).putInt(0); // no backing file, not encrypted
        out.putInt(firstEntries).putLong(firstAt * CLUSTER).putLong(countsAt * CLUSTER).putInt(countsClusters);
        out.putInt(0).putLong(0); // no snapshots
        out.putLong(0).putLong(0).putLong(0).putInt(COUNT_BITS).putInt(Qcow2Header.BYTES_V3); // no features
        return out.clear();
    }
}
