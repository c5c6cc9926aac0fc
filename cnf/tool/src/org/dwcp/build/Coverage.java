// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import aQute.bnd.build.Project;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.stream.XMLOutputFactory;
import org.jacoco.agent.AgentJar;
import org.jacoco.core.analysis.Analyzer;
import org.jacoco.core.analysis.CoverageBuilder;
import org.jacoco.core.analysis.IBundleCoverage;
import org.jacoco.core.analysis.ICounter;
import org.jacoco.core.analysis.ICoverageNode;
import org.jacoco.core.tools.ExecFileLoader;

/**
 * How much of a project its own tests reach, by JaCoCo. A project that states a bar ({@code coverage.percent.min} in its {@code bnd.bnd}) is measured in every
 * whole run, and it counts as a test whether lines and branches reach it; {@code --coverage} measures whatever is run and shows where the gaps are.
 */
public final class Coverage {
    /** What a project says of itself: the least percentage of lines and of branches, and the requirement that it shows by that. */
    static final String BAR = "coverage.percent.min";
    private static final String REQUIREMENT = "coverage.requirement";

    private final House house;
    private final TestOptions options;

    Coverage(House house, TestOptions options) {
        this.house = house;
        this.options = options;
    }

    /** Notes which test of the reports shows a requirement by a project's coverage. */
    public static void mark(Project project, Map<String, Set<String>> testsByRow) {
        if (project.get(REQUIREMENT) != null) {
            testsByRow.computeIfAbsent(project.get(REQUIREMENT).strip(), row -> new TreeSet<>()).add(Coverage.class.getName() + "." + project.getName());
        }
    }

    /** Whether a project's tests run with the agent. A part of them says nothing about the bar. */
    boolean wants(Project project) {
        return options.coverage() || hasBar(project) && options.tier().isEmpty() && !options.isPartial();
    }

    private boolean hasBar(Project project) {
        return project.get(BAR) != null;
    }

    /** Returns the option of the tests' JVM. */
    String agent(Path folder) throws IOException {
        var jar = house.target().resolve("jacoco-agent.jar");
        if (!Files.exists(jar)) {
            AgentJar.extractTo(jar.toFile());
        }
        return "-javaagent:" + jar + "=destfile=" + measured(folder) + ",append=false,includes=org.dwcp.*";
    }

    private static Path measured(Path folder) {
        return folder.resolve("jacoco.exec");
    }

    /** Prints what was reached; false when that is less than the project's bar. */
    boolean check(Project project, Path folder) throws Exception {
        var bundle = analyse(project, folder);
        if (options.coverage()) {
            print(bundle);
        }
        var line = percent(bundle.getLineCounter());
        var branch = percent(bundle.getBranchCounter());
        System.out.printf(Locale.ROOT, "%s: coverage of lines %.1f %%, of branches %.1f %%%n", project.getName(), line, branch);
        if (!hasBar(project) || !options.only().isEmpty() || !options.tier().isEmpty()) {
            return true;
        }
        var bar = Integer.parseInt(project.get(BAR).strip());
        var good = line >= bar && branch >= bar;
        write(project.getName(), folder, good ? "" : String.format(Locale.ROOT,
                "%s: coverage of lines %.1f %% and of branches %.1f %% must be %d %% each; ./dwcp test %s --coverage shows the gaps", project.getName(), line, branch,
                bar, project.getName()));
        return good;
    }

    private static IBundleCoverage analyse(Project project, Path folder) throws Exception {
        var loader = new ExecFileLoader();
        loader.load(measured(folder).toFile());
        var builder = new CoverageBuilder();
        new Analyzer(loader.getExecutionDataStore(), builder).analyzeAll(project.getOutput());
        return builder.getBundle(project.getName());
    }

    /** A table by packages, then every class with branches that nothing took, most of them first. */
    private static void print(IBundleCoverage bundle) {
        System.out.printf("%-52s %8s %8s %s%n", "package", "lines", "branches", "missed");
        var classes = new ArrayList<ICoverageNode>();
        for (var one : bundle.getPackages()) {
            row(one.getName().replace('/', '.'), one);
            classes.addAll(one.getSourceFiles());
        }
        System.out.printf("%-52s %8s %8s %s%n", "source with gaps", "lines", "branches", "missed");
        classes.sort((a, b) -> Integer.compare(b.getBranchCounter().getMissedCount(), a.getBranchCounter().getMissedCount()));
        classes.stream().filter(one -> one.getBranchCounter().getMissedCount() > 0).forEach(one -> row(one.getName(), one));
    }

    private static void row(String name, ICoverageNode node) {
        System.out.printf(Locale.ROOT, "%-52s %6.1f %% %6.1f %% %d of %d%n", name, percent(node.getLineCounter()), percent(node.getBranchCounter()),
                node.getBranchCounter().getMissedCount(), node.getBranchCounter().getTotalCount());
    }

    /** Nothing to reach is all reached. */
    private static double percent(ICounter counter) {
        return counter.getTotalCount() == 0 ? 100 : counter.getCoveredRatio() * 100;
    }

    private static void write(String project, Path folder, String failure) throws Exception {
        try (var file = Files.newBufferedWriter(folder.resolve("TEST-coverage.xml"))) {
            var xml = XMLOutputFactory.newFactory().createXMLStreamWriter(file);
            xml.writeStartElement("testsuite");
            xml.writeStartElement("testcase");
            xml.writeAttribute("classname", Coverage.class.getName());
            xml.writeAttribute("name", project);
            if (!failure.isEmpty()) {
                System.out.println("FAILED " + failure);
                xml.writeStartElement("failure");
                xml.writeCharacters(failure);
            }
            xml.writeEndDocument();
            xml.close();
        }
    }
}
