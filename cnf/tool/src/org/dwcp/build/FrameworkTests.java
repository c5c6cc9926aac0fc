// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import aQute.bnd.build.Project;
import aQute.bnd.build.ProjectTester;
import biz.aQute.resolve.Bndrun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs the tests that live inside a framework, one JVM for each {@code distribution/test*.bndrun}, or
 * {@code system*.bndrun} and {@code soak*.bndrun} in those tiers.
 */
final class FrameworkTests {
    private final House house;
    private final TestOptions options;
    private final Reports reports;

    FrameworkTests(House house, TestOptions options, Reports reports) {
        this.house = house;
        this.options = options;
        this.reports = reports;
    }

    /** True when each file ran at least one test and none failed. */
    boolean run() throws Exception {
        var only = options.only().isEmpty() ? List.<String>of() : classesNamed(options.only());
        if (!options.only().isEmpty() && only.isEmpty()) {
            return true;
        }
        var good = true;
        for (var file : files()) {
            good &= run(file, only);
        }
        return good;
    }

    private boolean run(Path file, List<String> only) throws Exception {
        var start = System.nanoTime();
        var name = file.getFileName().toString().replace(".bndrun", "");
        var folder = reports.of("distribution." + name);
        var output = folder.resolve("output.txt");
        try (var run = Bndrun.createBndrun(house.workspace(), file.toFile()); var writer = Files.newBufferedWriter(output)) {
            var tester = run.getProjectTester();
            tester.setReportDir(folder.toFile());
            tester.getProjectLauncher().setStreams(writer, writer);
            only.forEach(tester::addTest);
            var exit = start(run, tester, name);
            // The exit code is the number of failed tests, so it says something only where none has failed.
            if (Reports.count(folder).executed() == 0 || exit != 0 && Reports.count(folder).failed() == 0) {
                Reports.fault(folder, file.getFileName() + ": the framework ended with " + exit + " and its tests are not complete");
            }
            var total = Reports.count(folder);
            System.out.printf("%s: %s in %.1f s%n", name, total, (System.nanoTime() - start) / 1e9);
            if (!total.isGood()) {
                Reports.printFailures(folder);
                System.out.println("what the framework printed: " + house.root().relativize(output));
            }
            return total.isGood();
        }
    }

    /** The exit code of the framework's JVM; -1 when it was not started. */
    private static int start(Project run, ProjectTester tester, String name) throws Exception {
        tester.prepare();
        if (!House.report(name, run)) {
            return -1;
        }
        var exit = tester.test();
        run.clear(); // bnd repeats the exit code as an error with the whole command line
        return exit;
    }

    private List<Path> files() throws IOException {
        var folder = house.root().resolve("distribution");
        var prefix = options.tier().isEmpty() ? "test" : options.tier();
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(prefix + ".*\\.bndrun")).sorted().toList();
        }
    }

    private List<String> classesNamed(String simpleName) throws IOException {
        var sources = house.root().resolve("distribution/src");
        return Javac.filesBelow(sources, List.of()).stream()
                .filter(file -> file.getFileName().toString().equals(simpleName + ".java"))
                .map(file -> sources.relativize(file).toString().replace(".java", "").replace('/', '.'))
                .toList();
    }
}
