// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;

import org.dwcp.migration.flow.FlowId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnershipTest {
    @TempDir
    private Path folder;

    @Test
    void isReadAsItWasWritten() {
        assertThat(Ownership.load(folder, "web")).isEqualTo(Ownership.NEVER);
        for (var state : Ownership.State.values()) {
            var written = new Ownership(state, 5, state == Ownership.State.OWNED ? "" : "lisbon", new FlowId(-1, 7));
            written.save(folder, "web");
            assertThat(Ownership.load(folder, "web")).isEqualTo(written);
        }
        assertThat(folder).isDirectoryNotContaining(file -> file.toString().endsWith(".part"));
    }

    @Test
    void whatIsPreparedCountsFromItsCommitOn() {
        var mine = new Ownership(Ownership.State.OWNED, 4, "", FlowId.NONE);
        mine.save(folder, "web");
        var next = new Ownership(Ownership.State.STARTING, 5, "lisbon", new FlowId(-1, 7));

        var given = next.prepare(folder, "web");
        assertThat(Ownership.load(folder, "web")).isEqualTo(mine);
        given.discard();
        given.discard();
        assertThatThrownBy(given::commit).hasMessageContaining("whose guest 'web' is cannot be written");
        assertThat(Ownership.load(folder, "web")).isEqualTo(mine);

        next.prepare(folder, "web").commit();
        assertThat(Ownership.load(folder, "web")).isEqualTo(next);
        assertThat(folder).isDirectoryContaining(file -> file.endsWith("web.owner"));
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @Test
    void whatSaysNothingIsNotBelieved() throws Exception {
        for (var text : new String[] {"", "1 OWNED 5 lisbon", "2 OWNED 5 - 0-0", "1 MINE 5 - 0-0", "1 OWNED x - 0-0", "1 OWNED 5 - 00", "1 OWNED 5 no/name 0-0"}) {
            Files.writeString(folder.resolve("web.owner"), text);
            assertThatThrownBy(() -> Ownership.load(folder, "web")).as(text).hasMessageContaining("does not say whose guest");
        }
    }

    @Test
    void descriptionsAreReadWordByWord() throws Exception {
        Files.writeString(folder.resolve("web.vm"), "# -qmp unix:/no\nqemu  -m 64\n -append \"two words\" -qmp unix:/run/web.qmp,server=on,wait=off\n");
        var file = GuestFile.read(folder, "web");
        assertThat(file.words()).containsExactly("qemu", "-m", "64", "-append", "two words", "-qmp", "unix:/run/web.qmp,server=on,wait=off");
        assertThat(file.qmp()).isEqualTo(Path.of("/run/web.qmp"));
        assertThat(GuestFile.names(folder)).containsExactly("web");
        Files.writeString(folder.resolve("bad.vm"), "qemu -m 64");
        assertThatThrownBy(() -> GuestFile.read(folder, "bad")).hasMessageContaining("has no -qmp unix:/PATH");
        Files.writeString(folder.resolve("in.vm"), "qemu -qmp unix:/x -incoming defer");
        assertThatThrownBy(() -> GuestFile.read(folder, "in")).hasMessageContaining("has -incoming");
        for (var name : new String[] {"", "../web", "a/b", ".web", "x".repeat(64), "web\n"}) {
            assertThatThrownBy(() -> GuestFile.read(folder, name)).as(name).hasMessageContaining("is no name of a guest");
        }
        assertThat(GuestFile.names(folder.resolve("none"))).isEmpty();
    }

    @Test
    void messagesThatAreNoneAreRefused() {
        var good = new GuestWire(GuestWire.PREPARE, new FlowId(1, 2), 3, "web").write();
        assertThat(GuestWire.read(good)).isEqualTo(new GuestWire(GuestWire.PREPARE, new FlowId(1, 2), 3, "web"));
        for (int length = 0; length < good.length; length++) {
            var cut = java.util.Arrays.copyOf(good, length);
            assertThatThrownBy(() -> GuestWire.read(cut)).hasMessageContaining("message about guests");
        }
        for (int at : new int[] {0, 1, 18, good.length - 1}) {
            var bad = good.clone();
            bad[at] = (byte) 0x80;
            assertThatThrownBy(() -> GuestWire.read(bad)).as("byte %d", at).isInstanceOf(org.dwcp.api.DwcpException.class);
        }
        assertThatThrownBy(() -> GuestWire.read(java.util.Arrays.copyOf(good, good.length + 1))).hasMessageContaining("something follows");
    }
}
