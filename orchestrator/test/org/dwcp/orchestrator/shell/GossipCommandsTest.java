// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.api.gossip.GossipValue;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.orchestrator.shell.view.HintTable;
import org.dwcp.orchestrator.shell.view.Screen;
import org.junit.jupiter.api.Test;

class GossipCommandsTest {
    private final List<String> calls = new ArrayList<>();
    private final GossipValue address = value("lisbon", "address", "192.0.2.7:7420", 2);
    private final List<GossipValue> values = new ArrayList<>(List.of(address, value("porto", "note", "x".repeat(50), 0)));
    private final Gossip gossip = FakeNode.fake(Gossip.class, Map.of("list", a -> values, "neighbours", a -> List.of(NodeId.of("lisbon")),
            "find", a -> Optional.of(address).filter(v -> v.owner().equals(a[0]) && v.name().equals(a[1])), "figures", a -> Map.of("values.count", 2L),
            "put", a -> {
                calls.add("put " + a[0] + " " + new String((byte[]) a[1], StandardCharsets.UTF_8) + " " + a[2]);
                return address;
            }, "remove", a -> {
                calls.add("remove " + a[0]);
                return a[0].equals("note");
            }));
    private final GossipCommands commands = new GossipCommands(gossip, FakeNode.fake(NodeClock.class, Map.of("now", a -> Fixtures.NOON.plusSeconds(90))));

    private static GossipValue value(String owner, String name, String text, int hops) {
        return new GossipValue(NodeId.of(owner), name, 7, text.getBytes(StandardCharsets.UTF_8), Fixtures.NOON, Fixtures.NOON.plusSeconds(3600), hops);
    }

    private String run(boolean dry, String... words) {
        return commands.gossip(false, dry, "2h", words).render(Screen.PLAIN);
    }

    @Test
    void listsShowsAndCounts() {
        assertThat(run(false)).contains("lisbon", "address", "192.0.2.7:7420", "1 min 30 s", "x".repeat(40) + "...", "neighbours: lisbon");
        assertThat(run(false, "show", "lisbon", "address")).contains("192.0.2.7:7420", "hops", "counts until");
        assertThat(run(false, "figures")).contains("values.count 2", "neighbours [lisbon]");
        assertThatThrownBy(() -> run(false, "show", "faro", "address")).isInstanceOf(UsageException.class).hasMessageContaining("lisbon address");
        assertThatThrownBy(() -> run(false, "show", "lisbon")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> run(false, "shout")).isInstanceOf(UsageException.class).hasMessageContaining("show, put, remove, figures");
        values.clear();
        assertThat(run(false)).startsWith("no node tells anything yet");
    }

    @Test
    void putsAndRemovesAndChangesNothingOnTrial() {
        assertThat(run(true, "put", "note", "back", "at", "noon")).contains("would tell all nodes note: back at noon");
        assertThat(run(true, "remove", "note")).contains("would take note back");
        assertThat(calls).isEmpty();

        assertThat(run(false, "put", "note", "back", "at", "noon")).contains("undo: dwcp gossip remove address");
        assertThat(run(false, "remove", "note")).contains("note is taken back");

        assertThat(calls).containsExactly("put note back at noon " + Duration.ofHours(2), "remove note");
        assertThatThrownBy(() -> run(false, "remove", "address")).isInstanceOf(UsageException.class).hasMessageContaining("tells no 'address'");
        assertThatThrownBy(() -> run(false, "put", "note")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> run(false, "remove")).isInstanceOf(UsageException.class);
    }

    @Test
    void showsHintsBesideThePeersAndWhatIsNoText() {
        var peer = new PeerInfo(NodeId.of("lisbon"), "192.0.2.7", 7420, true, Fixtures.NOON, 0, List.of(), "");

        assertThat(new HintTable(List.of(address, value("faro", "address", "192.0.2.8:1", 1)), Map.of(peer.id(), peer)).render(Screen.PLAIN))
                .containsPattern("192.0.2.7:7420 +ONLINE").contains("no peer");
        assertThat(new HintTable(List.of(), Map.of()).render(Screen.PLAIN)).isEqualTo("no node has said where it is");
        values.add(new GossipValue(NodeId.of("faro"), "raw", 1, new byte[] {(byte) 0xff}, Fixtures.NOON.plusSeconds(500), Fixtures.NOON, 1));
        assertThat(run(false)).contains("(no text)");
    }

    @Test
    void showsTheFlagsOfAllNodes() {
        var here = FlagState.DEFAULT;
        var table = FlagCommands.told(here, List.of(address, value("lisbon", "flags", "{}", 1), value("porto", "flags", "{\"ForceV1Mode\": true, \"V3RolloutPercentage\": 5}", 1),
                value("faro", "flags", "nonsense", 1)), Fixtures.NOON.plusSeconds(60)).render(Screen.PLAIN);

        assertThat(table).containsPattern("lisbon +off +100 +yes +1 min").containsPattern("porto +on +5 +no").containsPattern("faro +cannot be read");
        assertThat(FlagCommands.told(here, List.of(), Fixtures.NOON).render(Screen.PLAIN)).isEqualTo("no node has told its flags");
    }
}
