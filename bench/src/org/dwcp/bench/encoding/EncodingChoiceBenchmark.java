// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.encoding;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.FrameHeader;
import org.dwcp.bench.Bench;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.encoding.v0.StoredEncoding;
import org.dwcp.encoding.v1.Lz4Encoding;
import org.dwcp.encoding.v3.BlockTraits;
import org.dwcp.encoding.v3.ZstdEncoding;
import org.dwcp.encoding.v3.ZstdSettings;

/**
 * The learned choice of level beside every fixed codec, on blocks that the model has not seen, by the time that a link of some bandwidth and two cores take:
 * {@code cpu / cores + bytes / bandwidth}. CPU time of one thread with everything that encoding a frame takes, the look at the block too; for each block the best of some
 * passes, in turns. With {@code --case train} it measures blocks of other sources instead, and writes a new model to the file that {@code -Ddwcp.bench.model} names.
 */
public final class EncodingChoiceBenchmark implements Benchmark {
    /** What the model may choose from. Source: with 19 more, it was never chosen at 50 Mbit/s and above. */
    private static final int[] LEVELS = {-5, -1, 1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 14};
    private static final long[] LINKS_BPS = {50_000_000, 300_000_000, 3_000_000_000L};
    private static final int CORES = 2;
    private static final double NS_MIN = 1;
    private static final int LOOKS_TO_WARM_UP = 20_000;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

    @Override
    public String name() {
        return "encoding-choice";
    }

    @Override
    public String description() {
        return "the learned choice of level beside each fixed codec, on data that it was not trained on";
    }

    @Override
    public List<Row> run(BenchOptions options) throws IOException {
        if (options.cases().pattern().equals("train")) {
            train(options);
            return List.of();
        }
        var image = System.getProperty("dwcp.bench.images");
        var blocks = new Corpus(options.pick(16, 60), 2).toJudge(image == null ? null : Path.of(image, "new.img"));
        var ways = ways();
        measure(ways, blocks, options.pick(2, 4));
        var rows = new ArrayList<Row>();
        for (long bps : LINKS_BPS) {
            var learned = ways.stream().filter(way -> way.bps == bps).findFirst().orElseThrow();
            for (var way : ways) {
                if (way.bps == 0) {
                    rows.add(Row.lower(name(), bps / 1_000_000 + " Mbit/s", "ns/byte", learned.cost(bps), way.cost(bps), way.name, options.pick(2, 4)).withLimit(1)
                            .withNote(String.format(Locale.ROOT, "bytes left %.2f %% : %.2f %%, cpu %.2f : %.2f ns/byte", learned.left(), way.left(), learned.cpu(), way.cpu())));
                }
            }
            Bench.progress(String.format(Locale.ROOT, "%d Mbit/s: learned %.3f, the best level of each block %.3f ns a byte; %s", bps / 1_000_000, learned.cost(bps), oracle(ways, bps),
                    ((ZstdEncoding) learned.encoding).stats().orElseThrow().choices()));
        }
        ways.forEach(Way::stop);
        return rows;
    }

    private static List<Way> ways() {
        var ways = new ArrayList<Way>();
        ways.add(new Way("stored", new StoredEncoding(), 0));
        ways.add(new Way("lz4", new Lz4Encoding(1), 0));
        for (int level : new int[] {1, 2, 3, 4, 5, 6, 7, 9, 12, 15, 19}) {
            ways.add(new Way("zstd " + level, new ZstdEncoding(new ZstdSettings(level, level, level, 1, false)), 0));
        }
        for (long bps : LINKS_BPS) {
            ways.add(new Way("learned", new ZstdEncoding(new ZstdSettings(1, 3, 9, CORES, true)), bps));
        }
        return ways;
    }

