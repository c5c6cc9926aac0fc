// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v0;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.consensus.ConsensusContract;
import org.junit.jupiter.api.Test;

@Requirement("R-238")
class SingleConsensusTest extends ConsensusContract {
    @Override
    protected int nodes() {
        return 1;
    }

    @Override
    protected Consensus start(NodeId node) {
        return new SingleConsensus(SingleSettings.DEFAULT);
    }

    @Override
    protected void stop(Consensus provider) {
        ((SingleConsensus) provider).deactivate();
    }

    @Override
    protected String threadPrefix() {
        return "consensus.v0";
    }

    private Path log() throws Exception {
        try (var files = Files.newDirectoryStream(folder.resolve("n0/group"), "log-*")) {
            return files.iterator().next();
        }
    }

    /** A crash may leave any beginning of the last frame: everything before it stays, nothing of it appears, and the log goes on. */
    @Test
    void cutsOffAFrameTornAtAnyByte() throws Exception {
        IntStream.range(0, 5).forEach(i -> propose("n0", "kept-" + i));
        int whole = Files.readAllBytes(log()).length;
        propose("n0", "torn");
        shutDown("n0");
        byte[] all = Files.readAllBytes(log());
        assertThat(all.length).isGreaterThan(whole);

        for (int length = whole; length < all.length; length++) {
            Files.write(log(), java.util.Arrays.copyOf(all, length));
            comeBack("n0");
            assertThat(hosts.get("n0").machine.entries()).as("%d bytes", length).hasSize(5).doesNotContain("torn");
            shutDown("n0");
            assertThat(Files.size(log())).isEqualTo(whole);
        }
        comeBack("n0");
        propose("n0", "next");
        assertThat(hosts.get("n0").machine.entries()).hasSize(6).endsWith("next");
    }

    @Test
    void cutsOffATornFrameOfZeros() throws Exception {
        propose("n0", "kept");
        shutDown("n0");
        byte[] all = Files.readAllBytes(log());
        Files.write(log(), java.util.Arrays.copyOf(all, all.length + 4_096));

        comeBack("n0");

        assertThat(hosts.get("n0").machine.entries()).containsExactly("kept");
    }

    @Test
    void refusesDamageInTheMiddle() throws Exception {
        IntStream.range(0, 5).forEach(i -> propose("n0", "kept-" + i));
        shutDown("n0");
        byte[] all = Files.readAllBytes(log());
        var shifts = List.of(0, 5, 9, 14, FrameLog.HEADER_BYTES + 1, all.length / 2);

        for (int at : shifts) {
            byte[] broken = all.clone();
            broken[at] ^= 0x40;
            Files.write(log(), broken);
            hosts.get("n0").provider = start(NodeId.of("n0"));
            assertThatThrownBy(() -> openReplica("n0")).as("byte %d", at).isInstanceOf(ConsensusException.class)
                    .satisfies(e -> assertThat(((ConsensusException) e).reason()).isEqualTo(ConsensusException.Reason.STORAGE)).hasMessageContaining("damaged");
            shutDown("n0");
        }
        Files.write(log(), all);
        comeBack("n0");
    }

    @Test
    void refusesADamagedSnapshot() throws Exception {
        propose("n0", "kept");
        hosts.get("n0").replica.compact().toCompletableFuture().get();
        shutDown("n0");
        var file = folder.resolve("n0/group/snapshot");
        byte[] all = Files.readAllBytes(file);
        byte[] broken = all.clone();
        broken[all.length - 1] ^= 1;
        Files.write(file, broken);

        hosts.get("n0").provider = start(NodeId.of("n0"));
        assertThatThrownBy(() -> openReplica("n0")).isInstanceOf(ConsensusException.class).hasMessageContaining("snapshot");
        shutDown("n0");
        Files.write(file, all);
        comeBack("n0");
    }

    /** The old log is still there when a crash comes between the new snapshot and the end of the old file. */
    @Test
    void survivesACrashBetweenSnapshotAndNewLog() throws Exception {
        IntStream.range(0, 5).forEach(i -> propose("n0", "kept-" + i));
        shutDown("n0");
        var old = log();
        byte[] before = Files.readAllBytes(old);
        comeBack("n0");
        hosts.get("n0").replica.compact().toCompletableFuture().get();
        shutDown("n0");
        Files.delete(log());
        Files.write(old, before);

        comeBack("n0");

        assertThat(hosts.get("n0").machine.entries()).hasSize(5);
        propose("n0", "next");
        assertThat(hosts.get("n0").machine.entries()).hasSize(6);
        assertThat(old).doesNotExist();
    }

    @Test
    void refusesAFolderOfAnotherInstance() throws Exception {
        shutDown("n0");
        Files.writeString(folder.resolve("n0/group/instance"), "other 7 00");

        hosts.get("n0").provider = start(NodeId.of("n0"));
        assertThatThrownBy(() -> openReplica("n0")).isInstanceOf(ConsensusException.class).hasMessageContaining("belongs to instance");
    }

    @Test
    void writesWaitingEntriesTogether() throws Exception {
        var stages = new ArrayList<java.util.concurrent.CompletableFuture<byte[]>>();
        for (int i = 0; i < 1_000; i++) {
            stages.add(hosts.get("n0").replica.propose(("e" + i).getBytes()).toCompletableFuture());
        }
        for (var stage : stages) {
            stage.get();
        }

        var figures = hosts.get("n0").replica.status().figures();
        assertThat(figures.get("entries.count")).isEqualTo(1_000);
        assertThat(figures.get("frames.count")).isLessThan(1_000);
    }
}
