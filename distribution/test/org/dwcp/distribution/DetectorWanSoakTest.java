// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink.End;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What two nodes that know nothing of the link between them find out about it by what passes over it: round trip, bandwidth and mode are right
 * by the third sample at the latest. Each link has nodes of its own, so nothing is left of the one before. The links' truth is that of the emulator, which needs
 * processor time of its own: this wants a machine for itself.
 */
@Tag("soak")
@Timeout(300)
class DetectorWanSoakTest {
    private static final int SAMPLES_MAX = 3;
    private static final double RTT_TOLERANCE = 0.1;
    private static final double BANDWIDTH_TOLERANCE = 0.2;
    /** The detection interval is half of the default, which is the harder: a burst on a long link takes longer than that. */
    private static final List<String> SETTINGS = List.of("--set", "org.dwcp.orchestrator:detection.interval.ms=5000", "--set",
            "org.dwcp.orchestrator:cooldown.period.ms=0");

    @TempDir
    private Path folder;

    /** What a node reports of its link; {@code samples} counts those that the report rests on. */
    private record Report(String mode, boolean detected, double rttMs, double mbit, int samples) {
        private static final Pattern AVERAGE = Pattern.compile("\"average\": \\{[^}]*?\"rttNs\": (\\d+)[^}]*?\"bandwidthBps\": (\\d+)");

        /** Reads the one link out of the answer of {@code mode --explain --json}. */
        static Report of(String json) {
            var links = json.substring(json.indexOf("\"links\""));
            var average = AVERAGE.matcher(links);
            if (!average.find()) {
                return new Report("", false, 0, 0, 0);
            }
            return new Report(word(links, "mode"), word(links, "detected").equals("true"), Long.parseLong(average.group(1)) / 1e6,
                    Long.parseLong(average.group(2)) / 1e6, (int) Pattern.compile("\"rttNs\"").matcher(links).results().count() - 1);
        }

        private static String word(String json, String name) {
            var found = Pattern.compile("\"" + name + "\": \"?(\\w+)").matcher(json);
            assertThat(found.find()).as("%s in %s", name, json).isTrue();
            return found.group(1).toLowerCase(Locale.ROOT);
        }

        boolean isRight(WanCondition truth) {
            return detected && off(rttMs, truth.rtt().toNanos() / 1e6) <= RTT_TOLERANCE && off(mbit, truth.bitsPerSecond() / 1e6) <= BANDWIDTH_TOLERANCE
                    && mode.equals(modeOf(truth));
        }

        private static double off(double value, double truth) {
            return Math.abs(value - truth) / truth;
        }
    }

    /** Below 1 Gbit/s the round trip decides: internet is entered a tenth inside its threshold of 50 ms. */
    private static String modeOf(WanCondition truth) {
        return truth.rtt().toMillis() > 55 ? "internet" : "hybrid";
    }

    static Stream<WanCondition> links() {
        return Stream.concat(Stream.of(WanCondition.of(100, 100), WanCondition.of(50, 500), WanCondition.of(100, 900))
                .flatMap(link -> Stream.of(0.0, 0.001, 0.01).map(link::withLoss)), Stream.of(WanCondition.of(500, 100)));
    }

    @ParameterizedTest
    @MethodSource("links")
    void findsOutWhatTheLinkIsByTheThirdSample(WanCondition truth, TestReporter reporter) {
        try (var pair = WanPair.start(folder, truth, SETTINGS)) {
            var last = new AtomicReference<Report>();
            await("samples of " + truth).atMost(WanPair.PATIENCE).pollInterval(Duration.ofMillis(300)).until(() -> {
                last.set(Report.of(pair.run(End.A, "mode", "--explain", "--json").out()));
                return last.get().isRight(truth) || last.get().samples() >= SAMPLES_MAX;
            });

            var report = last.get();
            reporter.publishEntry(truth.toString(), String.format(Locale.ROOT, "%.1f ms, %.1f Mbit/s, %s by sample %d", report.rttMs(), report.mbit(), report.mode(),
                    report.samples()));
            assumeThat(pair.link.stats().aToB().overflows()).as("packets that the emulator itself could not carry on this machine").isZero();
            assertThat(report.isRight(truth)).as("%s: %s%n%s", truth, report, pair.run(End.A, "mode", "--explain").out()).isTrue();
        }
    }
}
