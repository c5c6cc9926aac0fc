// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkStoreTest {
    @TempDir
    Path folder;
    private ChunkStore store;

    @BeforeEach
    void open() throws IOException {
        reopen(StoreSettings.DEFAULT);
    }

    private void reopen(StoreSettings settings) throws IOException {
        if (store != null) {
            store.close();
        }
        store = new ChunkStore(StoreDisk.REAL, folder.resolve("store"), settings);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private Recipe keep(String name, long createdMs, List<byte[]> fresh, List<byte[]> all) throws IOException {
        return Packs.keep(store, StoreDisk.REAL, folder.resolve("incoming"), name, createdMs, fresh, all);
    }

    private static List<byte[]> chunks(int first, int count, int bytes) {
        List<byte[]> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            chunks.add(Packs.chunk(first + i, bytes + i));
        }
        return chunks;
    }

    private byte[] read(ChunkId id) throws IOException {
        byte[] target = new byte[Chunker.bytesLimit()];
        return Arrays.copyOf(target, store.read(id, target, 0));
    }

    private Path onlyPack() throws IOException {
        try (var files = Files.list(folder.resolve("store/packs"))) {
            return files.filter(file -> file.getFileName().toString().matches("pack-.{8}")).findFirst().orElseThrow();
        }
    }

    private static void flip(Path file, long position) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            channel.write(one.put(0, (byte) ~one.get(0)).flip(), position);
        }
    }

    @Test
    void readsWhatItWasGivenAlsoAfterARestart() throws IOException {
        List<byte[]> chunks = chunks(1, 3_000, 2_000);
        keep("a", 1, chunks, chunks);

        reopen(StoreSettings.DEFAULT);

        for (byte[] chunk : chunks) {
            assertThat(read(Packs.id(chunk))).isEqualTo(chunk);
        }
        assertThat(store.chunks()).isEqualTo(chunks.size());
        assertThat(store.versions().list("a")).singleElement().satisfies(version -> assertThat(version.chunks()).isEqualTo(chunks.size()));
        assertThat(store.check(store.versions().recipe(store.versions().list("a").getFirst()))).isEmpty();
    }

    @Test
    void makesAnIndexAgainThatIsMissingOrDamaged() throws IOException {
        List<byte[]> chunks = chunks(1, 10, 5_000);
        keep("a", 1, chunks, chunks);
        Path index = Pack.index(onlyPack());

        Files.delete(index);
        reopen(StoreSettings.DEFAULT);
        assertThat(read(Packs.id(chunks.get(9)))).isEqualTo(chunks.get(9));

        flip(index, 20);
        reopen(StoreSettings.DEFAULT);
        assertThat(read(Packs.id(chunks.get(9)))).isEqualTo(chunks.get(9));
    }

    @Test
    void noticesRottenBitsNamesTheChunkAndHealsWhenItComesAgain() throws IOException {
        List<byte[]> first = chunks(1, 10, 500_000); // two batches
        Recipe recipe = keep("a", 1, first, first);
        flip(onlyPack(), 1_000_000);

        assertThatThrownBy(() -> read(Packs.id(first.get(0)))).isInstanceOf(ChunkLostException.class).hasMessageContaining(Packs.id(first.get(0)).toString())
                .hasMessageContaining("send the image whole");
        assertThat(read(Packs.id(first.get(9)))).isEqualTo(first.get(9));
        assertThat(store.check(recipe)).isPresent();

        keep("a", 2, first, first);
        assertThat(read(Packs.id(first.get(0)))).isEqualTo(first.get(0));
        assertThat(store.check(recipe)).isEmpty();
    }

    @Test
    void putsADamagedPackWithoutIndexAsideAndGoesOn() throws IOException {
        List<byte[]> chunks = chunks(1, 10, 5_000);
        keep("a", 1, chunks, chunks);
        Path pack = onlyPack();
        Files.delete(Pack.index(pack));
        flip(pack, 100);

        reopen(StoreSettings.DEFAULT);

        assertThat(store.chunks()).isZero();
        assertThat(pack.resolveSibling(pack.getFileName() + ".damaged")).exists();
    }

    @Test
    void putsADamagedRecipeAside() throws IOException {
        List<byte[]> chunks = chunks(1, 10, 5_000);
        keep("a", 1, chunks, chunks);
        try (var files = Files.list(folder.resolve("store/versions"))) {
            flip(files.findFirst().orElseThrow(), 60);
        }

        reopen(StoreSettings.DEFAULT);

        assertThat(store.versions().list()).isEmpty();
    }

    @Test
    void refusesAPackThatIsCutOffForgedOrOfAnotherVersion() throws IOException {
        Path sound = Packs.pack(StoreDisk.REAL, folder.resolve("sound"), chunks(1, 3, 20));
        byte[] bytes = Files.readAllBytes(sound);
        for (int length = 0; length < bytes.length; length++) {
            if (length == Section.FILE_HEAD_BYTES) {
                continue; // an empty pack is a pack
            }
            Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> store.adopt(cut)).as("cut at %d", length).isInstanceOf(BadPackException.class);
        }
        for (int at = 0; at < bytes.length; at++) {
            byte[] changed = bytes.clone();
            changed[at] ^= 0x55;
            Path forged = Files.write(folder.resolve("forged"), changed);
            assertThatThrownBy(() -> store.adopt(forged)).as("changed at %d", at).isInstanceOf(BadPackException.class);
        }
        assertThat(store.chunks()).isZero();
        try (var files = Files.list(folder.resolve("store/packs"))) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void keepsItsLimitOfBytes() throws IOException {
        reopen(new StoreSettings(1 << 20, 10_000, 10));
        List<byte[]> half = chunks(1, 100, 5_000);
        keep("a", 1, half, half);
        List<byte[]> more = chunks(1_000, 120, 5_000);

        assertThatThrownBy(() -> keep("b", 2, more, more)).isInstanceOfSatisfying(TransferException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.REJECTED);
            assertThat(e).hasMessageContaining("store.bytes.max is 1048576");
        });

        store.versions().remove(store.versions().list("a").getFirst());
        keep("b", 3, more, more);
        assertThat(store.bytes()).isLessThanOrEqualTo(1 << 20);
    }

    @Test
    void keepsItsLimitOfChunks() throws IOException {
        reopen(new StoreSettings(1 << 30, 1_000, 10));
        List<byte[]> all = chunks(1, 1_000, 10);
        keep("a", 1, all, all);
        List<byte[]> one = chunks(5_000, 1, 10);

        assertThatThrownBy(() -> keep("b", 2, one, one)).isInstanceOf(TransferException.class).hasMessageContaining("store.chunks.max is 1000");
        assertThat(store.chunks()).isEqualTo(1_000);
    }

    @Test
    void keepsTheNewestVersions() throws IOException {
        reopen(new StoreSettings(1 << 30, 1_000, 2));
        for (int i = 1; i <= 3; i++) {
            List<byte[]> chunks = chunks(i, 1, 1_000);
            keep("a", i, chunks, chunks);
        }

        assertThat(store.versions().list("a")).extracting(Version::createdMs).containsExactly(3L, 2L);
    }

    @Test
    @Requirement("R-158")
    void aVersionThatIsToStayMakesNoRoom() throws IOException {
        reopen(new StoreSettings(1 << 30, 1_000, 2));
        store.versions().keep(version -> version.createdMs() == 1);
        for (int i = 1; i <= 4; i++) {
            List<byte[]> chunks = chunks(i, 1, 1_000);
            keep("a", i, chunks, chunks);
        }

        assertThat(store.versions().list("a")).extracting(Version::createdMs).as("the two newest would be 4 and 3").containsExactly(4L, 3L, 1L);
        assertThat(store.versions().remove(store.versions().list("a").getLast())).isFalse();
    }

    @Test
    void doesNotCommitAVersionThatLacksAChunk() throws IOException {
        List<byte[]> chunks = chunks(1, 2, 1_000);

        assertThatThrownBy(() -> keep("a", 1, chunks.subList(0, 1), chunks)).isInstanceOf(ChunkLostException.class);
        assertThat(store.versions().list()).isEmpty();
    }

    @Test
    void collectsWhatNoVersionRefersToAndKeepsTheRest() throws IOException {
        List<byte[]> one = chunks(1, 400, 5_000);
        Recipe first = keep("a", 1, one, one);
        List<byte[]> two = new ArrayList<>(one.subList(0, 100));
        List<byte[]> fresh = chunks(1_000, 100, 5_000);
        two.addAll(fresh);
        Recipe second = keep("a", 2, fresh, two);
        long before = store.bytes();

        assertThat(store.collect()).isEqualTo(new ChunkStore.Collected(0, 0, 0));
        store.versions().remove(first.version());
        ChunkStore.Collected collected = store.collect();

        assertThat(collected.packsRewritten()).isEqualTo(1);
        assertThat(store.bytes()).isEqualTo(before - collected.bytesFreed()).isLessThan(before * 2 / 3);
        assertThat(store.check(second)).isEmpty();
        assertThat(store.contains(Packs.id(one.get(399)))).isFalse();
        reopen(StoreSettings.DEFAULT);
        assertThat(store.check(second)).isEmpty();
        store.versions().remove(second.version());
        assertThat(store.collect().packsRemoved()).isEqualTo(2);
        assertThat(store.bytes()).isZero();
        assertThat(store.chunks()).isZero();
    }

    @Test
    void collectsNothingOfAPackWhoseVersionIsStillToCome() throws IOException {
        List<byte[]> chunks = chunks(1, 10, 1_000);
        try (ChunkStore.Adopted _ = store.adopt(Packs.pack(StoreDisk.REAL, folder.resolve("incoming"), chunks))) {
            store.collect();
            store.commit(Packs.recipe("a", 1, chunks));
        }
        store.collect();

        assertThat(read(Packs.id(chunks.get(0)))).isEqualTo(chunks.get(0));
    }

    @Test
    void removesNoVersionThatIsHeld() throws IOException {
        List<byte[]> chunks = chunks(1, 1, 1_000);
        Version version = keep("a", 1, chunks, chunks).version();

        Versions.Hold hold = store.versions().hold(version);
        assertThat(store.versions().remove(version)).isFalse();
        hold.close();
        assertThat(store.versions().remove(version)).isTrue();
        assertThat(store.versions().remove(version)).isFalse();
        assertThatThrownBy(() -> store.versions().hold(version)).isInstanceOf(TransferException.class).hasMessageContaining("is not here");
    }

    @Test
    void isReadWhileItIsCompacted() throws Exception {
        List<byte[]> kept = chunks(1, 200, 5_000);
        AtomicBoolean over = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<byte[]> first = new ArrayList<>(kept);
        first.addAll(chunks(10_000, 400, 5_000));
        Recipe doomed = keep("a", 1, first, first);
        Recipe lasting = keep("a", 2, List.of(), kept);
        Thread reader = Thread.ofPlatform().start(() -> {
            while (!over.get()) {
                store.check(lasting).ifPresent(why -> failure.compareAndSet(null, new AssertionError(why)));
            }
        });

        store.versions().remove(doomed.version());
        int rewritten = 0;
        for (int round = 0; round < 20; round++) {
            rewritten += store.collect().packsRewritten();
            List<byte[]> waste = new ArrayList<>(kept);
            waste.addAll(chunks(20_000 + 1_000 * round, 400, 5_000));
            store.versions().remove(keep("b", 3 + round, waste, waste).version());
        }
        over.set(true);
        reader.join();

        assertThat(failure.get()).isNull();
        assertThat(rewritten).isEqualTo(20);
    }

    @Test
    void refusesAFullDiskAndStaysAsItWas() throws IOException {
        List<byte[]> chunks = chunks(1, 200, 5_000);
        keep("a", 1, chunks, chunks);
        List<byte[]> more = chunks(1_000, 200, 5_000);
        store.close();
        FaultDisk counting = FaultDisk.counting();
        int before = steps(counting, more, "b");
        reopen(StoreSettings.DEFAULT);
        store.versions().remove(store.versions().list("b").getFirst());
        store.collect();
        for (int step = 1; step < before; step++) {
            store.close();
            FaultDisk full = new FaultDisk(step, "No space left on device");
            assertThatThrownBy(() -> steps(full, more, "b")).isInstanceOf(IOException.class).hasMessageContaining("No space left");
            reopen(StoreSettings.DEFAULT);
            assertThat(store.check(store.versions().recipe(store.versions().list("a").getFirst()))).isEmpty();
            store.versions().list("b").forEach(version -> {
                try {
                    assertThat(store.check(store.versions().recipe(version))).isEmpty();
                    store.versions().remove(version);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
        }
        store.collect();
        assertThat(store.chunks()).isEqualTo(chunks.size());
    }

    private int steps(FaultDisk disk, List<byte[]> chunks, String name) throws IOException {
        try (ChunkStore faulty = new ChunkStore(disk, folder.resolve("store"), StoreSettings.DEFAULT)) {
            Packs.keep(faulty, disk, folder.resolve("incoming"), name, 9, chunks, chunks);
        }
        return disk.steps();
    }
}
