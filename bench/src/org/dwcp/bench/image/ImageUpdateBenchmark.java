// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.image;

import com.github.luben.zstd.Zstd;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.dwcp.api.image.Images.Format;
import org.dwcp.bench.Bench;
import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Benchmark;
import org.dwcp.bench.Row;
import org.dwcp.migration.chunk.ChunkStore;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.chunk.StoreDisk;
import org.dwcp.migration.chunk.StoreSettings;
import org.dwcp.migration.chunk.Version;
import org.dwcp.migration.image.Baseline;
import org.dwcp.migration.image.ImagePack;
import org.dwcp.migration.image.ImageStore;
import org.dwcp.migration.image.disk.ImageSource;
import org.dwcp.migration.image.disk.ImageSources;
import org.dwcp.migration.image.disk.ImageTarget;
import org.dwcp.migration.image.disk.ImageTargets;

/**
 * An image of a Debian system goes to a store, then the same system with its updates: bytes of both packs, processor time, and whether what is
 * restored is the same. Beside tools that do the same with the same files. The images are made by {@code image-pair.sh}, or taken from the folder
 * named by {@code -Ddwcp.bench.images}.
 */
public final class ImageUpdateBenchmark implements Benchmark {
    private static final String IMAGES = "dwcp.bench.images";
    private final List<Row> rows = new ArrayList<>();
    private Path folder;

    @Override
    public String name() {
        return "image-update";
    }

    @Override
    public String description() {
        return "a Debian image and its update: bytes and processor time, beside borg, rsync, casync, restic, zstd, xdelta3";
    }

