// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.dwcp.build.status.StatusPage.Result;
import org.junit.jupiter.api.Test;

class StatusPageTest {
    private static final Result PASSED = new Result(1, 0, 0, "");
    private static final Result FAILED = new Result(0, 1, 0, "");
    private static final Result SKIPPED = new Result(0, 0, 1, "no TUN");

    @Test
    void oneFailureFailsTheRow() {
        assertThat(page(Map.of("a.T.x", PASSED, "a.T.y", FAILED))).contains("| R-001 | FAILED | a.T.x PASSED<br>a.T.y FAILED |");
    }

    @Test
    void rowThatOnlySkippedDoesNotPass() {
        assertThat(page(Map.of("a.T.x", SKIPPED))).contains("| R-001 | SKIPPED |").contains("| a.T.x | no TUN |");
    }

    @Test
    void testWithoutAResultIsSaidNotToHaveRun() {
        assertThat(page(Map.of())).contains("| R-001 | NOT RUN |").contains("0 passed, 0 failed, 0 skipped, 1 not run");
    }

    private static String page(Map<String, Result> results) {
        var tests = results.isEmpty() ? Set.of("a.T.x") : results.keySet();
        return new StatusPage(new TreeMap<>(Map.of("R-001", new TreeSet<>(tests))), results, List.of()).text();
    }
}
