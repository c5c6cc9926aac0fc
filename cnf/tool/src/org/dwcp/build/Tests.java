// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One run of a tier of tests, from an empty report folder to the one line that sums it up. */
final class Tests {
    /** Source: measured on 2 cores; tests of other tiers need the machine for themselves. */
    private static final int RUNS_AT_ONCE = 2;

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
        var good = runAll(new UnitTests(house, options, reports), reports);
        if (options.tier().isEmpty() && !options.isPartial()) {
            good &= new RuleTests(house, reports).run();
        }
        var total = reports.total();
        System.out.println(total);
        return good && total.isGood();
    }

    /**
     * Compiles one project after the other, as bnd wants it; of the runs two are under way at once, because much of their time is waiting. Tests in a framework come when
     * all is compiled: they use the workspace too.
     */
    private boolean runAll(UnitTests units, Reports reports) throws Exception {
        var runs = new ArrayList<Future<Boolean>>();
        try (var runners = Executors.newFixedThreadPool(options.tier().isEmpty() ? RUNS_AT_ONCE : 1)) {
            for (var project : house.projects()) {
                if (options.wants(project.getName())) {
                    units.prepare(project).map(runners::submit).ifPresent(runs::add);
                }
            }
            if (options.wants("distribution")) {
                runs.add(runners.submit(() -> new FrameworkTests(house, options, reports).run() & new ExamTests(house, options, reports).run()));
            }
            var good = true;
            for (var run : runs) {
                good &= run.get();
            }
            return good;
        }
    }

    /** The system's tests start the image, and so does Pax Exam. */
    private boolean prepare() throws Exception {
        return new Build(house).run(options.projects()) && (!options.wants("distribution") || new Image(house).assemble());
    }
}
