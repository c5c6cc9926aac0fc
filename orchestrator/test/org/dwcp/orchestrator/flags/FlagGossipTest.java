// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.api.gossip.GossipValue;
import org.dwcp.api.hybrid.FlagState;
import org.junit.jupiter.api.Test;

/** Flags by gossip: told always, taken only from the node that is followed. */
class FlagGossipTest {
    private static final NodeId LISBON = NodeId.of("lisbon");
    private static final NodeId PORTO = NodeId.of("porto");

    private final StoredFlags flags = StoredFlags.inMemory();
    private final Told told = new Told();

    private static GossipValue snapshot(NodeId owner, long version, String text) {
        return new GossipValue(owner, FlagGossip.NAME, version, text.getBytes(StandardCharsets.UTF_8), Instant.EPOCH, Instant.EPOCH.plusSeconds(60), 1);
    }

    private static GossipValue snapshot(NodeId owner, long version, FlagState state) {
        return snapshot(owner, version, FlagJson.write(state));
    }

    @Test
    void tellsTheFlagsAtOnceAndAfterEachChange() {
        var gossip = new FlagGossip(flags, LISBON, "");
        gossip.came(told);
        assertThat(FlagGossip.read(told.values.get("flags"))).isEqualTo(flags.state());

        flags.update(state -> state.withRolloutPercentage(10));

        assertThat(FlagGossip.read(told.values.get("flags")).v3RolloutPercentage()).isEqualTo(10);
    }

    @Test
    void takesNothingFromOthersUnlessItFollowsOne() {
        var gossip = new FlagGossip(flags, LISBON, "");
        gossip.changed(snapshot(PORTO, 1, FlagState.DEFAULT.withRolloutPercentage(10)));
        assertThat(flags.state()).isEqualTo(FlagState.DEFAULT);

        gossip.follow("porto");
        gossip.changed(snapshot(NodeId.of("faro"), 1, FlagState.DEFAULT.withRolloutPercentage(20)));
        assertThat(flags.state()).isEqualTo(FlagState.DEFAULT);
        gossip.changed(snapshot(PORTO, 1, FlagState.DEFAULT.withRolloutPercentage(10)));
        assertThat(flags.state().v3RolloutPercentage()).isEqualTo(10);
    }

    @Test
    void aFollowerTellsNothingAndTakesWhatIsKnownAlready() {
        var gossip = new FlagGossip(flags, LISBON, "");
        gossip.came(told);
        told.others.put(PORTO, snapshot(PORTO, 1, FlagState.DEFAULT.withRolloutPercentage(30)));

        gossip.follow("porto");

        assertThat(told.values).isEmpty();
        assertThat(flags.state().v3RolloutPercentage()).isEqualTo(30);
    }

    @Test
    void anOperatorsChangeHoldsUntilTheFollowedNodeMakesOne() {
        var gossip = new FlagGossip(flags, LISBON, "porto");
        gossip.changed(snapshot(PORTO, 1, FlagState.DEFAULT.withRolloutPercentage(10)));
        flags.update(state -> state.withRolloutPercentage(50));

        gossip.changed(snapshot(PORTO, 2, FlagState.DEFAULT.withRolloutPercentage(10)));
        assertThat(flags.state().v3RolloutPercentage()).isEqualTo(50);

        gossip.changed(snapshot(PORTO, 3, FlagState.DEFAULT.withRolloutPercentage(20)));
        assertThat(flags.state().v3RolloutPercentage()).isEqualTo(20);
    }

    @Test
    void theKillSwitchComesFromElsewhereAndNeverGoesAwayFromElsewhere() {
        var gossip = new FlagGossip(flags, LISBON, "porto");

        gossip.changed(snapshot(PORTO, 1, FlagState.DEFAULT.withForceV1(true)));
        assertThat(flags.state().forceV1Mode()).isTrue();
        gossip.changed(snapshot(PORTO, 2, FlagState.DEFAULT.withRolloutPercentage(5)));

        assertThat(flags.state().forceV1Mode()).isTrue();
        assertThat(flags.state().v3RolloutPercentage()).isEqualTo(5);
    }

    @Test
    void aSnapshotThatCannotBeReadChangesNothing() {
        var gossip = new FlagGossip(flags, LISBON, "porto");

        gossip.changed(snapshot(PORTO, 1, "{\"V3RolloutPercentage\": 1000}"));
        gossip.changed(snapshot(PORTO, 2, "no json"));

        assertThat(flags.state()).isEqualTo(FlagState.DEFAULT);
    }

    @Test
    void refusesToFollowItselfOrNobodysName() {
        assertThatThrownBy(() -> new FlagGossip(flags, LISBON, "lisbon")).isInstanceOf(DwcpException.class).hasMessageContaining("itself");
        assertThatThrownBy(() -> new FlagGossip(flags, LISBON, "No Name")).isInstanceOf(DwcpException.class);
    }

    /** What was put. */
    private static final class Told implements Gossip {
        private final Map<String, GossipValue> values = new HashMap<>();
        private final Map<NodeId, GossipValue> others = new HashMap<>();

        @Override
        public GossipValue put(String name, byte[] bytes, Duration life) {
            var value = new GossipValue(LISBON, name, values.size(), bytes, Instant.EPOCH, Instant.EPOCH.plus(life), 0);
            values.put(name, value);
            return value;
        }

        @Override
        public boolean remove(String name) {
            return values.remove(name) != null;
        }

        @Override
        public Optional<GossipValue> find(NodeId owner, String name) {
            return Optional.ofNullable(others.get(owner));
        }

        @Override
        public List<GossipValue> list() {
            return List.copyOf(values.values());
        }

        @Override
        public List<NodeId> neighbours() {
            return List.of();
        }

        @Override
        public Map<String, Long> figures() {
            return Map.of();
        }
    }
}
