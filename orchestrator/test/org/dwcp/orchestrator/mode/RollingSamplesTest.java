// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.dwcp.orchestrator.mode.Bench.conditions;

import java.util.Random;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

class RollingSamplesTest {
    private final RollingSamples samples = new RollingSamples();

    @Test
    @Requirement({"R-099", "R-097"})
    void averagesExactlyTheLastTenOfTwelve() {
        samples.add(conditions(14, 14));
        samples.add(conditions(8, 8));
        for (double value : new double[] {8, 9, 10, 11, 12, 13, 14, 11, 12, 10}) {
            samples.add(conditions(value, value));
        }

        assertThat(samples.list()).hasSize(10);
        assertThat(samples.average().orElseThrow().rttMs()).isEqualTo(11.0);
        assertThat(samples.average().orElseThrow().bandwidthBps()).isEqualTo(11_000_000_000L);
    }

    @Test
    @Requirement("R-102")
    void oneOutlierOfAnySizeMovesTheAverageByATenthAtMost() {
        for (double factor = 0.01; factor <= 100; factor *= 1.05) {
            RollingSamples ten = new RollingSamples();
            for (int i = 0; i < 9; i++) {
                ten.add(conditions(10, 10));
            }
            ten.add(conditions(10 * factor, 10 * factor));

            assertThat(ten.average().orElseThrow().rttMs()).as("factor %s", factor).isCloseTo(10, within(1.0));
        }
    }

    @Test
    @Requirement("R-480")
    void aLinkThatHasChangedIsFollowedWhenThreeSamplesAgree() {
        for (int i = 0; i < 10; i++) {
            samples.add(conditions(2, 10));
        }
        for (int i = 0; i < 2; i++) {
            samples.add(conditions(80 + i, 0.2));
        }
        assertThat(samples.average().orElseThrow().rttMs()).isEqualTo(2);

        samples.add(conditions(79, 0.2));

        assertThat(samples.average().orElseThrow().rttMs()).isEqualTo(80);
        assertThat(samples.average().orElseThrow().bandwidthBps()).isEqualTo(200_000_000);
    }

    @Test
    @Requirement({"R-102", "R-480"})
    void threeSamplesThatDoNotAgreeOrAreNotFarAreNoChange() {
        for (double[] three : new double[][] {{80, 80, 2}, {80, 2, 80}, {25, 80, 100}, {4, 3.9, 3.8}, {80, 80, 161}}) {
            RollingSamples steady = new RollingSamples();
            for (int i = 0; i < 7; i++) {
                steady.add(conditions(2, 10));
            }
            for (double rtt : three) {
                steady.add(conditions(rtt, 10));
            }

            assertThat(steady.list()).as("%s", java.util.Arrays.toString(three)).hasSize(10);
            assertThat(steady.average().orElseThrow().rttMs()).isLessThan(4);
        }
    }

    @Test
    void withoutThatRuleHalfOfTheSamplesMustBeNew() {
        RollingSamples patient = new RollingSamples(org.dwcp.api.hybrid.ModeDetector.HISTORY_SAMPLES);
        for (int i = 0; i < 10; i++) {
            patient.add(conditions(2, 10));
        }
        for (int i = 0; i < 4; i++) {
            patient.add(conditions(80, 0.2));
        }
        assertThat(patient.average().orElseThrow().rttMs()).isEqualTo(2);

        patient.add(conditions(80, 0.2));
        patient.add(conditions(80, 0.2));

        assertThat(patient.average().orElseThrow().rttMs()).isEqualTo(80);
        assertThat(patient.average().orElseThrow().bandwidthBps()).isEqualTo(200_000_000);
    }

    @Test
    void isEmptyBeforeTheFirstSampleAndNeverAfter() {
        assertThat(samples.average()).isEmpty();

        Random random = new Random(7);
        for (int round = 0; round < 10_000; round++) {
            samples.add(conditions(Math.exp(random.nextGaussian() * 5), random.nextInt(3) == 0 ? 0 : random.nextDouble() * 100));
            double average = samples.average().orElseThrow().rttNs();
            assertThat(average).isBetween(min(), max());
        }
    }

    private double min() {
        return samples.list().stream().mapToDouble(s -> s.rttNs()).min().orElseThrow() - 1;
    }

    private double max() {
        return samples.list().stream().mapToDouble(s -> s.rttNs()).max().orElseThrow() + 1;
    }
}