    private void measure(List<Way> ways, List<Corpus.Block> blocks, int passes) {
        var frame = ByteBuffer.allocateDirect(FrameHeader.BYTES + Encoding.BLOCK_BYTES_MAX);
        for (var way : ways) {
            way.ns = new long[blocks.size()];
            way.bytes = new long[blocks.size()];
            way.raw = blocks.stream().mapToLong(block -> block.bytes().remaining()).sum();
            Arrays.fill(way.ns, Long.MAX_VALUE);
        }
        var look = new BlockTraits();
        for (int i = 0; i < LOOKS_TO_WARM_UP; i++) {
            look.of(blocks.get(i % blocks.size()).bytes()); // a node has looked at thousands of blocks within its first seconds
        }
        for (int pass = 0; pass < passes; pass++) {
            for (int i = 0; i < blocks.size(); i++) {
                for (var way : ways) {
                    if (pass > 0 && way.slow()) {
                        continue; // one pass tells enough of what takes longest
                    }
                    long before = threads.getCurrentThreadCpuTime();
                    way.bytes[i] = way.encode(blocks.get(i).bytes().duplicate(), frame.clear());
                    way.ns[i] = Math.min(way.ns[i], threads.getCurrentThreadCpuTime() - before);
                }
            }
            Bench.progress("pass " + (pass + 1) + " of " + passes + " over " + blocks.size() + " blocks");
        }
    }

    /** The cost if each block had the best of the fixed codecs: what no choice can beat, but for the levels in between. */
    private static double oracle(List<Way> ways, long bps) {
        double sum = 0;
        for (int i = 0; i < ways.getFirst().ns.length; i++) {
            double least = Double.MAX_VALUE;
            for (var way : ways) {
                least = way.bps == 0 ? Math.min(least, way.ns[i] / (double) CORES + way.bytes[i] * 8e9 / bps) : least;
            }
            sum += least;
        }
        return sum / ways.getFirst().raw;
    }

    /** Something that encodes, with what it took for each block. */
    private static final class Way {
        private final String name;
        private final Encoding encoding;
        private final long bps;
        private long[] ns;
        private long[] bytes;
        private long raw;

        Way(String name, Encoding encoding, long bps) {
            this.name = name;
            this.encoding = encoding;
            this.bps = bps;
        }

        boolean slow() {
            return name.matches("zstd 1[59]");
        }

        int encode(ByteBuffer block, ByteBuffer frame) {
            return bps == 0 ? encoding.encode(block, frame) : ((ZstdEncoding) encoding).encode(block, frame, bps);
        }

        /** Nanoseconds a byte. */
        double cost(long linkBps) {
            return cpu() / CORES + left() / 100 * 8e9 / linkBps;
        }

        double cpu() {
            return (double) Arrays.stream(ns).sum() / raw;
        }

        double left() {
            return 100.0 * Arrays.stream(bytes).sum() / raw;
        }

        void stop() {
            switch (encoding) {
                case Lz4Encoding lz4 -> lz4.deactivate();
                case ZstdEncoding zstd -> zstd.deactivate();
                default -> { }
            }
        }
    }

    private void train(BenchOptions options) throws IOException {
        var file = System.getProperty("dwcp.bench.model");
        if (file == null) {
            throw new IOException("say where the model is to be written: -Ddwcp.bench.model=FILE");
        }
        var blocks = new Corpus(options.pick(24, 150), 1).toLearn();
        var examples = new ArrayList<ForestTrainer.Example>();
        var look = new BlockTraits();
        var target = ByteBuffer.allocateDirect(Encoding.BLOCK_BYTES_MAX + (64 << 10));
        var codecs = Arrays.stream(LEVELS).mapToObj(Bare::zstd).toList();
        for (var block : blocks) {
            var answers = new double[2 * LEVELS.length];
            for (int i = 0; i < LEVELS.length; i++) {
                long least = Long.MAX_VALUE;
                int bytes = 0;
                for (int pass = 0; pass < (LEVELS[i] > 7 ? 1 : 2); pass++) {
                    long before = threads.getCurrentThreadCpuTime();
                    bytes = codecs.get(i).compress(block.bytes(), target.clear());
                    least = Math.min(least, threads.getCurrentThreadCpuTime() - before);
                }
                double raw = block.bytes().remaining();
                answers[2 * i] = Math.log(Math.min(1, bytes / raw));
                answers[2 * i + 1] = Math.log(Math.max(NS_MIN, least) / raw);
            }
            examples.add(new ForestTrainer.Example(look.of(block.bytes()), answers));
            if (examples.size() % 200 == 0) {
                Bench.progress(examples.size() + " of " + blocks.size() + " blocks measured");
            }
        }
        codecs.forEach(Bare::close);
        try (var writer = Files.newBufferedWriter(Path.of(file))) {
            new ForestTrainer(examples).train(LEVELS).write(writer);
        }
        Bench.progress("wrote " + file + ", " + Files.size(Path.of(file)) + " bytes");
    }
}
