// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.ArrayList;
import java.util.List;

/**
 * What the doctor found.
 *
 * @param checks in the order they were made
 */
public record DoctorReport(List<Check> checks) implements View {
    /** How a check ended. */
    public enum Verdict {
        /** Nothing to do. */
        OK,
        /** Works, needs a look. */
        WARN,
        /** Does not work. */
        FAIL
    }

    /**
     * One check.
     *
     * @param name    what was checked
     * @param verdict how it ended
     * @param finding what was found
     * @param remedy  what to do, empty text when there is nothing to do
     */
    public record Check(String name, Verdict verdict, String finding, String remedy) {
    }

    /** Copies the list. */
    public DoctorReport {
        checks = List.copyOf(checks);
    }

    @Override
    public boolean good() {
        return checks.stream().noneMatch(check -> check.verdict() == Verdict.FAIL);
    }

    @Override
    public String render(Screen screen) {
        var table = new Table("*verdict", "check", "finding");
        var lines = new ArrayList<String>();
        for (var check : checks) {
            table.row(check.verdict(), check.name(), check.finding());
        }
        lines.add(table.render(screen));
        for (var check : checks) {
            if (!check.remedy().isEmpty()) {
                lines.add(check.name() + ": " + Text.line(check.remedy()));
            }
        }
        lines.add(checks.stream().filter(c -> c.verdict() == Verdict.FAIL).count() + " failed, "
                + checks.stream().filter(c -> c.verdict() == Verdict.WARN).count() + " need a look, "
                + checks.stream().filter(c -> c.verdict() == Verdict.OK).count() + " well");
        return String.join("\n", lines);
    }
}
