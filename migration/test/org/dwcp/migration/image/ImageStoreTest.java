// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

import org.dwcp.api.DwcpException;
import org.dwcp.api.image.Images.Format;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.chunk.BadPackException;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.ChunkLostException;
import org.dwcp.migration.chunk.ChunkStore;
import org.dwcp.migration.chunk.PackWriter;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.chunk.StoreDisk;
import org.dwcp.migration.chunk.StoreSettings;
import org.dwcp.migration.chunk.Version;
import org.dwcp.migration.fake.Samples;
import org.dwcp.migration.image.disk.ImageSource;
import org.dwcp.migration.image.disk.ImageSources;
import org.dwcp.migration.image.disk.ImageTarget;
import org.dwcp.migration.image.disk.ImageTargets;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageStoreTest {
    @TempDir
    Path folder;
    private ChunkStore chunks;
    private ImageStore store;

    @BeforeEach
    void open() throws IOException {
        chunks = new ChunkStore(StoreDisk.REAL, folder.resolve("store"), StoreSettings.DEFAULT);
        store = new ImageStore(StoreDisk.REAL, chunks);
    }

    @AfterEach
    void close() throws IOException {
        chunks.close();
    }

    private ImagePack.Packed pack(Path image, Optional<Baseline> base) throws IOException {
        return pack(image, new ImagePack.Known(base, new BitSet()));
    }

    private ImagePack.Packed pack(Path image, ImagePack.Known known) throws IOException {
        try (ImageSource source = ImageSources.open(image, Format.AUTO)) {
            return ImageStore.pack(StoreDisk.REAL, source, ImageStore.scan(source, "disk", _ -> { }), known, folder.resolve("pack"), ImageStore.LEVEL, _ -> { });
        }
    }

    private static Recipe scan(Path image) throws IOException {
        try (ImageSource source = ImageSources.open(image, Format.AUTO)) {
            return ImageStore.scan(source, "disk", _ -> { });
        }
    }

    private void restore(Version version, String name) throws IOException {
        try (ImageTarget target = ImageTargets.file(StoreDisk.REAL, folder.resolve(name), Format.AUTO)) {
            store.restore(version, target, _ -> { });
        }
    }

    private Version take() throws IOException {
        try (ImageTarget target = ImageTargets.file(StoreDisk.REAL, folder.resolve("restored"), Format.AUTO)) {
            return store.take(folder.resolve("pack"), "disk", Optional.of(target), 1, _ -> { });
        }
    }

    private Baseline base(Version version) throws IOException {
        return Baseline.of(chunks.versions().recipe(version));
    }

    /** Random bytes with a hole in the middle and at the end. */
    private Path disk(int seed) throws IOException {
        byte[] data = new byte[1_000_000];
        Samples.random(seed).nextBytes(data);
        Path path = folder.resolve("disk");
        Files.deleteIfExists(path);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.write(data);
            file.seek(64 << 20);
            file.write(data, 0, 300_001);
            file.setLength(128 << 20);
        }
        return path;
    }

    private static long allocated(Path path) throws IOException, InterruptedException {
        Process du = new ProcessBuilder("du", "-B1", path.toString()).start();
        String answer = new String(du.getInputStream().readAllBytes());
        du.waitFor();
        return Long.parseLong(answer.split("\\s")[0]);
    }

    @Test
    void restoresImagesOfAllShapes() throws IOException {
        int[] sizes = {0, 1, 4_095, 4_096, 4_097, 8_192, 1 << 20, (4 << 20) + 32_768 + 8_192, (8 << 20) + 1};
        for (int size : sizes) {
            for (int kind = 0; kind < 3; kind++) {
                byte[] bytes = new byte[size];
                if (kind > 0) {
                    Samples.random(size).nextBytes(bytes);
                }
                if (kind == 2) {
                    Arrays.fill(bytes, size / 3, size - size / 4, (byte) 0);
                }
                Path image = Files.write(folder.resolve("image"), bytes);

                ImagePack.Packed packed = pack(image, Optional.empty());
                Version version = take();

                assertThat(folder.resolve("restored")).as("%d bytes of kind %d", size, kind).hasBinaryContent(bytes);
                assertThat(version.bytes()).isEqualTo(size).isEqualTo(packed.bytes());
                assertThat(store.verify(version, _ -> { })).isEmpty();
            }
        }
    }

    @Test
    void keepsHolesAndSaysTheHashOfTheWhole() throws Exception {
        Path disk = disk(1);

        ImagePack.Packed packed = pack(disk, Optional.empty());
        take();

        assertThat(packed.dataBytes()).isLessThan(1_400_000);
        assertThat(folder.resolve("restored")).hasSize(128 << 20);
        assertThat(Files.mismatch(disk, folder.resolve("restored"))).isEqualTo(-1);
        assertThat(allocated(folder.resolve("restored"))).isLessThan(2_000_000);
        var digest = ChunkId.sha256();
        digest.update(Files.readAllBytes(disk));
        assertThat(packed.sha256()).isEqualTo(ChunkId.of(digest));
    }

    @Test
    @Requirement("R-163")
    void packsOnlyWhatAVersionOfTheReceiverLacks() throws IOException {
        Path disk = disk(1);
        pack(disk, Optional.empty());
        Version first = take();
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(500_000);
            file.write(new byte[20_000]);
            file.seek(100 << 20);
            file.write(new byte[] {1, 2, 3});
        }

        ImagePack.Packed packed = pack(disk, Optional.of(base(first)));

        assertThat(packed.packBytes()).isLessThan(60_000);
        Version second = take();
        assertThat(Files.mismatch(disk, folder.resolve("restored"))).isEqualTo(-1);
        restore(first, "old");
        assertThat(Files.mismatch(disk(1), folder.resolve("old"))).isEqualTo(-1);
        assertThat(chunks.versions().list("disk")).extracting(Version::sha256).containsExactlyInAnyOrder(first.sha256(), second.sha256());
    }

    @Test
    void makesTheSamePackAgain() throws IOException {
        Path disk = disk(3);
        pack(disk, Optional.empty());
        byte[] once = Files.readAllBytes(folder.resolve("pack"));

        pack(disk, Optional.empty());

        assertThat(folder.resolve("pack")).hasBinaryContent(once);
    }

    @Test
    @Requirement("R-163")
    void refusesAPackWhoseBaselineIsNotHere() throws IOException {
        Path disk = disk(1);
        pack(disk, Optional.empty());
        Version first = take();
        Baseline base = base(first);
        chunks.versions().remove(first);
        chunks.collect();
        pack(disk, Optional.of(base));

        assertThatThrownBy(this::take).isInstanceOfSatisfying(TransferException.class, e -> {
            assertThat(e.kind()).isEqualTo(DwcpException.Kind.RETRY);
            assertThat(e).hasMessageContaining(first.sha256().toString()).hasMessageContaining("send the image whole");
        });

        pack(disk, Optional.empty());
        assertThat(take().sha256()).isEqualTo(first.sha256());
    }

    @Test
    void keepsTheOldFileAndNoVersionWhenChunksAreNotWhatTheySeem() throws IOException {
        Path disk = disk(1);
        pack(disk, Optional.empty());
        Version first = take();
        Baseline honest = base(first);
        long[] wrong = new long[honest.count()];
        for (int i = 0; i < wrong.length; i++) {
            wrong[i] = chunks.versions().recipe(first).shortId(wrong.length - 1 - i); // another order: chunks that agree in 8 bytes and differ
        }
        Files.write(folder.resolve("restored"), new byte[] {42});
        pack(disk, Optional.of(new Baseline("disk", first.sha256(), wrong)));

        assertThatThrownBy(this::take).isInstanceOf(Exception.class).satisfies(e -> assertThat(e instanceof BadPackException
                || e instanceof TransferException).as("%s", e).isTrue());

        assertThat(folder.resolve("restored")).hasBinaryContent(new byte[] {42});
        assertThat(folder.resolve("restored.new")).doesNotExist();
        assertThat(chunks.versions().list()).containsExactly(first);
    }

    @Test
    void namesChunksThatAreInWhateverVersionByTheirIds() throws IOException {
        Path disk = disk(1);
        pack(disk, Optional.empty());
        Version first = take();
        Recipe recipe = scan(disk);
        BitSet all = new BitSet();
        all.set(0, recipe.count());

        ImagePack.Packed packed = pack(disk, new ImagePack.Known(Optional.empty(), all));

        assertThat(packed.freshBytes()).isZero();
        assertThat(packed.packBytes()).isLessThan(recipe.count() * 17L + 500);
        assertThat(take().sha256()).isEqualTo(first.sha256());
        chunks.versions().remove(first);
        pack(disk, new ImagePack.Known(Optional.empty(), all));
        chunks.collect();
        assertThatThrownBy(this::take).isInstanceOf(ChunkLostException.class).hasMessageContaining("is not in the store");
    }

    @Test
    void refusesAFileThatIsNotWhatWasScanned() throws IOException {
        Path disk = disk(1);
        Recipe recipe = scan(disk);
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(500_000);
            file.write(file.read() ^ 1);
        }

        try (ImageSource source = ImageSources.open(disk, Format.AUTO)) {
            assertThatThrownBy(() -> ImageStore.pack(StoreDisk.REAL, source, recipe, ImagePack.Known.NOTHING, folder.resolve("pack"), ImageStore.LEVEL, _ -> { }))
                    .isInstanceOf(TransferException.class).hasMessageContaining("changed at byte").hasMessageContaining("snapshot");
        }
    }

    @Test
    void takesAnImageWithoutWritingAFile() throws IOException {
        pack(disk(1), Optional.empty());

        Version version = store.take(folder.resolve("pack"), "disk", Optional.empty(), 1, _ -> { });

        assertThat(folder.resolve("restored")).doesNotExist();
        restore(version, "restored");
        assertThat(Files.mismatch(folder.resolve("disk"), folder.resolve("restored"))).isEqualTo(-1);
    }

    @Test
    void saysThatTheStoreIsClosedInsteadOfLookingForEver() throws IOException {
        pack(disk(1), Optional.empty());
        Version version = take();
        chunks.close();

        assertThatThrownBy(() -> restore(version, "late")).isInstanceOf(IOException.class).hasMessageContaining("closed");
    }

    @Test
    void refusesAPackOfAnotherName() throws IOException {
        pack(disk(1), Optional.empty());

        assertThatThrownBy(() -> store.take(folder.resolve("pack"), "other", Optional.empty(), 1, _ -> { }))
                .isInstanceOf(TransferException.class).hasMessageContaining("'disk'");
    }

    @Test
    void packsAVersionOutOfAStoreAsOutOfItsFile() throws IOException {
        Path disk = disk(1);
        pack(disk, Optional.empty());
        Version version = take();
        Path again = folder.resolve("again");

        store.pack(version, ImagePack.Known.NOTHING, again, _ -> { });
        try (ChunkStore other = new ChunkStore(StoreDisk.REAL, folder.resolve("other"), StoreSettings.DEFAULT);
                ImageTarget target = ImageTargets.file(StoreDisk.REAL, folder.resolve("pulled"), Format.AUTO)) {
            new ImageStore(StoreDisk.REAL, other).take(again, "disk", Optional.of(target), 2, _ -> { });
        }

        assertThat(Files.mismatch(disk, folder.resolve("pulled"))).isEqualTo(-1);
    }

    @Test
    void refusesPlansThatLeadAstray() throws IOException {
        Path disk = disk(1);
        pack(disk, Optional.empty());
        Version first = take();
        ImagePlan.Writer writer = new ImagePlan.Writer();
        writer.zero(4_096);
        writer.next();
        writer.base(3);
        writer.again(0);
        writer.known(chunks.versions().recipe(first).id(1));
        writer.known(chunks.versions().recipe(first).id(2));
        byte[] plan = writer.finish("disk", 100_000, first.sha256(), base(first)).array();
        var random = Samples.random(7);
        for (int round = 0; round < 20_000; round++) {
            byte[] changed = Arrays.copyOf(plan, random.nextInt(plan.length + 1));
            for (int i = 0; i < 1 + random.nextInt(4) && changed.length > 0; i++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            read(changed, first);
        }

        for (long bytes : new long[] {0, -1, Long.MAX_VALUE}) {
            ImagePlan.Writer one = new ImagePlan.Writer();
            one.base(Integer.MAX_VALUE);
            assertThat(read(one.finish("disk", bytes, first.sha256(), base(first)).array(), first)).isFalse();
        }
        try (PackWriter empty = new PackWriter(StoreDisk.REAL, folder.resolve("pack"))) {
            empty.finish(ByteBuffer.allocate(0));
        }
        assertThatThrownBy(this::take).isInstanceOf(BadPackException.class).hasMessageContaining("no image");
    }

    private boolean read(byte[] plan, Version base) throws IOException {
        try {
            ByteBuffer in = ByteBuffer.wrap(plan);
            ImagePlan.recipe(ImagePlan.Head.read(in), in, new ImagePlan.PackChunks() {
                @Override
                public int count() {
                    return 2;
                }

                @Override
                public ChunkId id(int place) {
                    return base.sha256();
                }

                @Override
                public int length(int place) {
                    return 100;
                }
            }, chunks.versions().recipe(base), chunks::find, 1);
            return true;
        } catch (BadPackException | ChunkLostException e) {
            return false;
        }
    }

    @Test
    void findsAndHealsADamagedVersion() throws IOException {
        Path disk = disk(1);
        pack(disk, Optional.empty());
        Version version = take();
        Path packFile;
        try (var files = Files.list(folder.resolve("store/packs"))) {
            packFile = files.filter(file -> !file.toString().endsWith(".idx")).findFirst().orElseThrow();
        }
        try (RandomAccessFile rot = new RandomAccessFile(packFile.toFile(), "rw")) {
            rot.seek(500_000);
            rot.write(rot.read() ^ 1);
        }

        assertThat(store.verify(version, _ -> { })).hasValueSatisfying(why -> assertThat(why).contains("damaged"));
        pack(disk, Optional.of(base(version)));
        assertThatThrownBy(this::take).isInstanceOf(IOException.class).hasMessageContaining("send the image whole");
        pack(disk, Optional.empty());
        take();
        assertThat(store.verify(version, _ -> { })).isEmpty();
    }
}
