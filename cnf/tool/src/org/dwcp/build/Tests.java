// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

/** One run of a tier of tests, from an empty report folder to the one line that sums it up. */
final class Tests {
    private final House house;
    private final TestOptions options;

    Tests(House house, TestOptions options) {
        this.house = house;
        this.options = options;
    }

    boolean run() throws Exception {
        var reports = Reports.empty(house, options);
        if (!prepare()) {
            Reports.fault(reports.of("build"), "there was no test run, because the workspace does not build");
            System.out.println(reports.total());
            return false;
        }
        var good = true;
        var unitTests = new UnitTests(house, options, reports);
        for (var project : house.projects()) {
            if (options.wants(project.getName())) {
                good &= unitTests.run(project);
            }
        }
        if (options.tier().isEmpty() && !options.isPartial()) {
            good &= new RuleTests(house, reports).run();
        }
        if (options.wants("distribution")) {
            good &= new FrameworkTests(house, options, reports).run();
            good &= new ExamTests(house, options, reports).run();
        }
        var total = reports.total();
        System.out.println(total);
        return good && total.isGood();
    }

    /** The system's tests start the image, and so does Pax Exam. */
    private boolean prepare() throws Exception {
        return new Build(house).run(options.projects()) && (!options.wants("distribution") || new Image(house).assemble());
    }
}
