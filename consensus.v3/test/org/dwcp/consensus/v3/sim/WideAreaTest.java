// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;

import org.dwcp.consensus.v3.core.Rules;
import org.dwcp.consensus.v3.core.Settings;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.sim.Faults;
import org.dwcp.testkit.sim.Sometimes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long ordering takes at 200 ms round trip between all members, in virtual time: what the protocol costs, without any machine's noise. */
@Requirement({"R-081", "R-084", "R-205"})
class WideAreaTest {
    private static final Faults LINKS = new Faults(95_000, 105_000, 0, 0, 0, 500, 5_000);

    @ParameterizedTest
    @CsvSource({"4, 0", "4, 1", "7, 0", "7, 2", "10, 0", "10, 3"})
    void ordersWithinTwoAndAHalfSeconds(int n, int silent) {
        var liars = new HashMap<Integer, Liar.Behaviour>();
        for (int id = n; id > n - silent; id--) {
            liars.put(id, Liar.Behaviour.SILENT); // followers: a silent leader costs one timeout once, see the stories
        }
        var world = new World(n, new World.Plan(n, liars, 0, 60, 4, false), Settings.DEFAULT, LINKS, Rules.PBFT, records -> records, new Sometimes(), false);

        assertThat(world.run()).isEmpty();

        var took = world.history.stream().mapToLong(operation -> operation.endedAt() - operation.calledAt()).sorted().toArray();
        assertThat(took).hasSize(240);
        System.out.printf("n = %d, %d silent, 200 ms round trip: p50 %d ms, p99 %d ms%n", n, silent, took[120] / 1_000, took[237] / 1_000);
        assertThat(took[237]).as("99 of 100, in microseconds").isLessThan(2_500_000);
    }
}
