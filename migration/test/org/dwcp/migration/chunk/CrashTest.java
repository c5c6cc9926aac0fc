// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same story again and again, ended at each of its steps on the disk: what was promised before the end must hold after it. */
class CrashTest {
    @TempDir
    Path folder;

    /** Versions that were committed and not removed when the disk died. */
    private final List<Recipe> promised = new ArrayList<>();

    @Test
    void losesNothingWhenTheProcessDiesAtAnyStep() throws IOException {
        everyStep(false);
    }

    @Test
    void losesNothingWhenThePowerGoesAtAnyStep() throws IOException {
        everyStep(true);
    }

    private void everyStep(boolean powerCut) throws IOException {
        FaultDisk counting = FaultDisk.counting();
        story(counting, folder.resolve("whole"));
        assertThat(counting.steps()).isGreaterThan(60);
        for (int step = 0; step < counting.steps(); step++) {
            promised.clear();
            Path home = folder.resolve("step-" + step);
            FaultDisk disk = new FaultDisk(step, "");
            try {
                story(disk, home);
                throw new AssertionError("the disk did not die at step " + step);
            } catch (IOException e) {
                assertThat(e).as("step %d", step).hasMessage("dead");
            }
            if (powerCut) {
                disk.cutPower();
            }
            try (ChunkStore store = new ChunkStore(StoreDisk.REAL, home.resolve("store"), StoreSettings.DEFAULT)) {
                for (Recipe recipe : promised) {
                    assertThat(store.versions().find(recipe.version().name(), recipe.version().sha256())).as("step %d", step).isPresent();
                }
                for (Version version : store.versions().list()) {
                    assertThat(store.check(store.versions().recipe(version))).as("step %d, version %d", step, version.createdMs()).isEmpty();
                }
                store.collect();
                for (Version version : store.versions().list()) {
                    assertThat(store.check(store.versions().recipe(version))).as("step %d, collected", step).isEmpty();
                }
            }
            try (var files = Files.walk(home.resolve("store"))) {
                assertThat(files.map(Path::toString)).as("step %d", step).noneMatch(name -> name.endsWith(".tmp") || name.endsWith(".damaged"));
            }
        }
    }

    /** Three versions, each with chunks of the one before; the first goes, and its pack is rewritten. */
    private void story(FaultDisk disk, Path home) throws IOException {
        Path incoming = Files.createDirectories(home).resolve("incoming");
        List<byte[]> one = chunks(1, 30);
        List<byte[]> two = new ArrayList<>(one.subList(0, 10));
        List<byte[]> freshTwo = chunks(100, 10);
        two.addAll(freshTwo);
        List<byte[]> three = new ArrayList<>(two.subList(5, 15));
        List<byte[]> freshThree = chunks(200, 10);
        three.addAll(freshThree);
        try (ChunkStore store = new ChunkStore(disk, home.resolve("store"), StoreSettings.DEFAULT)) {
            promised.add(Packs.keep(store, disk, incoming, "a", 1, one, one));
            promised.add(Packs.keep(store, disk, incoming, "a", 2, freshTwo, two));
            Recipe first = promised.removeFirst();
            store.versions().remove(first.version());
            store.collect();
            promised.add(Packs.keep(store, disk, incoming, "a", 3, freshThree, three));
            Recipe second = promised.removeFirst();
            store.versions().remove(second.version());
            store.collect();
        }
        try (ChunkStore store = new ChunkStore(disk, home.resolve("store"), StoreSettings.DEFAULT)) {
            store.collect();
        }
    }

    private static List<byte[]> chunks(int first, int count) {
        List<byte[]> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            chunks.add(Packs.chunk(first + i, 1_000));
        }
        return chunks;
    }
}
