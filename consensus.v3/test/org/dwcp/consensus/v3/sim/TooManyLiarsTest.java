// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.consensus.v3.core.Rules;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.sim.Faults;
import org.dwcp.testkit.sim.Seeds;
import org.dwcp.testkit.sim.Sometimes;
import org.junit.jupiter.api.Test;

/**
 * What is left when f + 1 members are faulty. Members that are down, silent, cut off or slow can only stop it. Members that lie each for
 * itself could not make it fork either in these runs; that f + 1 liars who conspire cannot is <b>not</b> promised by any protocol with 3f + 1 members,
 * and the last test shows that they can.
 */
@Requirement({"R-083", "R-209"})
class TooManyLiarsTest {
    private static List<String> run(long seed, Map<Integer, Liar.Behaviour> liars, boolean tracing) {
        var random = new SplittableRandom(seed);
        var plan = new World.Plan(4, liars, 1_500, 12, 2, false);
        var world = new World(seed, plan, PbftSimulationTest.settings(random), new Faults(100, 5_000, 0, 0, 0, 50, 2_000), Rules.PBFT,
                records -> records, new Sometimes(), tracing);
        var faults = new ArrayList<>(world.run(5_000));
        if (!faults.isEmpty() && tracing) {
            faults.addAll(world.trace());
        }
        return faults;
    }

    /** To stop is what is left: because nobody answers, or because a member sees that more than f lie. */
    private static List<String> withoutStops(List<String> faults) {
        return faults.isEmpty() || faults.getFirst().startsWith("STUCK") || faults.getFirst().startsWith("STOPPED") ? List.of() : faults;
    }

    @Test
    void stopsAndNeverForksWhenFPlusOneAreSilent() throws InterruptedException {
        var stuck = new AtomicLong();

        var failures = Seeds.range(1, 60, 3, (seed, tracing) -> {
            var faults = run(seed, Map.of(1 + (int) (seed % 4), Liar.Behaviour.SILENT, 1 + (int) ((seed + 1) % 4), Liar.Behaviour.SILENT), tracing);
            assertThat(faults).as("nothing can be ordered by 2 of 4").isNotEmpty();
            stuck.addAndGet(faults.getFirst().startsWith("STUCK") ? 1 : 0);
            return withoutStops(faults);
        });

        assertThat(failures).isEmpty();
        assertThat(stuck.get()).isEqualTo(60);
    }

    @Test
    void neverForksInTheseRunsWhenFPlusOneLieEachForItself() throws InterruptedException {
        var one = List.of(Liar.Behaviour.WRONG_DIGEST, Liar.Behaviour.OMIT, Liar.Behaviour.STALE_VIEW, Liar.Behaviour.FORGE, Liar.Behaviour.REPLAY,
                Liar.Behaviour.CENSOR, Liar.Behaviour.DELAY, Liar.Behaviour.FLOOD);

        assertThat(Seeds.range(1, 60, 3, (seed, tracing) -> {
            var faults = run(seed, Map.of(1, one.get((int) (seed % one.size())), 3, one.get((int) (seed / one.size() % one.size()))), tracing);
            return withoutStops(faults);
        })).isEmpty();
    }

    /** Not a failure of the protocol but its bound: two of four that vote for two orders make a quorum of three for each. */
    @Test
    void canBeForkedByFPlusOneWhoConspireAndTheCheckerSaysSo() throws InterruptedException {
        var failures = Seeds.range(1, 20, 3, (seed, tracing) -> run(seed, Map.of(1, Liar.Behaviour.COLLUDE, 2, Liar.Behaviour.COLLUDE), false));

        assertThat(failures).isNotEmpty();
        assertThat(failures.toString()).containsAnyOf("FORK", "STOPPED");
        System.out.println("f + 1 who conspire fork it: seeds " + failures.stream().map(Seeds.Failure::seed).toList());
    }
}
