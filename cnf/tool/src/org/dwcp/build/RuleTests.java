// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import aQute.bnd.build.Project;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.dwcp.build.rules.Arrows;
import org.dwcp.build.rules.Bundle;
import org.dwcp.build.rules.Calls;
import org.dwcp.build.rules.Rule;
import org.dwcp.build.rules.SlotReferences;

/** Checks the house's rules on the built bundles; each rule counts as one test. */
final class RuleTests {
    private final House house;
    private final Reports reports;

    RuleTests(House house, Reports reports) {
        this.house = house;
        this.reports = reports;
    }

    boolean run() throws Exception {
        var bundles = bundles();
        var report = reports.of("rules").resolve("TEST-rules.xml");
        var good = true;
        try (var file = Files.newBufferedWriter(report)) {
            var xml = XMLOutputFactory.newFactory().createXMLStreamWriter(file);
            xml.writeStartDocument();
            xml.writeStartElement("testsuite");
            for (var rule : rules()) {
                var broken = rule.broken(bundles);
                write(xml, rule, broken);
                good &= broken.isEmpty();
            }
            xml.writeEndDocument();
            xml.close();
        }
        System.out.println("rules: " + Reports.count(report.getParent()));
        return good;
    }

    private List<Rule> rules() {
        var free = list("rules.free");
        return List.of(new Arrows(free, list("rules.copied")), new SlotReferences(), Calls.clocks(free, list("rules.clocks")), Calls.output());
    }

    private List<String> list(String property) {
        return List.of(house.workspace().getProperty(property, "").strip().split("\\s*,\\s*"));
    }

    private List<Bundle> bundles() throws Exception {
        var bundles = new ArrayList<Bundle>();
        for (var project : house.projects()) {
            var built = project.getBuildFiles(false);
            if (built != null) {
                for (var jar : built) {
                    bundles.add(Bundle.ofJar(project.getName(), jar, names(project.getBuildDependencies())));
                }
                bundles.add(Bundle.ofTests(project.getName(), project.getTestOutput().toPath(), names(project.getTestDependencies())));
            }
        }
        return bundles;
    }

    private static Set<String> names(Collection<Project> projects) {
        return projects.stream().map(Project::getName).collect(Collectors.toCollection(TreeSet::new));
    }

    private static void write(XMLStreamWriter xml, Rule rule, List<String> broken) throws XMLStreamException {
        xml.writeStartElement("testcase");
        xml.writeAttribute("classname", rule.getClass().getName());
        xml.writeAttribute("name", rule.sentence());
        if (!broken.isEmpty()) {
            System.out.println("FAILED rule: " + rule.sentence());
            broken.forEach(line -> System.out.println("    " + line));
            xml.writeStartElement("failure");
            xml.writeCharacters(String.join("\n", broken));
            xml.writeEndElement();
        }
        xml.writeEndElement();
    }
}
