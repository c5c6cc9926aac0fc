// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.dwcp.orchestrator.mode.Bench.conditions;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;

import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * What three samples that agree are worth, beside waiting for half of ten: the delay of a change, and the changes of mode that a link did not ask for. The rule
 * alone is replayed, without cooldown and budget, so that nothing is hidden by them. {@code -Ddwcp.traces=FOLDER} replays real traces too.
 */
@Requirement("R-480")
class DetectionReplayTest {
    private static final int PATIENT = ModeDetector.HISTORY_SAMPLES;
    private static final int QUICK = RollingSamples.AGREEING;
    private static final double[][] PLACES = {{2, 10}, {80, 0.2}, {30, 0.5}, {5, 2}, {200, 0.05}};

    /** Replays a link; gives the index of each change of mode after the first detection. */
    private static List<Integer> changes(int agreeing, List<LinkConditions> link) {
        ThresholdRule rule = new ThresholdRule(HybridConfig::defaults);
        RollingSamples samples = new RollingSamples(agreeing);
        NetworkMode mode = NetworkMode.HYBRID;
        List<Integer> changes = new ArrayList<>();
        for (int i = 0; i < link.size(); i++) {
            samples.add(link.get(i));
            NetworkMode next = rule.decide(mode, samples.average().orElseThrow()).mode();
            if (next != mode && i > 0) {
                changes.add(i);
            }
            mode = next;
        }
        return changes;
    }

    @Test
    void aChangedLinkIsFoundAfterThreeSamplesInsteadOfFiveOrSix(TestReporter reporter) {
        for (double[] from : PLACES) {
            for (double[] to : PLACES) {
                NetworkMode before = ThresholdRule.raw(HybridConfig.defaults(), conditions(from[0], from[1]));
                NetworkMode after = ThresholdRule.raw(HybridConfig.defaults(), conditions(to[0], to[1]));
                boolean far = Math.max(from[0] / to[0], to[0] / from[0]) > 2 && Math.max(from[1] / to[1], to[1] / from[1]) > 2;
                if (before == after || !far) {
                    continue;
                }
                List<LinkConditions> link = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    link.add(i < 20 ? conditions(from[0], from[1]) : conditions(to[0], to[1]));
                }
                int quick = changes(QUICK, link).getLast() - 19;
                int patient = changes(PATIENT, link).getLast() - 19;
                reporter.publishEntry(before + " to " + after, quick + " samples instead of " + patient);

                assertThat(quick).isEqualTo(3);
                assertThat(patient).isBetween(5, 6);
                assertThat(changes(QUICK, link)).as("no mode on the way").hasSize(1);
            }
        }
    }

    /** Noise of a third, and one sample in twenty ten times off: what busy machines make of a steady link. */
    @Test
    void steadyLinksChangeLessThanOnceInAThousandSamples(TestReporter reporter) {
        int samples = 0;
        int quick = 0;
        int patient = 0;
        for (int seed = 0; seed < 100; seed++) {
            for (double[] place : PLACES) {
                Random random = new Random(seed);
                List<LinkConditions> link = new ArrayList<>();
                for (int i = 0; i < 360; i++) {
                    double wild = random.nextInt(20) == 0 ? 10 : 1;
                    link.add(conditions(place[0] * Math.exp(random.nextGaussian() * 0.1) * wild, place[1] * Math.exp(random.nextGaussian() * 0.3) / wild));
                }
                quick += changes(QUICK, link).size();
                patient += changes(PATIENT, link).size();
                samples += link.size();
            }
        }
        reporter.publishEntry("changes in 500 hours of steady links", quick + " with three that agree, " + patient + " without");

        assertThat(quick).isLessThan(samples / 1_000);
        assertThat(patient).isLessThan(samples / 1_000);
    }

    /** Each trace is put around the threshold, where it is hardest: its median becomes 1 Gbit/s, at 80 ms and at 5 ms. */
    @Test
    @Tag("soak")
    void realTracesAreReplayedWhereTheyAre(TestReporter reporter) throws IOException {
        String folder = System.getProperty("dwcp.traces");
        assumeThat(folder).as("SKIPPED: give the folder of the traces by -Ddwcp.traces=FOLDER").isNotNull();
        try (var files = Files.list(Path.of(folder))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".csv.gz")).sorted().toList()) {
                Map<String, List<Double>> traces = read(file);
                for (double rttMs : traces.isEmpty() ? new double[0] : new double[] {80, 5}) {
                    int quick = 0;
                    int patient = 0;
                    long samples = 0;
                    for (List<Double> trace : traces.values()) {
                        double[] sorted = trace.stream().mapToDouble(Double::doubleValue).sorted().toArray();
                        double median = Math.max(1e-9, sorted[sorted.length / 2]);
                        List<LinkConditions> link = trace.stream().map(mbps -> conditions(rttMs, mbps / median)).toList();
                        quick += changes(QUICK, link).size();
                        patient += changes(PATIENT, link).size();
                        samples += link.size();
                    }
                    reporter.publishEntry(file.getFileName() + " at " + rttMs + " ms", quick + " changes with three that agree, " + patient + " without, in "
                            + samples + " samples of " + traces.size() + " traces");
                    assertThat(samples).isPositive();
                }
            }
        }
    }

    /** Columns trace,t,mbps; other files give nothing. One sample for ten seconds, as the detector takes them. */
    private static Map<String, List<Double>> read(Path file) throws IOException {
        Map<String, List<Double>> traces = new LinkedHashMap<>();
        Map<String, Double> last = new LinkedHashMap<>();
        try (var in = new BufferedReader(new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), java.nio.charset.StandardCharsets.UTF_8))) {
            if (!"trace,t,mbps".equals(in.readLine())) {
                return traces;
            }
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] cells = line.split(",");
                String name = String.join(",", Arrays.copyOf(cells, cells.length - 2));
                double t = Double.parseDouble(cells[cells.length - 2]);
                if (t - last.getOrDefault(name, -10.0) >= 10) {
                    last.put(name, t);
                    traces.computeIfAbsent(name, id -> new ArrayList<>()).add(Double.parseDouble(cells[cells.length - 1]));
                }
            }
        }
        return traces;
    }
}
