// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.dwcp.api.NodeId;
import org.dwcp.api.transport.LinkStats;
import org.junit.jupiter.api.Test;

class MeasuredLinkTest {
    private static final long MS = 1_000_000;
    private static final long S = 1_000_000_000;

    private final MeasuredLink link = new MeasuredLink();

    private static LinkStats stats(long rttMinNs, long rttNs, long bps, boolean appLimited, double loss) {
        return new LinkStats(NodeId.of("lisbon"), rttMinNs, rttNs, bps, appLimited, loss, 4, "burst");
    }

    @Test
    void isUnknownUntilBothAreKnown() {
        assertThat(link.sample(Instant.EPOCH)).isEmpty();

        link.observe(0, List.of(stats(0, 0, 0, true, 0)), 0, 0);
        assertThat(link.known()).isFalse();
        link.observe(40 * MS, List.of(), 0, 0);
        assertThat(link.known()).as("a round trip, no bandwidth").isFalse();
        assertThat(link.rttNs()).isEqualTo(40 * MS);

        link.measured(stats(50 * MS, 60 * MS, 90_000_000, false, 0), Duration.ofMillis(900), S);
        assertThat(link.sample(Instant.EPOCH)).hasValueSatisfying(sample -> {
            assertThat(sample.rttNs()).as("a burst does not change what is known").isEqualTo(40 * MS);
            assertThat(sample.bandwidthBps()).isEqualTo(90_000_000);
            assertThat(sample.source()).isEqualTo("burst of 900 ms");
        });
    }

    @Test
    void takesTheRoundTripOfABurstWhenNothingElseIsKnown() {
        link.measured(stats(50 * MS, 60 * MS, 90_000_000, false, 0), Duration.ofMillis(900), S);
        assertThat(link.rttNs()).isEqualTo(50 * MS);

        var other = new MeasuredLink();
        other.measured(stats(0, 60 * MS, 90_000_000, false, 0), Duration.ofMillis(900), S);
        assertThat(other.rttNs()).isEqualTo(60 * MS);
    }

    @Test
    void takesTheFastestOfKernelAndPing() {
        link.observe(40 * MS, List.of(stats(30 * MS, 35 * MS, 0, true, 0)), 0, 0);
        assertThat(link.rttNs()).isEqualTo(30 * MS);

        var smoothedOnly = new MeasuredLink();
        smoothedOnly.observe(20 * MS, List.of(stats(0, 30 * MS, 0, true, 0)), 0, 0);
        assertThat(smoothedOnly.rttNs()).isEqualTo(20 * MS);

        var kernelOnly = new MeasuredLink();
        kernelOnly.observe(0, List.of(stats(30 * MS, 35 * MS, 0, true, 0)), 0, 0);
        assertThat(kernelOnly.rttNs()).isEqualTo(30 * MS);
    }

    @Test
    void believesPingsWhereSomebodyInBetweenEndsTheConnections() {
        link.observe(100 * MS, List.of(stats(MS, 2 * MS, 900_000_000, false, 0)), 0, 0);

        assertThat(link.rttNs()).isEqualTo(100 * MS);
        assertThat(link.bandwidthBps()).as("what the kernel tells is of the way to the proxy").isZero();
    }

    @Test
    void aValueThatHasNotChangedIsTheSamePing() {
        for (long ping : new long[] {10, 50, 50, 50, 50, 50}) {
            link.observe(ping * MS, List.of(), 0, 0);
        }
        assertThat(link.rttNs()).isEqualTo(10 * MS);

        for (long ping : new long[] {51, 52, 53}) {
            link.observe(ping * MS, List.of(), 0, 0);
        }
        assertThat(link.rttNs()).as("four newer ones").isEqualTo(50 * MS);
    }

