// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dwcp.api.hybrid.NetworkMode.DATACENTER;
import static org.dwcp.api.hybrid.NetworkMode.INTERNET;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.LinkReport;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.orchestrator.config.Settings;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The modes of a node's links, each by itself. One cycle is one detection and ten seconds of a simulated clock. */
class LinkModesTest {
    private static final NodeId RACK = NodeId.of("rack");
    private static final NodeId OCEAN = NodeId.of("ocean");

    private final SimulatedClock clock = new SimulatedClock();
    private final LinkModeDetector detector = new LinkModeDetector(new Settings(Map.of(), name -> null), () -> FlagState.DEFAULT, clock);
    private final Map<NodeId, LinkConditions> links = new TreeMap<>();

    @BeforeEach
    void attach() {
        detector.attach(new LinkSource() {
            @Override
            public Optional<LinkConditions> sample() {
                return links.values().stream().findFirst();
            }

            @Override
            public List<OfLink> links() {
                return links.entrySet().stream().map(link -> new OfLink(link.getKey(), Optional.of(link.getValue()), List.of())).toList();
            }
        });
    }

    private LinkModesTest link(NodeId peer, double rttMs, double gbps) {
        links.put(peer, Bench.conditions(rttMs, gbps));
        return this;
    }

    private void cycles(int count) {
        for (int i = 0; i < count; i++) {
            detector.detectMode();
            clock.advance(Duration.ofSeconds(10));
        }
    }

    private NetworkMode mode(NodeId peer) {
        return detector.links().stream().filter(link -> link.peer().equals(peer)).map(LinkReport::mode).findFirst().orElseThrow();
    }

    @Test
    @Requirement("R-466")
    void aNeighbourAndAPeerAcrossAnOceanAreInDifferentModesAtTheSameTime() {
        link(RACK, 0.2, 10).link(OCEAN, 100, 0.1).cycles(3);

        assertThat(mode(RACK)).isEqualTo(DATACENTER);
        assertThat(mode(OCEAN)).isEqualTo(INTERNET);

        link(RACK, 100, 0.1).link(OCEAN, 0.2, 10).cycles(3);

        assertThat(mode(RACK)).isEqualTo(INTERNET);
        assertThat(mode(OCEAN)).isEqualTo(DATACENTER);
    }

    @Test
    @Requirement("R-466")
    void aPeerThatIsNoLongerKnownTakesItsModeWithIt() {
        link(RACK, 0.2, 10).link(OCEAN, 100, 0.1).cycles(3);

        links.remove(OCEAN);
        cycles(1);

        assertThat(detector.links()).extracting(LinkReport::peer).containsExactly(RACK);
        assertThat(mode(RACK)).isEqualTo(DATACENTER);
    }

    /** Each link walks by itself around a threshold; a step of 3 % every ten seconds. */
    @Test
    @Requirement({"R-038", "R-466"})
    void anHourOfRandomWalkAroundTheThresholdsStaysWithinFourSwitchesOfEachLink() {
        int most = 0;
        int all = 0;
        for (int seed = 0; seed < 50; seed++) {
            for (int switches : new LinkModesTest().hourOfWalking(new Random(seed))) {
                most = Math.max(most, switches);
                all += switches;
            }
        }
        assertThat(all).as("the walks do cross thresholds").isPositive();
        assertThat(most).isLessThanOrEqualTo(4);
    }

    /** How often each link's mode changed after its first detection. */
    private int[] hourOfWalking(Random random) {
        attach();
        var changes = new TreeMap<>(Map.of(RACK, -1, OCEAN, -1));
        detector.onLinkChange(report -> changes.merge(report.peer(), 1, Integer::sum));
        var around = new TreeMap<>(Map.of(RACK, 10.0, OCEAN, 50.0));
        var rtt = new TreeMap<>(around);
        var gbps = new TreeMap<>(Map.of(RACK, 1.0, OCEAN, 1.0));
        for (int i = 0; i < 360; i++) {
            for (var peer : around.keySet()) {
                rtt.compute(peer, (same, value) -> step(value, around.get(peer), random));
                gbps.compute(peer, (same, value) -> step(value, 1, random));
                link(peer, rtt.get(peer), gbps.get(peer));
            }
            cycles(1);
        }
        return changes.values().stream().mapToInt(Integer::intValue).toArray();
    }

    private static double step(double value, double around, Random random) {
        return Math.clamp(value * Math.exp(random.nextGaussian() * 0.03), around * 0.75, around * 1.33);
    }
}
