// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build.status;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Writes what the last test results say about each requirement. A pure function: the same results give the same page. */
final class StatusPage {
    private final Map<String, Set<String>> testsByRow;
    private final Map<String, Result> results;
    private final List<Tier> tiers;

    StatusPage(Map<String, Set<String>> testsByRow, Map<String, Result> results, List<Tier> tiers) {
        this.testsByRow = testsByRow;
        this.results = results;
        this.tiers = tiers;
    }

    String text() {
        var lines = new ArrayList<>(List.of("# Status", "",
                "Made by `./dwcp status-page` from the marks in the tests and the results of their last run. Do not edit.", "",
                "| tier | commit | passed | failed | skipped |", "|---|---|---|---|---|"));
        tiers.forEach(tier -> lines.add("| " + tier.name() + " | " + tier.commit() + " | " + tier.passed() + " | " + tier.failed() + " | " + tier.skipped() + " |"));

        var table = new ArrayList<String>();
        var counts = new TreeMap<Outcome, Integer>();
        testsByRow.forEach((row, tests) -> {
            var outcome = outcome(tests);
            counts.merge(outcome, 1, Integer::sum);
            table.add("| " + row + " | " + outcome.word() + " | " + String.join("<br>", tests.stream().map(this::line).toList()) + " |");
        });
        lines.addAll(List.of("", "## Requirements", "", testsByRow.size() + " rows are shown by tests: " + sentence(counts) + ".", "",
                "| row | result | tests |", "|---|---|---|"));
        lines.addAll(table);
        addSkipped(lines);
        return String.join("\n", lines) + "\n";
    }

    private void addSkipped(List<String> lines) {
        var skipped = new TreeSet<String>();
        results.forEach((test, result) -> {
            if (result.skipped() > 0) {
                skipped.add("| " + test + " | " + result.reason().replace("|", "\\|").replaceAll("\\s+", " ") + " |");
            }
        });
        if (!skipped.isEmpty()) {
            lines.addAll(List.of("", "## Skipped, and why", "", "| test | reason |", "|---|---|"));
            lines.addAll(skipped);
        }
    }

    /** One failure fails the row; it passes only when something passed; what only skipped shows nothing. */
    private Outcome outcome(Set<String> tests) {
        var sum = tests.stream().map(test -> results.getOrDefault(test, Result.NONE)).reduce(Result.NONE, Result::plus);
        return sum.outcome();
    }

    private String line(String test) {
        return test + " " + results.getOrDefault(test, Result.NONE).outcome().word();
    }

    private static String sentence(Map<Outcome, Integer> counts) {
        var parts = new ArrayList<String>();
        for (var outcome : Outcome.values()) {
            parts.add(counts.getOrDefault(outcome, 0) + " " + outcome.word().toLowerCase(java.util.Locale.ROOT));
        }
        return String.join(", ", parts);
    }

    /** What a row or a test has come to. */
    enum Outcome {
        PASSED, FAILED, SKIPPED, NOT_RUN;

        String word() {
            return name().replace('_', ' ');
        }
    }

    /**
     * The results of one test method; a parameterized one has several.
     *
     * @param passed  how many passed
     * @param failed  how many failed
     * @param skipped how many were skipped
     * @param reason  why the last of them was skipped; empty when none was
     */
    record Result(int passed, int failed, int skipped, String reason) {
        static final Result NONE = new Result(0, 0, 0, "");

        Result plus(Result other) {
            return new Result(passed + other.passed, failed + other.failed, skipped + other.skipped,
                    other.reason.isEmpty() ? reason : other.reason);
        }

        Outcome outcome() {
            if (failed > 0) {
                return Outcome.FAILED;
            }
            if (passed > 0) {
                return Outcome.PASSED;
            }
            return skipped > 0 ? Outcome.SKIPPED : Outcome.NOT_RUN;
        }
    }

    /** The last run of one tier. */
    record Tier(String name, String commit, int passed, int failed, int skipped) {
    }
}
