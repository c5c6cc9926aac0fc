// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

import org.dwcp.consensus.v3.core.Record;
import org.dwcp.consensus.v3.core.Rules;
import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.Message.Manifest;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.sim.Seeds;
import org.dwcp.testkit.sim.Sometimes;
import org.junit.jupiter.api.Test;

/**
 * Bugs put in on purpose, from outside: other rules, another recovery. Each must be found within a few hundred seeds, or the simulator is blind.
 * The seeds that find them are printed.
 */
@Requirement("R-306")
class PlantedBugTest {
    private static final long SEEDS = 300;

    private static List<Seeds.Failure> hunt(String bug, Rules rules, UnaryOperator<List<Record>> recovery, Liar.Behaviour... behaviours)
            throws InterruptedException {
        var failures = Seeds.range(1, SEEDS, 3, (seed, tracing) -> {
            var random = new SplittableRandom(seed * 104_729);
            var liars = behaviours.length == 0 ? Map.<Integer, Liar.Behaviour>of()
                    : Map.of(random.nextInt(1, 5), behaviours[random.nextInt(behaviours.length)]);
            var plan = new World.Plan(4, liars, random.nextLong(1_000, 3_000), 20, 3, false);
            var world = new World(seed, plan, PbftSimulationTest.settings(random), PbftSimulationTest.faults(random), rules, recovery,
                    new Sometimes(), tracing);
            world.slanderFails = rules == Rules.PBFT;
            var faults = world.run(20_000);
            // Other rules also make a group stand still; what is hunted is harm.
            boolean harmless = rules != Rules.PBFT && !faults.isEmpty() && (faults.getFirst().startsWith("STUCK") || faults.getFirst().startsWith("BEHIND"));
            return harmless ? List.of() : new ArrayList<>(faults);
        });
        System.out.println(bug + ": found by seeds " + failures.stream().map(failure -> failure.seed() + " (" + failure.lines().getFirst().split("[: ]")[0]
                + ")").toList());
        return failures;
    }

    @Test
    void findsMembersThatVoteTwiceAfterACrash() throws InterruptedException {
        // The view is remembered and the votes are not.
        UnaryOperator<List<Record>> forgetful = records -> records.stream()
                .filter(record -> !(record instanceof Record.Accepted) && !(record instanceof Record.Prepared)).toList();

        var failures = hunt("votes forgotten at a crash", Rules.PBFT, forgetful, Liar.Behaviour.EQUIVOCATE);

        assertThat(failures).isNotEmpty().anySatisfy(failure -> assertThat(failure.lines().getFirst()).containsAnyOf("TWICE", "FORK", "STOPPED"));
    }

    @Test
    void findsAQuorumThatIsOneTooSmall() throws InterruptedException {
        var rules = new Rules() {
            @Override
            public int quorum(Membership members) {
                return members.quorum() - 1;
            }
        };

        var failures = hunt("quorum of 2f", rules, records -> records, Liar.Behaviour.EQUIVOCATE, Liar.Behaviour.TWINS);

        assertThat(failures).isNotEmpty().anySatisfy(failure -> assertThat(failure.lines().getFirst()).containsAnyOf("FORK", "STOPPED", "HISTORY"));
    }

    @Test
    void findsABatchThatIsTakenUncheckedFromAMember() throws InterruptedException {
        var rules = new Rules() {
            @Override
            public boolean matches(Digest wanted, Batch batch) {
                return true;
            }
        };

        var failures = hunt("digest of a fetched batch unchecked", rules, records -> records, Liar.Behaviour.FORGE);

        assertThat(failures).isNotEmpty();
    }

    @Test
    void findsAStateThatIsTakenUncheckedFromAMember() throws InterruptedException {
        var rules = new Rules() {
            @Override
            public boolean matches(Digest signed, Manifest manifest) {
                return true;
            }

            @Override
            public boolean matches(Digest wanted, byte[] chunk) {
                return true;
            }
        };

        var failures = hunt("digest of a fetched state unchecked", rules, records -> records, Liar.Behaviour.FORGE);

        assertThat(failures).isNotEmpty();
    }

    @Test
    void findsNothingWhereNothingIsPlanted() throws InterruptedException {
        assertThat(hunt("nothing planted", Rules.PBFT, records -> records, Liar.Behaviour.EQUIVOCATE, Liar.Behaviour.TWINS, Liar.Behaviour.FORGE))
                .isEmpty();
    }
}
