// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.dwcp.build.Coverage;
import org.dwcp.build.House;
import org.dwcp.build.Reports;

/** {@code status-page}: joins the marks with the last whole run of each tier and writes {@code docs/STATUS.md}. */
public final class Status {
    private final House house;

    /** Makes the command for a workspace. */
    public Status(House house) {
        this.house = house;
    }

    /** Writes the page; true unless there is nothing to write it from. */
    public boolean write() throws Exception {
        var results = new TreeMap<String, StatusPage.Result>();
        var tiers = new ArrayList<StatusPage.Tier>();
        for (var name : List.of("main", "system", "soak")) {
            var folder = house.target().resolve("test-reports").resolve(name);
            if (Files.isDirectory(folder)) {
                var total = Reports.count(folder);
                tiers.add(new StatusPage.Tier(name, Reports.commit(folder), total.passed(), total.failed(), total.skipped()));
                addResults(folder, results);
            }
        }
        if (tiers.isEmpty()) {
            System.out.println("error: there are no test results; run ./dwcp test and ./dwcp test --system first");
            return false;
        }
        var page = Files.createDirectories(house.root().resolve("docs")).resolve("STATUS.md");
        Files.writeString(page, new StatusPage(byRow(), results, tiers).text());
        System.out.println("wrote " + house.root().relativize(page));
        return true;
    }

    private static void addResults(Path folder, TreeMap<String, StatusPage.Result> results) throws Exception {
        for (var test : Reports.cases(folder)) {
            // Behind the method's name stand its parameters, the number of the repetition, or the container's name.
            var method = test.getAttribute("name").split("[(\\[ :]")[0];
            var result = switch (Reports.outcome(test)) {
                case PASSED -> new StatusPage.Result(1, 0, 0, "");
                case FAILED -> new StatusPage.Result(0, 1, 0, "");
                case SKIPPED -> new StatusPage.Result(0, 0, 1, reason(test.getElementsByTagName("skipped").item(0)));
            };
            results.merge(test.getAttribute("classname") + "." + method, result, StatusPage.Result::plus);
        }
    }

    /** Surefire puts it in an attribute, JUnit in the text, with the exception's name and stack round it. */
    private static String reason(org.w3c.dom.Node skipped) {
        var message = ((org.w3c.dom.Element) skipped).getAttribute("message");
        var text = message.isEmpty() ? skipped.getTextContent().strip().lines().findFirst().orElse("") : message;
        return text.replaceFirst("^org\\.opentest4j\\.TestAbortedException: ", "").replaceFirst("^Assumption failed: ", "");
    }

    private Map<String, Set<String>> byRow() throws Exception {
        var rows = marks().byRow();
        for (var project : house.projects()) {
            Coverage.mark(project, rows);
        }
        return rows;
    }

    private Marks marks() throws Exception {
        var marks = new Marks();
        for (var project : house.projects()) {
            marks.read(project.getTestOutput().toPath(), true);
            marks.read(project.getOutput().toPath(), project.getName().equals("distribution"));
        }
        marks.read(house.root().resolve("distribution/target/exam-classes"), true);
        return marks;
    }
}
