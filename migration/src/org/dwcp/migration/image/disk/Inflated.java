// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image.disk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

/**
 * One compressed cluster of a qcow2 file. What was compressed may be followed by bytes of others, up to the end of a sector: reading ends when the cluster
 * is full. A zstd frame (RFC 8878) that wants more memory than clusters have is refused before it is decoded. Outside the heap (ADR 16). For one thread.
 */
final class Inflated implements AutoCloseable {
    private static final int ZSTD = 0xfd2fb528;
    /** Most memory that a frame may want. Source: no cluster is larger than 2 MiB; chosen four times as much. */
    private static final long WINDOW_MAX = 8 << 20;
    private static final int SINGLE_SEGMENT = 1 << 5;
    private static final int FRAME_BYTES_MIN = 9; // head and one block's

    private final boolean zstd;
    private final String name;
    private final int clusterBytes;
    private ByteBuffer cluster;
    private ByteBuffer packed;
    private Inflater inflater;
    private ZstdDecompressCtx decoder;

    Inflated(int clusterBytes, boolean zstd, String name) {
        this.zstd = zstd;
        this.name = name;
        this.clusterBytes = clusterBytes;
    }

    /** Where to put the compressed bytes. */
    ByteBuffer packed(int bytes) {
        if (packed == null) {
            cluster = ByteBuffer.allocateDirect(clusterBytes);
            packed = ByteBuffer.allocateDirect(2 * clusterBytes + 512); // what the number of sectors can say
        }
        return packed.clear().limit(bytes);
    }

    /** The cluster that was inflated last. */
    ByteBuffer cluster() {
        return cluster.duplicate().clear();
    }

    /** Inflates what was put. */
    void inflate() {
        packed.flip();
        cluster.clear();
        String why;
        try {
            why = zstd ? zstd() : deflate();
        } catch (DataFormatException | ZstdException e) {
            why = String.valueOf(e.getMessage());
        }
        Qcow2Header.require(why.isEmpty(), name, "is damaged: a compressed cluster does not inflate: " + why);
    }

    private String deflate() throws DataFormatException {
        if (inflater == null) {
            inflater = new Inflater(true);
        }
        inflater.reset();
        inflater.setInput(packed);
        while (cluster.hasRemaining()) {
            if (inflater.inflate(cluster) == 0) {
                return "it has " + cluster.position() + " bytes of " + cluster.capacity();
            }
        }
        return "";
    }

    private String zstd() {
        long window = window();
        if (window < 0 || window > WINDOW_MAX) {
            return window < 0 ? "it is no zstd frame" : "its frame wants " + window + " bytes of memory";
        }
        if (decoder == null) {
            decoder = new ZstdDecompressCtx();
        }
        decoder.reset();
        boolean ended = false;
        for (int gave = -1, took = -1; cluster.hasRemaining() && !ended && (cluster.position() != gave || packed.position() != took);) {
            gave = cluster.position();
            took = packed.position();
            ended = decoder.decompressDirectByteBufferStream(cluster, packed);
        }
        return cluster.hasRemaining() ? "it has " + cluster.position() + " bytes of " + cluster.capacity() : "";
    }

    /** Memory that the frame wants; -1 when it is none. A frame that is cut off within its head is refused by the decoder. */
    private long window() {
        ByteBuffer in = packed.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
        if (packed.remaining() < FRAME_BYTES_MIN || in.getInt(0) != ZSTD) {
            return -1;
        }
        int descriptor = in.get(4) & 0xff;
        if ((descriptor & SINGLE_SEGMENT) == 0) {
            int size = in.get(5) & 0xff;
            long base = 1L << 10 + (size >>> 3);
            return base + base / 8 * (size & 7);
        }
        long content = in.getLong(5 + new int[] {0, 1, 2, 4}[descriptor & 3]); // behind the id of a dictionary
        return switch (descriptor >>> 6) {
            case 0 -> content & 0xff;
            case 1 -> (content & 0xffff) + 256;
            case 2 -> content & 0xffffffffL;
            default -> content < 0 ? Long.MAX_VALUE : content;
        };
    }

    @Override
    public void close() {
        if (inflater != null) {
            inflater.end();
        }
        if (decoder != null) {
            decoder.close();
        }
    }
}
