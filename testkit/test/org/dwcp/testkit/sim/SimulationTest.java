// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

class SimulationTest {
    /** Counts up on its disk and tells the next node. */
    private static final class Counter implements SimProcess {
        private final SimNode node;
        private final List<String> seen;

        Counter(SimNode node, List<String> seen) {
            this.node = node;
            this.seen = seen;
        }

        @Override
        public void start() {
            seen.add(node.number() + " starts with " + node.disk().read("count").map(bytes -> bytes.length).orElse(0));
            node.timer(10, 1);
        }

        @Override
        public void receive(int from, byte[] frame) {
            seen.add(node.number() + " hears " + frame[0]);
        }

        @Override
        public void timer(long token) {
            node.disk().append("count", new byte[] {1});
            node.disk().sync(() -> seen.add(node.number() + " synced"));
            node.send((node.number() + 1) % 2, new byte[] {(byte) token});
            node.timer(10, token + 1);
        }
    }

    private static List<String> play(long seed, Faults faults) {
        var seen = new ArrayList<String>();
        var simulation = new Simulation(seed, faults, false);
        for (int number = 0; number < 2; number++) {
            simulation.add(node -> new Counter(node, seen)).start();
        }
        simulation.run(95);
        simulation.node(0).crash();
        simulation.run(50);
        simulation.node(0).start();
        simulation.partition(0, 1);
        simulation.run(50);
        return seen;
    }

    private static final Faults BAD = new Faults(100, 5_000, 0.2, 0.2, 0.1, 100, 20_000);

    @Test
    void theSameSeedGivesTheSameRunAndAnotherOneAnother() {
        assertThat(play(1, BAD)).isEqualTo(play(1, BAD)).isNotEqualTo(play(2, BAD));
    }

    @Test
    void aCrashLosesWhatWasNotSyncedAndKeepsWhatWas() {
        for (long seed = 1; seed < 200; seed++) {
            var seen = play(seed, BAD);
            long synced = seen.subList(0, seen.lastIndexOf("0 starts with " + last(seen))).stream().filter("0 synced"::equals).count();

            assertThat(last(seen)).as("seed %d", seed).isLessThanOrEqualTo(9).isGreaterThanOrEqualTo(synced == 0 ? 0 : 1);
        }
    }

    private static int last(List<String> seen) {
        return seen.stream().filter(line -> line.startsWith("0 starts with ")).map(line -> Integer.parseInt(line.substring(14))).toList().getLast();
    }

    @Test
    void nobodyHearsAcrossAPartitionOrWhileDown() {
        var seen = play(3, Faults.NONE);
        int restart = seen.lastIndexOf("0 starts with " + last(seen));

        assertThat(seen.subList(restart, seen.size())).noneMatch(line -> line.contains("hears"));
        assertThat(seen.subList(0, restart)).anyMatch(line -> line.equals("0 hears 1"));
    }

    @Test
    void aWorldThatNobodyReachesIsNamed() {
        var sometimes = new Sometimes();
        sometimes.reached("a");
        sometimes.reachedIf(false, "b");

        assertThat(sometimes.missing(List.of("a", "b", "c"))).containsExactly("b", "c");
        assertThat(sometimes.counts()).containsEntry("a", 1L);
    }

    @Test
    void aSeedThatFailsIsNamedWithItsTrace() throws InterruptedException {
        var failures = Seeds.range(1, 10, 5, (seed, tracing) -> seed == 7 ? List.of("broken", tracing ? "traced" : "not traced") : List.of());

        assertThat(failures).singleElement().satisfies(failure -> {
            assertThat(failure.seed()).isEqualTo(7);
            assertThat(failure.toString()).contains("-Dsim.seed=7", "broken", "traced");
        });
    }
}
