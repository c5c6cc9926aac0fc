// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

import org.dwcp.testkit.Requirement;
import org.dwcp.transport.lane.Pacer.Sample;
import org.dwcp.transport.v3.BbrModel.State;
import org.junit.jupiter.api.Test;

/** The model on a simulated bottleneck: a link of fixed rate and delay with a queue in front of it. */
@Requirement({"R-142", "R-069"})
class BbrModelTest {
    private static final long STEP_NS = 10_000_000;
    private static final long PATH_NS = 50_000_000;
    private final BbrModel model = new BbrModel();
    private final List<State> states = new ArrayList<>();
    private long linkBps = 100_000_000;
    private long nowNs;
    private double queueBytes;
    private long rateBps = 4_000_000;
    private long deliveredBps;

    /** Lets the link run for a while, always with data to send. */
    private void run(long ms) {
        for (long end = nowNs + ms * 1_000_000; nowNs < end; nowNs += STEP_NS) {
            queueBytes = Math.max(0, queueBytes + (rateBps - linkBps) / 8e9 * STEP_NS);
            deliveredBps = Math.min(queueBytes > 0 ? linkBps : rateBps, linkBps);
            long rttNs = PATH_NS + (long) (queueBytes * 8e9 / linkBps);
            long flight = (long) (deliveredBps / 8e9 * PATH_NS + queueBytes);
            rateBps = model.paceBps(new Sample(nowNs, deliveredBps, false, rttNs, PATH_NS, flight));
            if (states.isEmpty() || states.getLast() != model.state()) {
                states.add(model.state());
            }
        }
    }

    @Test
    void goesFromStartupThroughDrainToProbing() {
        run(5_000);

        assertThat(states).containsExactly(State.STARTUP, State.DRAIN, State.PROBE_BW);
    }

    @Test
    void findsTheBottlenecksRateAndEmptiesTheQueueThatItMade() {
        run(5_000);

        assertThat(model.bottleneckBps()).isEqualTo(linkBps);
        assertThat(queueBytes).isLessThan(linkBps / 8e9 * PATH_NS);
    }

    @Test
    void staysWithinAQuarterOfTheRateOnceItProbes() {
        run(5_000);

        for (int step = 0; step < 500; step++) {
            run(10);
            assertThat(rateBps).isBetween((long) (linkBps * 0.75), (long) (linkBps * 1.25));
        }
    }

    @Test
    void looksForTheShortestRoundTripAgainAfterTenSeconds() {
        run(5_000);
        states.clear();
        queueBytes = 200_000; // somebody else's traffic from now on: the shortest round trip is not seen again
        for (int step = 0; step < 1_200; step++) {
            queueBytes = Math.max(queueBytes, 200_000);
            run(10);
        }

        assertThat(states).contains(State.PROBE_RTT);
        assertThat(states.getLast()).isEqualTo(State.PROBE_BW);
    }

    @Test
    void followsALinkThatGetsFasterAndOneThatGetsSlower() {
        run(5_000);
        linkBps = 300_000_000;
        run(10_000);
        assertThat(model.bottleneckBps()).isEqualTo(300_000_000);

        linkBps = 50_000_000;
        run(10_000);
        assertThat(model.bottleneckBps()).isEqualTo(50_000_000);
    }

    @Test
    void doesNotTakeAPauseOfTheApplicationForTheLink() {
        run(5_000);

        for (int step = 0; step < 5; step++) {
            nowNs += STEP_NS;
            model.paceBps(new Sample(nowNs, 1_000_000, true, PATH_NS, PATH_NS, 0));
        }

        assertThat(model.bottleneckBps()).isEqualTo(linkBps);
    }

    @Test
    void setsNoBoundBeforeAnythingIsMeasured() {
        assertThat(model.paceBps(new Sample(0, 0, true, 0, 0, 0))).isZero();
    }
}
