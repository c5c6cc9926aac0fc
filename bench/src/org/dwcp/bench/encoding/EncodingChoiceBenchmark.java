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
import java.util.stream.Stream;

import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.FrameHeader;
import org.dwcp.bench.Bench;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.encoding.v0.StoredEncoding;
import org.dwcp.encoding.v1.Lz4Encoding;
import org.dwcp.encoding.v3.BlockTraits;
import org.dwcp.encoding.v3.Effort;
import org.dwcp.encoding.v3.ZstdEncoding;
import org.dwcp.encoding.v3.ZstdSettings;

/**
 * The learned choice beside every fixed codec, and beside each effort that it chooses from, on blocks of packages that the model has not seen, by the time that a link of
 * some bandwidth and two cores take: {@code cpu / cores + bytes / bandwidth}. CPU time of one thread with everything that encoding a frame takes, the look at the block too;
 * for each block the best of some tries in a row. With {@code --case train} it measures blocks of other sources instead, and writes a new model to the file that
 * {@code -Ddwcp.bench.model} names.
 */
public final class EncodingChoiceBenchmark implements Benchmark {
    /** What the model may choose from. Source: those that made the best choice for each block cheapest, one by one, on what is learned from (ADR 16). */
    private static final List<Effort> EFFORTS = Stream.of("lz4", "-7", "fast:13:6:2", "fast:12:5:0", "fast:13:6:0", "fast:14:7:0", "fast:14:6:0", "fast:15:6:0",
            "fast:14:4:0", "1", "2", "dfast:14:13:4", "dfast:15:14:4", "dfast:15:15:5", "dfast:17:17:5", "3", "5", "7", "9", "12").map(Effort::of).toList();
    private static final long[] LINKS_BPS = {50_000_000, 300_000_000, 3_000_000_000L};
    private static final int CORES = 2;
    private static final double NS_MIN = 1;
    private static final double SLOW_NS_A_BYTE = 12; // one pass tells enough of what takes longer
    private static final int LOOKS_TO_WARM_UP = 20_000;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

    @Override
    public String name() {
        return "encoding-choice";
    }

    @Override
    public String description() {
        return "the learned choice beside each fixed codec, on data that it was not trained on";
    }

    @Override
    public List<Row> run(BenchOptions options) throws IOException {
        if (options.cases().pattern().equals("train")) {
            train(options);
            return List.of();
        }
        var blocks = new Corpus(options.pick(16, 60), 2).toJudge();
        var ways = ways();
        measure(ways, blocks, options.pick(2, 3));
        var rows = new ArrayList<Row>();
        for (long bps : LINKS_BPS) {
            var learned = ways.stream().filter(way -> way.bps == bps).findFirst().orElseThrow();
            for (var way : ways) {
                if (way.bps == 0) {
                    rows.add(Row.lower(name(), bps / 1_000_000 + " Mbit/s", "ns/byte", learned.cost(bps), way.cost(bps), way.name, options.pick(2, 3)).withLimit(1)
                            .withNote(String.format(Locale.ROOT, "bytes left %.2f %% : %.2f %%, cpu %.2f : %.2f ns/byte", learned.left(), way.left(), learned.cpu(), way.cpu())));
                }
            }
            Bench.progress(String.format(Locale.ROOT, "%d Mbit/s: learned %.3f, the best of the fixed codecs for each block %.3f, of all %.3f ns a byte; %s", bps / 1_000_000,
                    learned.cost(bps), oracle(ways.stream().filter(way -> !way.tuned()).toList(), bps), oracle(ways, bps),
                    ((ZstdEncoding) learned.encoding).stats().orElseThrow().choices()));
        }
        ways.forEach(Way::stop);
        return rows;
    }

    private static List<Way> ways() {
        var ways = new ArrayList<Way>();
        ways.add(new Way("stored", new StoredEncoding(), 0));
        ways.add(new Way("lz4", new Lz4Encoding(1), 0));
        for (int level : new int[] {1, 2, 3, 4, 5, 6, 7, 9, 12}) {
            ways.add(new Way("zstd " + level, new ZstdEncoding(new ZstdSettings(level, level, level, 1, false)), 0));
        }
        for (Effort effort : EFFORTS) {
            if (effort.word().contains(Way.TUNED)) {
                ways.add(new Way(effort.word(), new AlwaysEncoding(effort), 0));
            }
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
        for (int i = 0; i < blocks.size(); i++) {
            for (var way : ways) {
                for (int pass = 0; pass < passes && (pass == 0 || way.ns[i] < SLOW_NS_A_BYTE * blocks.get(i).bytes().remaining()); pass++) {
                    long before = threads.getCurrentThreadCpuTime();
                    int bytes = way.encode(blocks.get(i).bytes().duplicate(), frame.clear());
                    long took = threads.getCurrentThreadCpuTime() - before;
                    way.ns[i] = bytes == way.bytes[i] ? Math.min(way.ns[i], took) : took; // another choice than before: its own time
                    way.bytes[i] = bytes;
                }
            }
            if ((i + 1) % 100 == 0) {
                Bench.progress((i + 1) + " of " + blocks.size() + " blocks");
            }
        }
    }

    /** The cost if each block had the best of all: what no choice among these can beat. */
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
        private static final String TUNED = ":"; // in the words of efforts that are no level

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

        boolean tuned() {
            return name.contains(TUNED);
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
                case AlwaysEncoding always -> always.close();
                default -> { }
            }
        }
    }

    private void train(BenchOptions options) throws IOException {
        var file = System.getProperty("dwcp.bench.model");
        if (file == null) {
            throw new IOException("say where the model is to be written: -Ddwcp.bench.model=FILE");
        }
        var blocks = new Corpus(options.pick(24, 30), 1).toLearn();
        var examples = new ArrayList<ForestTrainer.Example>();
        var look = new BlockTraits();
        var target = ByteBuffer.allocateDirect(Encoding.BLOCK_BYTES_MAX + (64 << 10));
        var codecs = EFFORTS.stream().map(Bare::of).toList();
        for (var block : blocks) {
            double raw = block.bytes().remaining();
            var answers = new double[2 * EFFORTS.size()];
            for (int i = 0; i < EFFORTS.size(); i++) {
                long least = Long.MAX_VALUE;
                int bytes = 0;
                for (int pass = 0; pass < 3 && (pass == 0 || least < SLOW_NS_A_BYTE * raw); pass++) {
                    long before = threads.getCurrentThreadCpuTime();
                    bytes = codecs.get(i).compress(block.bytes(), target.clear());
                    least = Math.min(least, threads.getCurrentThreadCpuTime() - before);
                }
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
            new ForestTrainer(examples).train(EFFORTS).write(writer);
        }
        Bench.progress("wrote " + file + ", " + Files.size(Path.of(file)) + " bytes");
    }
}
