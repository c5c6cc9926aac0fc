// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import aQute.bnd.build.Project;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.dwcp.build.runner.TestRunner;

/** Compiles a project's {@code test} folder and runs it in a JVM of its own. */
final class UnitTests {
    /** Sources in this folder belong to Pax Exam, which Maven runs. */
    static final String EXAM_FOLDER = "org/dwcp/exam";

    private final House house;
    private final TestOptions options;
    private final Reports reports;
    private final Coverage coverage;

    UnitTests(House house, TestOptions options, Reports reports) {
        this.house = house;
        this.options = options;
        this.reports = reports;
        this.coverage = new Coverage(house, options);
    }

    /** Compiles and gives the run, which is empty when there is no test folder; runs of several projects may be under way at once. */
    Optional<Callable<Boolean>> prepare(Project project) throws Exception {
        var sources = project.getFile("test").toPath();
        var hasTests = Javac.filesBelow(sources, List.of(EXAM_FOLDER)).stream().anyMatch(file -> file.toString().endsWith(".java"));
        if (!hasTests) {
            return Optional.empty();
        }
        var name = project.getName();
        var folder = reports.of(name);
        if (!compile(project, sources)) {
            Reports.fault(folder, name + ": its tests do not compile");
            return Optional.of(() -> false);
        }
        var process = process(project, folder);
        return Optional.of(() -> run(project, folder, process));
    }

    /** True when every test passed. */
    private boolean run(Project project, Path folder, ProcessBuilder process) throws Exception {
        var name = project.getName();
        var start = System.nanoTime();
        var exit = process.start().waitFor();
        if (exit == TestRunner.NO_TESTS) {
            Reports.fault(folder, name + ": has test sources, but JUnit finds no test in them");
            return false;
        }
        if (exit != 0) {
            Reports.fault(folder, name + ": the tests' JVM ended with " + exit);
        }
        var total = Reports.count(folder);
        if (total.executed() > 0) {
            System.out.printf("%s: %s in %.1f s%n", name, total, (System.nanoTime() - start) / 1e9);
        }
        if (total.failed() > 0) {
            System.out.println("what these tests printed: " + house.root().relativize(folder.resolve("output.txt")));
        }
        return total.failed() == 0 && (!coverage.wants(project) || coverage.check(project, folder));
    }

    private boolean compile(Project project, Path sources) throws Exception {
        var inputs = new Inputs().files(house.root().resolve("cnf")).files(sources).files(project.getBase().toPath(), "src", ".bndrun", ".md");
        var classpath = classpath(project);
        for (var file : classpath) {
            inputs.note(file.getPath());
        }
        for (var needed : neededBy(project)) {
            for (var jar : needed.getBuildFiles()) {
                inputs.content(jar.toPath());
            }
        }
        var record = house.target().resolve("inputs").resolve(project.getName() + ".test");
        if (inputs.sameAs(record)) {
            return true;
        }
        if (!new Javac(house, project).compile(List.of(sources), project.getTestOutput().toPath(), classpath, EXAM_FOLDER)) {
            return false;
        }
        inputs.write(record);
        return true;
    }

    private static Collection<Project> neededBy(Project project) throws Exception {
        var needed = new LinkedHashSet<Project>(project.getTestDependencies());
        needed.addAll(project.getBuildDependencies());
        needed.add(project);
        return needed;
    }

    private Collection<File> classpath(Project project) throws Exception {
        var files = new LinkedHashSet<File>();
        files.add(project.getTestOutput());
        files.add(project.getOutput());
        files.addAll(Build.files(project, project.getBuildpath()));
        files.addAll(Build.files(project, project.getTestpath()));
        return files;
    }

    private ProcessBuilder process(Project project, Path folder) throws Exception {
        var files = new ArrayList<>(classpath(project));
        files.add(house.target().resolve("driver").toFile());
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-ea", "-Xmx1g",
                "--enable-native-access=ALL-UNNAMED", "-XX:+EnableDynamicAgentLoading", "--sun-misc-unsafe-memory-access=allow",
                "-Dio.netty.leakDetection.level=paranoid",
                "-Djava.awt.headless=true",
                "-Ddwcp.root=" + house.root()));
        if (coverage.wants(project)) {
            command.add(coverage.agent(folder));
        }
        command.addAll(options.defines());
        command.addAll(List.of("-cp", files.stream().map(File::getPath).collect(Collectors.joining(File.pathSeparator)),
                TestRunner.class.getName(), project.getTestOutput().getPath(), folder.toString(),
                options.tier().isEmpty() ? "-" : options.tier(), options.only().isEmpty() ? "-" : options.only()));
        return new ProcessBuilder(command).directory(project.getBase()).inheritIO()
                .redirectInput(ProcessBuilder.Redirect.PIPE);
    }
}
