// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.encoding;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.encoding.v1.Lz4Encoding;
import org.dwcp.encoding.v3.ZstdEncoding;
import org.dwcp.encoding.v3.ZstdSettings;

/**
 * Encodes and decodes files of the running JDK: its class library and its native libraries. One thread; speed is megabytes of raw data by
 * second of that thread's CPU time, so that other work on the machine does not count. The better of two passes.
 */
public final class EncodingBenchmark implements Benchmark {
    private static final int[] LEVELS = {1, 3, 6, 9, 12, 15, 19};
    private static final int[] BLOCK_BYTES = {64 << 10, 1 << 20};

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

    @Override
    public String name() {
        return "encoding";
    }

    @Override
    public String description() {
        return "frames of LZ4 and zstd on real files, beside the bare library";
    }

    @Override
    public List<Row> run(BenchOptions options) throws IOException {
        int limit = options.pick(4, 32) << 20;
        var rows = new ArrayList<Row>();
        for (var data : List.of(new Data("modules", modules(), limit), new Data("natives", natives(), limit))) {
            for (int blockBytes : BLOCK_BYTES) {
                var lz4 = new Lz4Encoding(1);
                measure(rows, data, blockBytes, "lz4", lz4, Bare.lz4());
                lz4.deactivate();
                for (int level : LEVELS) {
                    var zstd = new ZstdEncoding(new ZstdSettings(level, level, level, 1, false));
                    measure(rows, data, blockBytes, "zstd " + level, zstd, Bare.zstd(level));
                    zstd.deactivate();
                }
            }
        }
        return rows;
    }

    private void measure(List<Row> rows, Data data, int blockBytes, String codec, Encoding ours, Bare bare) throws IOException {
        var blocks = data.blocks(blockBytes);
        var here = new Pass();
        var peer = new Pass();
        for (int pass = 0; pass < 2; pass++) {
            here.best(blocks, ours::encode, ours::decode);
            peer.best(blocks, (block, target) -> {
                target.position(bare.compress(block, target));
                return target.position();
            }, (payload, target) -> {
                bare.decompress(payload, target);
                return target.capacity();
            });
        }
        bare.close();
        var scenario = String.format("%s %d KiB %s", data.name, blockBytes >> 10, codec);
        var saved = String.format(Locale.ROOT, "%.1f %% saved", 100.0 - 100.0 * here.encodedBytes / here.rawBytes);
        rows.add(Row.higher(name(), scenario + " encode", "MB/cpu-s", here.encodeSpeed(), peer.encodeSpeed(), "the library alone", 2).withNote(saved));
        rows.add(Row.higher(name(), scenario + " decode", "MB/cpu-s", here.decodeSpeed(), peer.decodeSpeed(), "the library alone", 2).withNote(saved));
    }

    private static List<Path> modules() {
        return List.of(Path.of(System.getProperty("java.home"), "lib", "modules"));
    }

    private static List<Path> natives() throws IOException {
        try (var walk = Files.walk(Path.of(System.getProperty("java.home"), "lib"))) {
            return walk.filter(file -> file.toString().matches(".*\\.(so|dylib|dll)")).sorted().toList();
        }
    }

    /** The first bytes of some files. */
    private record Data(String name, List<Path> files, int limit) {
        List<ByteBuffer> blocks(int blockBytes) throws IOException {
            var all = ByteBuffer.allocateDirect(limit);
            for (var file : files) {
                try (var channel = FileChannel.open(file)) {
                    while (all.hasRemaining() && channel.read(all) >= 0) {
                        // reads on to the end of the file or of the room
                    }
                }
            }
            var blocks = new ArrayList<ByteBuffer>();
            for (int at = 0; at + blockBytes <= all.position(); at += blockBytes) {
                blocks.add(all.slice(at, blockBytes));
            }
            return blocks;
        }
    }

    private interface Coder {
        int code(ByteBuffer source, ByteBuffer target);
    }

    /** The best CPU time of each direction over some passes. */
    private final class Pass {
        private long encodeNs = Long.MAX_VALUE;
        private long decodeNs = Long.MAX_VALUE;
        private long rawBytes;
        private long encodedBytes;

        void best(List<ByteBuffer> blocks, Coder encoder, Coder decoder) {
            int blockBytes = blocks.getFirst().capacity();
            var target = ByteBuffer.allocateDirect(blockBytes + blockBytes / 64 + 1024);
            var back = ByteBuffer.allocateDirect(blockBytes);
            long encoding = 0;
            long decoding = 0;
            rawBytes = 0;
            encodedBytes = 0;
            for (var block : blocks) {
                long start = threads.getCurrentThreadCpuTime();
                encodedBytes += encoder.code(block.duplicate(), target.clear());
                long middle = threads.getCurrentThreadCpuTime();
                decoder.code(target.flip(), back.clear());
                encoding += middle - start;
                decoding += threads.getCurrentThreadCpuTime() - middle;
                rawBytes += blockBytes;
            }
            encodeNs = Math.min(encodeNs, encoding);
            decodeNs = Math.min(decodeNs, decoding);
        }

        double encodeSpeed() {
            return rawBytes * 1e3 / encodeNs;
        }

        double decodeSpeed() {
            return rawBytes * 1e3 / decodeNs;
        }
    }
}
