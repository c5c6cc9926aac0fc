// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.dwcp.api.hybrid.NetworkMode.DATACENTER;
import static org.dwcp.api.hybrid.NetworkMode.HYBRID;
import static org.dwcp.api.hybrid.NetworkMode.INTERNET;
import static org.dwcp.orchestrator.mode.Bench.conditions;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinkModeDetectorTest {
    private final Bench bench = new Bench();

    @Test
    @Requirement({"R-044", "R-095"})
    void isHybridAndUndetectedUntilTheFirstMeasurement() {
        assertThat(bench.detector.detectMode()).isEqualTo(HYBRID);

        ModeReport report = bench.detector.report();
        assertThat(report.mode()).isEqualTo(HYBRID);
        assertThat(report.detected()).isFalse();
        assertThat(report.average()).isEmpty();
        assertThat(report.reason()).isEqualTo("no measurement yet");
    }

    @Test
    @Requirement("R-095")
    void detectModeAnswersFromTheSamplesAndReportsThem() {
        bench.link(80, 0.2);

        assertThat(bench.detector.detectMode()).isEqualTo(INTERNET);

        ModeReport report = bench.detector.report();
        assertThat(report.detected()).isTrue();
        assertThat(report.average().orElseThrow().rttMs()).isEqualTo(80);
        assertThat(report.samples()).hasSize(1);
        assertThat(report.reason()).contains("80.0 ms", "200 Mbit/s", "internet");
        assertThat(bench.detector.latencyHistory()).containsExactly(80_000_000L);
        assertThat(bench.detector.bandwidthHistory()).containsExactly(200_000_000L);
    }

    @Test
    @Requirement("R-097")
    void theHistoriesHoldTheLastTen() {
        for (int i = 1; i <= 12; i++) {
            bench.detector.offer(conditions(i, i));
        }

        assertThat(bench.detector.latencyHistory()).hasSize(10).startsWith(3_000_000L).endsWith(12_000_000L);
        assertThat(bench.detector.bandwidthHistory()).hasSize(10).startsWith(3_000_000_000L).endsWith(12_000_000_000L);
    }

    @Test
    @Requirement({"R-002", "R-101"})
    void followsALinkFromDatacenterToInternetByItself() {
        bench.link(2, 10).cycles(12);
        assertThat(bench.mode()).isEqualTo(DATACENTER);

        bench.link(80, 0.2).cycles(12);

        assertThat(bench.mode()).isEqualTo(INTERNET);
        assertThat(bench.switchedAtSeconds).hasSize(2);
        assertThat(bench.switchedAtSeconds.get(1)).as("half of the samples are new").isLessThanOrEqualTo(120 + 60.0);
    }

    @Test
    @Requirement("R-078")
    void followsAScriptedTraceOfLanWanLan() {
        bench.link(1, 10).cycles(20);
        bench.link(90, 0.3).cycles(20);
        bench.link(1, 10).cycles(20);

        assertThat(bench.mode()).isEqualTo(DATACENTER);
        assertThat(bench.switchedAtSeconds).hasSize(3);
    }

    @ParameterizedTest
    @Requirement("R-102")
    @CsvSource({"8, 2, 80, 2", "8, 2, 8, 0.2", "80, 0.5, 8, 0.5", "80, 0.5, 80, 5", "30, 1, 300, 0.1", "9.9, 1.05, 99, 0.1"})
    void oneTenfoldOutlierAmongTenDoesNotChangeTheMode(double rttMs, double gbps, double outlierMs, double outlierGbps) {
        bench.link(Math.min(rttMs, rttMs < 10 ? 5 : rttMs), Math.max(gbps, rttMs < 10 ? 5 : gbps)).cycles(15); // well inside its mode first
        bench.link(rttMs, gbps).cycles(10);
        NetworkMode before = bench.mode();

        bench.link(outlierMs, outlierGbps).cycle();
        bench.link(rttMs, gbps);

        for (int i = 0; i < 12; i++) {
            assertThat(bench.cycle()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @Requirement("R-033")
    @CsvSource({"10, 10", "50, 0.5", "5, 1", "80, 1", "10, 1", "50, 1"})
    void fivePercentOfNoiseAroundAThresholdSwitchesNothing(double rttMs, double gbps) {
        for (int seed = 0; seed < 50; seed++) {
            Bench noisy = new Bench();
            Random random = new Random(seed);
            noisy.link(rttMs, gbps).cycle(); // the first detection
            int switches = noisy.switchedAtSeconds.size();

            for (int i = 0; i < 60; i++) {
                noisy.link(rttMs * (0.95 + random.nextDouble() * 0.1), gbps * (0.95 + random.nextDouble() * 0.1)).cycle();
            }

            assertThat(noisy.switchedAtSeconds).as("seed %d", seed).hasSize(switches);
        }
    }

    @Test
    @Requirement({"R-004", "R-029"})
    void conditionsThatAlternateEverySecondSwitchAtMostOnceInAnyThirtySeconds() {
        bench.settings.update(Map.of("hysteresis", 0, "switches.per.hour.max", 1_000));
        double lastSwitch = Double.NEGATIVE_INFINITY;
        NetworkMode last = bench.mode();
        int switches = 0;
        for (int second = 0; second < 600; second++) {
            boolean lan = second % 2 == 0;
            bench.settled(lan ? 1 : 100, lan ? 10 : 0.1); // ten samples at once: no smoothing helps the cooldown here
            bench.detector.detectMode();
            if (bench.mode() != last) {
                assertThat(second - lastSwitch).isGreaterThanOrEqualTo(30);
                lastSwitch = second;
                last = bench.mode();
                switches++;
            }
            bench.clock.advance(Duration.ofSeconds(1));
        }
        assertThat(switches).isGreaterThan(10);
    }

    @Test
    @Requirement({"R-019", "R-029"})
    void theCooldownKeyChangesTheLeastTimeBetweenSwitches() {
        bench.config("cooldown.period.ms", 5_000);
        bench.settled(1, 10).detector.detectMode();

        bench.clock.advance(Duration.ofMillis(4_999));
        bench.settled(100, 0.1).detector.detectMode();
        assertThat(bench.mode()).isEqualTo(DATACENTER);
        assertThat(bench.detector.report().reason()).contains("switch to internet waits: 0.0 s of cooldown");

        bench.clock.advance(Duration.ofMillis(1));
        bench.detector.detectMode();
        assertThat(bench.mode()).isEqualTo(INTERNET);
    }

    @Test
    @Requirement("R-035")
    void theCooldownHoldsOverARestart(@TempDir Path folder) {
        Path file = folder.resolve("last-switch.txt");
        Bench first = new Bench(Optional.of(file), Duration.ofSeconds(100));
        first.settled(1, 10).detector.detectMode();

        Bench second = new Bench(Optional.of(file), Duration.ofSeconds(110));
        second.settled(80, 0.1).detector.detectMode();
        assertThat(second.detector.report().detected()).isFalse();
        assertThat(second.detector.report().reason()).contains("20.0 s of cooldown");

        second.clock.advance(Duration.ofSeconds(20));
        second.detector.detectMode();
        assertThat(second.mode()).isEqualTo(INTERNET);
    }

    @ParameterizedTest
    @Requirement("R-035")
    @ValueSource(strings = {"", "yesterday", "0001-01-01T00:00:00Z", "2030-01-01T00:00:00Z and far too much text to be an instant of any kind at all"})
    void anUnreadableOrAncientCooldownFileIsNoObstacle(String text, @TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("last-switch.txt"), text);

        Bench bench = new Bench(Optional.of(file), Duration.ZERO);

        bench.settled(1, 10).detector.detectMode();
        assertThat(bench.mode()).isEqualTo(DATACENTER);
    }

    @Test
    @Requirement("R-035")
    void aWallClockThatWasSetBackCostsOneCooldownAtMost(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("last-switch.txt"), "2031-01-01T00:00:00Z");
        Bench bench = new Bench(Optional.of(file), Duration.ZERO);

        bench.settled(1, 10).detector.detectMode();
        assertThat(bench.detector.report().detected()).isFalse();
        bench.clock.advance(Duration.ofSeconds(30));
        bench.detector.detectMode();

        assertThat(bench.mode()).isEqualTo(DATACENTER);
    }

    /** A multiplicative walk reflected near the thresholds; a step of 3 % every ten seconds. */
    @Test
    @Requirement({"R-038", "R-064"})
    void anHourOfRandomWalkAroundTheThresholdsStaysWithinFourSwitches() {
        int most = 0;
        for (int seed = 0; seed < 200; seed++) {
            for (double[] around : new double[][] {{10, 1}, {50, 1}, {10, 10}, {50, 0.3}}) {
                Bench walk = new Bench();
                Random random = new Random(seed);
                double rtt = around[0];
                double gbps = around[1];
                for (int i = 0; i < 360; i++) {
                    rtt = Math.clamp(rtt * Math.exp(random.nextGaussian() * 0.03), around[0] * 0.75, around[0] * 1.33);
                    gbps = Math.clamp(gbps * Math.exp(random.nextGaussian() * 0.03), around[1] * 0.75, around[1] * 1.33);
                    walk.link(rtt, gbps).cycle();
                }
                most = Math.max(most, walk.switchedAtSeconds.size() - walk.first());
            }
        }
        assertThat(most).isLessThanOrEqualTo(4);
    }

    @Test
    @Requirement({"R-038", "R-019"})
    void theBudgetOfSwitchesAnHourIsNeverExceededAndBindsNoOperator() {
        bench.config("switches.per.hour.max", 2);
        for (int i = 0; i < 6; i++) {
            boolean lan = i % 2 == 0;
            bench.settled(lan ? 1 : 100, lan ? 10 : 0.1).detector.detectMode();
            bench.clock.advance(Duration.ofMinutes(5));
        }
        assertThat(bench.mode()).as("first detection, then two switches").isEqualTo(DATACENTER);
        assertThat(bench.detector.report().reason()).contains("switches.per.hour.max=2");

        bench.detector.forceMode(INTERNET, "by hand");
        assertThat(bench.mode()).isEqualTo(INTERNET);
        bench.settled(1, 10).detector.release();
        assertThat(bench.mode()).isEqualTo(DATACENTER);

        bench.clock.advance(Duration.ofMinutes(40));
        bench.settled(100, 0.1).detector.detectMode();
        assertThat(bench.mode()).as("the oldest is an hour old").isEqualTo(INTERNET);
    }

    @Test
    @Requirement({"R-098", "R-022"})
    void anOverrideHoldsUntilItIsReleased() {
        bench.link(1, 10).cycles(3);

        bench.detector.forceMode(INTERNET, "drill");
        bench.cycles(10);

        assertThat(bench.mode()).isEqualTo(INTERNET);
        assertThat(bench.detector.detectMode()).isEqualTo(INTERNET);
        assertThat(bench.detector.report().forced()).isTrue();
        assertThat(bench.detector.report().reason()).contains("drill");

        bench.detector.release();

        assertThat(bench.mode()).as("at once, an operator waits for no cooldown").isEqualTo(DATACENTER);
        assertThat(bench.detector.report().forced()).isFalse();
    }

    @Test
    @Requirement("R-098")
    void aReleaseWithoutMeasurementsKeepsTheMode() {
        bench.detector.forceMode(INTERNET, "drill");

        bench.detector.release();
        bench.detector.release();

        assertThat(bench.mode()).isEqualTo(INTERNET);
        assertThat(bench.detector.report().detected()).isTrue();
    }

    @Test
    @Requirement({"R-019", "R-021"})
    void disabledMeansNoDetectionAndNoChangeByAnybody() {
        bench.config("enabled", false);

        bench.link(80, 0.2).cycles(5);

        assertThat(bench.detector.report().detected()).isFalse();
        assertThat(bench.detector.report().samples()).isEmpty();
        assertThatThrownBy(() -> bench.detector.forceMode(INTERNET, "x")).isInstanceOf(DwcpException.class).hasMessageContaining("enabled=false");
        bench.config("enabled", true);
        assertThat(bench.cycle()).isEqualTo(INTERNET);
    }

    @Test
    @Requirement({"R-019", "R-022"})
    void withoutAutoDetectOnlyHandsSwitch() {
        bench.config("auto.detect", false);

        bench.link(80, 0.2).cycles(5);
        assertThat(bench.detector.report().detected()).isFalse();
        assertThat(bench.detector.detectMode()).as("what it would be").isEqualTo(INTERNET);
        assertThat(bench.detector.report().reason()).contains("switch to internet waits: auto.detect=false");

        bench.detector.forceMode(DATACENTER, "by hand");
        assertThat(bench.mode()).isEqualTo(DATACENTER);
        bench.detector.release();
        assertThat(bench.cycles(5)).isEqualTo(DATACENTER);
    }

    @Test
    @Requirement({"R-125", "R-135"})
    void withoutModeDetectionNothingSwitchesByItself() {
        bench.link(1, 10).cycles(5);
        bench.flags = FlagState.DEFAULT.withModes(true, false);

        bench.link(80, 0.2).cycles(20);
        assertThat(bench.mode()).isEqualTo(DATACENTER);
        assertThat(bench.detector.report().reason()).contains("EnableModeDetection=false");

        bench.flags = FlagState.DEFAULT;
        assertThat(bench.cycle()).isEqualTo(INTERNET);
    }

    @Test
    @Requirement({"R-124", "R-135"})
    void withoutHybridModeItIsNeverEntered() {
        bench.flags = FlagState.DEFAULT.withModes(false, true);
        bench.link(1, 10).cycles(5);

        bench.link(30, 1).cycles(20);

        assertThat(bench.mode()).isEqualTo(DATACENTER);
        assertThat(bench.detector.report().reason()).contains("EnableHybridMode: datacenter");
        assertThatThrownBy(() -> bench.detector.forceMode(HYBRID, "x")).isInstanceOf(DwcpException.class)
                .hasMessageContaining("EnableHybridMode");
        assertThat(bench.link(80, 0.2).cycles(12)).isEqualTo(INTERNET);
    }

    @ParameterizedTest
    @Requirement("R-124")
    @CsvSource({"20, DATACENTER", "25, INTERNET"})
    void withoutHybridModeAFirstHybridMeasurementTakesTheNearerMode(double rttMs, NetworkMode expected) {
        bench.flags = FlagState.DEFAULT.withModes(false, true);

        bench.link(rttMs, 1).cycle();

        assertThat(bench.mode()).isEqualTo(expected);
    }
}
