// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.Test;

class FlowMeterTest {
    private static final NodeId LISBON = NodeId.of("lisbon");
    private static final RouteKey FLOW = RouteKey.ofPeer(LISBON, "f1");

    private final SimulatedClock clock = new SimulatedClock();
    private final FlowMeter meter = new FlowMeter(clock);

    @Test
    void watchesSoManyFlowsAndNoMore() {
        for (int i = 0; i < FlowMeter.FLOWS_MAX; i++) {
            meter.opened("transport", RouteKey.of("flow-" + i));
        }
        meter.opened("transport", FLOW);
        meter.progress("transport", FLOW, "transport.v1", 10);
        meter.look();
        assertThat(meter.around("transport", LISBON, clock.nanoTime(), 1_000)).isEmpty();

        meter.closed("transport", RouteKey.of("flow-0"));
        meter.opened("transport", FLOW);
        meter.progress("transport", FLOW, "transport.v1", 10);
        assertThat(meter.around("transport", LISBON, clock.nanoTime(), 1_000)).hasSize(1);
    }

    @Test
    void forgetsAFlowWithItsLastLease() {
        meter.opened("transport", FLOW);
        meter.opened("transport", FLOW);
        meter.closed("transport", FLOW);
        meter.progress("transport", FLOW, "transport.v1", 10);
        assertThat(meter.around("transport", LISBON, 0, 1)).hasSize(1);

        meter.closed("transport", FLOW);
        meter.closed("transport", FLOW);
        meter.progress("transport", FLOW, "transport.v1", 10);
        assertThat(meter.around("transport", LISBON, 0, 1)).isEmpty();
    }

    @Test
    void notesAMoveOnlyWhenADecisionMadeItAndBytesFollow() {
        meter.opened("transport", FLOW);
        meter.progress("transport", FLOW, "transport.v1", 10);
        meter.progress("transport", FLOW, "transport.v3", 0);
        assertThat(meter.moves()).as("no byte yet").isEmpty();
        meter.progress("transport", FLOW, "transport.v3", 10);
        assertThat(meter.moves()).as("nobody decided that").isEmpty();

        meter.decided("transport", clock.nanoTime());
        clock.advance(Duration.ofMillis(7));
        meter.progress("transport", FLOW, "transport.v1", 10);
        assertThat(meter.moves()).singleElement().satisfies(move -> {
            assertThat(move.from()).isEqualTo("transport.v3");
            assertThat(move.sinceDecision()).isEqualTo(Duration.ofMillis(7));
        });
    }

    @Test
    void keepsTheLastThousandMoves() {
        meter.opened("transport", FLOW);
        meter.progress("transport", FLOW, "p-1", 1);
        meter.decided("transport", clock.nanoTime());
        for (int i = 0; i < 1_001; i++) {
            meter.progress("transport", FLOW, "p" + i, 1);
        }

        assertThat(meter.moves()).hasSize(1_000);
        assertThat(meter.moves().getFirst().to()).isEqualTo("p1");
    }

    @Test
    void comparesGoodputBeforeAndAfterAMoment() {
        meter.opened("transport", FLOW);
        meter.opened("transport", RouteKey.ofPeer(LISBON, "silent"));
        meter.opened("transport", RouteKey.of("no peer"));
        meter.opened("other", FLOW);
        meter.progress("other", FLOW, "x", 1);
        meter.progress("transport", RouteKey.of("no peer"), "transport.v1", 1);
        long momentNs = 0;
        for (int second = 0; second <= 130; second++) {
            meter.progress("transport", FLOW, "transport.v1", second < 126 ? 1_000 : 3_000);
            meter.look();
            if (second == 125) {
                momentNs = clock.nanoTime();
            }
            clock.advance(Duration.ofSeconds(1));
        }

        var compared = meter.around("transport", LISBON, momentNs, Duration.ofSeconds(4).toNanos());

        assertThat(compared).singleElement().satisfies(flow -> {
            assertThat(flow.beforeBps()).isEqualTo(8_000);
            assertThat(flow.afterBps()).isEqualTo(24_000);
            assertThat(flow.isJudged()).isTrue();
        });
        assertThat(meter.around("transport", LISBON, 0, 1)).singleElement().satisfies(flow -> {
            assertThat(flow.beforeBps()).as("looks are kept for two minutes").isNegative();
            assertThat(flow.isJudged()).isFalse();
        });
        assertThat(new FlowMeter.Goodput(FLOW, 5, -1).isJudged()).isFalse();
    }
}