    @Test
    void aLimitedRateCanOnlyRaiseWhatIsKnown() {
        link.observe(40 * MS, List.of(stats(40 * MS, 41 * MS, 500, true, 0)), 0, 0);
        assertThat(link.bandwidthBps()).as("nothing to raise").isZero();

        link.observe(40 * MS, List.of(stats(40 * MS, 41 * MS, 1_000, false, 0)), 0, 0);
        link.observe(40 * MS, List.of(stats(40 * MS, 41 * MS, 800, true, 0)), 0, 0);
        assertThat(link.bandwidthBps()).isEqualTo(1_000);
        link.observe(40 * MS, List.of(stats(40 * MS, 41 * MS, 1_200, true, 0)), 0, 0);
        assertThat(link.bandwidthBps()).isEqualTo(1_200);
    }

    @Test
    void keepsTheLastLossThatWasOne() {
        link.observe(40 * MS, List.of(stats(40 * MS, 41 * MS, 0, true, 0.02)), 0, 0);
        link.observe(40 * MS, List.of(stats(40 * MS, 41 * MS, 0, true, -1), stats(40 * MS, 41 * MS, 0, true, 1.5)), 0, 0);

        assertThat(link.loss()).isEqualTo(0.02);
    }

    @Test
    void asksForABurstAgainWhenTheLinkIsAnother() {
        link.observe(40 * MS, List.of(), 0, 0);
        assertThat(link.needsBurst(0)).isTrue();
        link.tried(0);
        assertThat(link.needsBurst(4 * S)).as("not so soon").isFalse();
        assertThat(link.needsBurst(5 * S)).isTrue();

        link.measured(stats(40 * MS, 41 * MS, 1_000, false, 0), Duration.ofMillis(100), 5 * S);
        link.measured(stats(40 * MS, 41 * MS, 1_100, false, 0), Duration.ofMillis(100), 6 * S);
        assertThat(link.needsBurst(20 * S)).as("confirmed").isFalse();

        for (int i = 0; i < 4; i++) {
            link.observe((81 + i) * MS, List.of(), 0, 20 * S);
        }
        assertThat(link.needsBurst(20 * S)).as("more than twice as far").isTrue();
        link.measured(stats(81 * MS, 82 * MS, 1_000, false, 0), Duration.ofMillis(100), 21 * S);
        link.measured(stats(81 * MS, 82 * MS, 1_000, false, 0), Duration.ofMillis(100), 22 * S);
        assertThat(link.needsBurst(30 * S)).isFalse();
        link.observe(40 * MS, List.of(), 0, 30 * S);
        assertThat(link.needsBurst(30 * S)).as("less than half as far").isTrue();
    }

    @Test
    void measuresALinkThatTakesLongSeldomer() {
        for (long tookMs : new long[] {100, 6_000, 60_000}) {
            var one = new MeasuredLink();
            one.observe(40 * MS, List.of(), 0, 0);
            one.measured(stats(0, 40 * MS, 1_000, false, 0), Duration.ofMillis(tookMs), 0);
            one.measured(stats(0, 40 * MS, 1_000, false, 0), Duration.ofMillis(tookMs), 0);
            long age = Math.clamp(tookMs * 50, 60_000, 600_000) * MS;

            assertThat(one.needsBurst(age - 1)).as("%d ms", tookMs).isFalse();
            assertThat(one.needsBurst(age)).as("%d ms", tookMs).isTrue();
        }
    }

    @Test
    void ofTwoBurstsCloseInTimeTheHigherCounts() {
        link.observe(40 * MS, List.of(), 0, 0);
        link.measured(stats(0, 40 * MS, 1_000, false, 0), Duration.ofMillis(100), 0);
        link.measured(stats(0, 40 * MS, 600, false, 0), Duration.ofMillis(100), 29 * S);
        assertThat(link.bandwidthBps()).isEqualTo(1_000);
        link.measured(stats(0, 40 * MS, 600, false, 0), Duration.ofMillis(100), 60 * S);
        assertThat(link.bandwidthBps()).isEqualTo(600);
    }

    @Test
    void forgetsTrafficSlowlyAndNeverCountsBackwards() {
        link.observe(0, List.of(), 1_000, 0);
        link.observe(0, List.of(), 500, 0);
        assertThat(link.traffic()).isEqualTo(900);
    }
}
