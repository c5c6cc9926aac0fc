// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.zip.Deflater;

import com.github.luben.zstd.Zstd;
import org.dwcp.migration.fake.Samples;

/** Makes qcow2 files of all kinds of clusters, for tests; it shares nothing with what reads and writes them. */
final class Qcow2Files {
    enum Kind { ABSENT, DATA, PACKED, ZERO, ZERO_WITH_PLACE }

    /** A file and the disk in it. */
    record Made(byte[] file, byte[] disk) {
    }

    private Qcow2Files() {
    }

    /**
     * Makes one.
     *
     * @param bytes of the disk; each cluster gets one of the kinds by chance
     */
    static Made make(int version, int bits, int bytes, boolean zstd, List<Kind> kinds, long seed) {
        RandomGenerator random = Samples.random(seed);
        int cluster = 1 << bits;
        int count = (bytes + cluster - 1) / cluster;
        int perTable = cluster / 8;
        int tables = (count + perTable - 1) / perTable;
        byte[] disk = new byte[count * cluster];
        ByteBuffer out = ByteBuffer.allocate((3 + tables + 4 * count + tables * 8 / cluster) * cluster + (1 << 16));
        int first = cluster * 2;
        int next = first + Math.max(1, (tables * 8 + cluster - 1) / cluster) * cluster;
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        int[] second = new int[tables];
        int packedAt = 0;
        int packedEnd = 0;
        for (int i : order) {
            Kind kind = kinds.get(random.nextInt(kinds.size()));
            if (kind == Kind.ABSENT) {
                continue;
            }
            if (second[i / perTable] == 0) {
                second[i / perTable] = next;
                out.putLong(first + i / perTable * 8, next | 1L << 63);
                next += cluster;
            }
            byte[] data = new byte[cluster];
            if (kind == Kind.DATA || kind == Kind.PACKED) {
                int[] words = random.ints(40).toArray();
                for (int at = 0; at + 4 <= cluster; at += 4) {
                    ByteBuffer.wrap(data).putInt(at, words[random.nextInt(kind == Kind.DATA ? 40 : 3)]);
                }
                System.arraycopy(data, 0, disk, i * cluster, cluster);
            }
            long entry;
            if (kind == Kind.PACKED) {
                byte[] packed = zstd ? Zstd.compress(data) : deflate(data);
                if (packedEnd - packedAt < packed.length) {
                    packedAt = next;
                    next += (packed.length + cluster - 1) / cluster * cluster + cluster;
                    packedEnd = next;
                }
                out.put(packedAt, packed);
                int sectors = (packedAt + packed.length - 1) / 512 - packedAt / 512;
                entry = 1L << 62 | (long) sectors << 62 - (bits - 8) | packedAt;
                packedAt += packed.length;
            } else if (kind == Kind.ZERO) {
                entry = 1;
            } else {
                out.put(next, kind == Kind.DATA ? data : new byte[] {1, 2, 3});
                entry = next | 1L << 63 | (kind == Kind.DATA ? 0 : 1);
                next += cluster;
            }
            out.putLong(second[i / perTable] + i % perTable * 8, entry);
        }
        out.putInt(0, 0x514649fb).putInt(4, version).putInt(20, bits).putLong(24, bytes).putInt(36, tables).putLong(40, first).putLong(48, cluster).putInt(56, 1);
        if (version == 3) {
            out.putLong(72, zstd ? 8 : 0).putInt(96, 4).putInt(100, 112).put(104, (byte) (zstd ? 1 : 0));
        }
        return new Made(Arrays.copyOf(out.array(), next), Arrays.copyOf(disk, bytes));
    }

    private static byte[] deflate(byte[] data) {
        try (Deflater deflater = new Deflater(6, true)) {
            deflater.setInput(data);
            deflater.finish();
            byte[] out = new byte[2 * data.length + 100];
            return Arrays.copyOf(out, deflater.deflate(out));
        }
    }
}