    @Override
    public List<Row> run(BenchOptions options) throws Exception {
        folder = Files.createTempDirectory("dwcp-image-update");
        try {
            Path images = System.getProperty(IMAGES) == null ? make() : Path.of(System.getProperty(IMAGES));
            measure(options, images.resolve("old.img"), images.resolve("new.img"));
        } finally {
            try (var all = Files.walk(folder)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        return rows;
    }

    private Path make() throws IOException, InterruptedException {
        var classes = Path.of(ImageUpdateBenchmark.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        var script = classes.resolveSibling("image-pair.sh");
        if (!Files.exists(script)) {
            script = classes.getParent().resolveSibling("image-pair.sh");
        }
        Bench.progress("making the images with " + script);
        var process = new ProcessBuilder(script.toString(), folder.toString()).redirectErrorStream(true).start();
        var said = new String(process.getInputStream().readAllBytes()).strip();
        if (process.waitFor() != 0) {
            throw new IOException("SKIPPED: the images cannot be made: " + said);
        }
        return folder;
    }

    private void measure(BenchOptions options, Path old, Path fresh) throws Exception {
        Path pack = folder.resolve("pack");
        Path restored = folder.resolve("restored");
        try (ChunkStore chunks = new ChunkStore(StoreDisk.REAL, folder.resolve("store"), StoreSettings.DEFAULT)) {
            var store = new ImageStore(StoreDisk.REAL, chunks);
            double start = cpu();
            var first = pack(old, scan(old), ImagePack.Known.NOTHING, pack);
            double packed = cpu();
            Version version = take(store, pack, restored, 1);
            double taken = cpu();
            require(old, restored);
            long allocated = allocated(old);
            add(saved("first copy: saved of the allocated bytes", first.packBytes(), allocated, 72));
            note("pack %.1f s, take and restore %.1f s of processor time, a JVM that just began", packed - start, taken - packed);
            if (options.wants("zstd alone")) {
                add(saved("zstd alone: saved of the allocated bytes", zstdAlone(fresh), allocated(fresh), 50));
            }
            start = cpu();
            // As a push does it: the ids of the newest version come, those of all other chunks are asked for.
            var recipe = scan(fresh);
            var base = Baseline.of(chunks.versions().recipe(version));
            var based = new BitSet();
            base.places(recipe, based);
            var known = new BitSet();
            for (int place = based.nextClearBit(0); place < recipe.count(); place = based.nextClearBit(place + 1)) {
                known.set(place, chunks.contains(recipe.id(place)));
            }
            long asked = recipe.count() - based.cardinality();
            long questions = 8L * base.count() + 16 * asked + asked / 8;
            var update = pack(fresh, recipe, new ImagePack.Known(Optional.of(base), known), pack);
            packed = cpu();
            take(store, pack, restored, 2);
            taken = cpu();
            require(fresh, restored);
            allocated = allocated(fresh);
            add(saved("update: saved of the allocated bytes", update.packBytes(), allocated, 70));
            note("%d MB are new of %d MB; scan and pack %.1f s, take and restore %.1f s of processor time; ids asked for and told %.1f MB",
                    update.freshBytes() / 1_000_000, update.dataBytes() / 1_000_000, packed - start, taken - packed, questions / 1e6);
            add(saved("update: saved by equal chunks alone, of the data", update.freshBytes(), update.dataBytes(), 20));
            beside(options, old, fresh, update, update.packBytes() + questions, packed - start, taken - start);
        }
    }

    private static Recipe scan(Path image) throws IOException {
        try (ImageSource source = ImageSources.open(image, Format.RAW)) {
            return ImageStore.scan(source, "disk", _ -> { });
        }
    }

    private static ImagePack.Packed pack(Path image, Recipe recipe, ImagePack.Known known, Path pack) throws IOException {
        try (ImageSource source = ImageSources.open(image, Format.RAW)) {
            return ImageStore.pack(StoreDisk.REAL, source, recipe, known, pack, ImageStore.LEVEL, _ -> { });
        }
    }

    private static Version take(ImageStore store, Path pack, Path restored, long nowMs) throws IOException {
        try (ImageTarget target = ImageTargets.file(StoreDisk.REAL, restored, Format.RAW)) {
            return store.take(pack, "disk", Optional.of(target), nowMs, _ -> { });
        }
    }

    private void beside(BenchOptions options, Path old, Path fresh, ImagePack.Packed update, long bytes, double seconds, double both) throws Exception {
        for (Tool tool : Tool.ALL) {
            String scenario = "update: bytes beside " + tool.name();
            if (!options.wants(scenario)) {
                continue;
            }
            if (!tool.isInstalled()) {
                Bench.progress("SKIPPED " + scenario + ": it is not installed");
                continue;
            }
            Tool.Cost cost;
            try {
                cost = tool.run(folder, old, fresh);
            } catch (IOException e) {
                Bench.progress("SKIPPED " + scenario + ": " + e.getMessage());
                continue;
            }
            boolean barred = tool.name().equals("borg") || tool.name().equals("rsync");
            add(Row.lower(name(), scenario, "MB", bytes / 1e6, cost.bytes() / 1e6, cost.version(), 1).withLimit(barred ? 1 / 0.75 : 0));
            double megabytes = update.dataBytes() / 1e6;
            add(Row.higher(name(), scenario.replace("bytes", "data per processor second"), "MB/s", megabytes / seconds, megabytes / cost.cpuSeconds(),
                    cost.version(), 1).withLimit(tool.name().equals("borg") ? 1 : 0)
                    .withNote("%.0f MB/s with the receiver's taking, hashing and restoring".formatted(megabytes / both)));
        }
    }

    private Row saved(String scenario, long bytes, long of, int percent) {
        return Row.higher(name(), scenario, "%", 100 - 100.0 * bytes / of, percent, "the limit", 1).withLimit(1)
                .withNote("%.1f MB of %.1f MB".formatted(bytes / 1e6, of / 1e6));
    }

    private void add(Row row) {
        rows.add(row);
        Bench.progress("%s: %.2f %s, %s %.2f".formatted(row.scenario(), row.ours(), row.unit(), row.peerName(), row.peer()));
    }

    private void note(String format, Object... values) {
        Row last = rows.removeLast();
        rows.add(last.withNote(last.note() + "; " + format.formatted(values)));
    }

    private static void require(Path expected, Path actual) throws IOException {
        if (Files.mismatch(expected, actual) != -1) {
            throw new IOException(actual + " is not what was sent");
        }
    }

    private static double cpu() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
    }

    private static long allocated(Path image) throws IOException, InterruptedException {
        var du = new ProcessBuilder("du", "-B1", image.toString()).start();
        var said = new String(du.getInputStream().readAllBytes());
        if (du.waitFor() != 0) {
            throw new IOException("du does not know " + image);
        }
        return Long.parseLong(said.split("\\s")[0]);
    }

    /** The image in blocks of 1 MiB, each compressed by itself. */
    private static long zstdAlone(Path image) throws IOException {
        var raw = ByteBuffer.allocateDirect(1 << 20);
        var packed = ByteBuffer.allocateDirect((int) Zstd.compressBound(1 << 20));
        long sum = 0;
        try (var file = FileChannel.open(image)) {
            while (file.read(raw.clear()) > 0) {
                sum += Zstd.compressDirectByteBuffer(packed, 0, packed.capacity(), raw, 0, raw.position(), ImageStore.LEVEL);
            }
        }
        return sum;
    }
}
