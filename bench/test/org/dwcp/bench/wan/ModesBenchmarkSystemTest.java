// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.wan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.regex.Pattern;

import org.dwcp.bench.BenchOptions;
import org.dwcp.bench.Row;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.wan.WanLink;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The links differ by more than a busy machine takes away: the internet's carries 12,000 messages a second at most. */
@Tag("system")
@Timeout(300)
class ModesBenchmarkSystemTest {
    @Test
    @Requirement("R-082")
    void reportsTheMessagesOfASecondInEachModeAndMostInADatacenter() throws Exception {
        assumeThat(WanLink.unavailable()).as(() -> WanLink.unavailable().orElse("")).isEmpty();

        var rows = new ModesBenchmark().run(new BenchOptions(true, Pattern.compile("")));

        assertThat(rows).extracting(Row::scenario).containsExactly("INTERNET", "HYBRID", "DATACENTER");
        assertThat(rows).extracting(Row::unit).containsOnly("messages/s");
        assertThat(rows).allSatisfy(row -> assertThat(row.ours()).isPositive());
        assertThat(rows.getLast().ours()).isGreaterThan(rows.getFirst().ours());
    }
}
