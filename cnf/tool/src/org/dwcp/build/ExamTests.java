// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs Pax Exam through Maven's surefire, as {@code distribution/pom.xml} says. */
final class ExamTests {
    private static final int LOG_LINES_MAX = 20; // chosen: enough for Maven's own summary of what went wrong

    private final House house;
    private final TestOptions options;
    private final Reports reports;

    ExamTests(House house, TestOptions options, Reports reports) {
        this.house = house;
        this.options = options;
        this.reports = reports;
    }

    /** True when there is no such test, or when at least one ran and none failed. */
    boolean run() throws Exception {
        if (!options.tier().isEmpty() || !isWanted()) {
            return true; // JUnit 4 runs these; they belong to the ordinary tests
        }
        var start = System.nanoTime();
        var folder = reports.of("distribution.exam");
        var log = folder.resolve("output.txt");
        var exit = start(folder, log);
        if (Reports.count(folder).executed() == 0 || exit != 0 && Reports.count(folder).failed() == 0) {
            Reports.fault(folder, "Maven ended with " + exit + " and Pax Exam's tests are not complete");
            Files.readAllLines(log).stream().filter(line -> line.startsWith("[ERROR]")).limit(LOG_LINES_MAX).forEach(System.out::println);
        }
        var total = Reports.count(folder);
        System.out.printf("exam: %s in %.1f s%n", total, (System.nanoTime() - start) / 1e9);
        if (!total.isGood()) {
            Reports.printFailures(folder);
            System.out.println("what Maven printed: " + house.root().relativize(log));
        }
        return total.isGood();
    }

    private boolean isWanted() throws IOException {
        var sources = house.root().resolve("distribution/test").resolve(UnitTests.EXAM_FOLDER);
        return Javac.filesBelow(sources, List.of()).stream()
                .map(file -> file.getFileName().toString().replace(".java", ""))
                .anyMatch(name -> options.only().isEmpty() ? name.endsWith("Exam") : name.equals(options.only()));
    }

    private int start(Path folder, Path log) throws Exception {
        var command = new ArrayList<>(List.of("mvn", "-B"));
        command.addAll(words(System.getenv("MAVEN_ARGS")));
        command.addAll(List.of("-Dmaven.repo.local=" + System.getProperty("maven.repo.local"), "-Dexam.reports=" + folder));
        if (!options.only().isEmpty()) {
            command.add("-Dexam.test=" + options.only());
        }
        command.addAll(List.of("-pl", "distribution", "test"));
        var maven = new ProcessBuilder(command).directory(house.root().toFile())
                .redirectErrorStream(true).redirectOutput(log.toFile());
        maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
        try {
            return maven.start().waitFor();
        } catch (IOException e) {
            throw new BuildException("Pax Exam needs Maven (mvn) on the path: " + e.getMessage());
        }
    }

    private static List<String> words(String text) {
        return text == null || text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
    }
}
