// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import org.w3c.dom.Element;

/** The folder of {@code TEST-*.xml} files of one tier, a sub-folder for each source of tests. */
public final class Reports {
    private static final int FAILURE_LINES_MAX = 10; // chosen: the message and the frames nearest to it

    private static final String COMMIT = "commit.txt";

    private final Path folder;

    private Reports(Path folder) {
        this.folder = folder;
    }

    /**
     * Makes the folder for a run. Old reports go first: a test that no longer runs must not be counted. A run of a part has a
     * folder of its own, so that the status page keeps the last whole one.
     */
    static Reports empty(House house, TestOptions options) throws Exception {
        var name = options.isPartial() ? "partial" : options.tier().isEmpty() ? "main" : options.tier();
        var folder = house.target().resolve("test-reports").resolve(name);
        Javac.empty(folder);
        Files.writeString(folder.resolve(COMMIT), house.commit() + "\n");
        return new Reports(folder);
    }

    /** Returns the commit that was tested. */
    public static String commit(Path folder) throws IOException {
        return Files.readString(folder.resolve(COMMIT)).strip();
    }

    Path of(String source) throws IOException {
        return Files.createDirectories(folder.resolve(source));
    }

    Total total() throws Exception {
        return count(folder);
    }

    /** Counts test cases, not the sums in the header: those differ between writers. */
    public static Total count(Path folder) throws Exception {
        int passed = 0;
        int failed = 0;
        int skipped = 0;
        for (var test : cases(folder)) {
            switch (outcome(test)) {
                case FAILED -> failed++;
                case SKIPPED -> skipped++;
                case PASSED -> passed++;
            }
        }
        return new Total(passed, failed, skipped);
    }

    /** Counts a run that could not be made as one failed test, so that no sum looks good while its run was not. */
    static void fault(Path folder, String message) throws IOException, XMLStreamException {
        System.out.println("error: " + message);
        try (var file = Files.newBufferedWriter(folder.resolve("TEST-fault.xml"))) {
            var xml = XMLOutputFactory.newFactory().createXMLStreamWriter(file);
            xml.writeStartElement("testsuite");
            xml.writeStartElement("testcase");
            xml.writeAttribute("classname", folder.getFileName().toString());
            xml.writeAttribute("name", "runs");
            xml.writeStartElement("failure");
            xml.writeCharacters(message);
            xml.writeEndDocument();
            xml.close();
        }
    }

    static void printFailures(Path folder) throws Exception {
        for (var test : cases(folder)) {
            if (outcome(test) == Outcome.FAILED) {
                System.out.println("FAILED " + test.getAttribute("classname") + "." + test.getAttribute("name"));
                test.getTextContent().strip().lines().limit(FAILURE_LINES_MAX).forEach(line -> System.out.println("    " + line));
            }
        }
    }

    /** Every test case of every {@code TEST-*.xml} below a folder, in the order of the files. */
    public static List<Element> cases(Path folder) throws Exception {
        var found = new ArrayList<Element>();
        for (var file : Javac.filesBelow(folder, List.of())) {
            if (file.getFileName().toString().matches("TEST-.*\\.xml")) {
                var cases = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile()).getElementsByTagName("testcase");
                for (int index = 0; index < cases.getLength(); index++) {
                    found.add((Element) cases.item(index));
                }
            }
        }
        return found;
    }

    public static Outcome outcome(Element test) {
        if (test.getElementsByTagName("failure").getLength() + test.getElementsByTagName("error").getLength() > 0) {
            return Outcome.FAILED;
        }
        return test.getElementsByTagName("skipped").getLength() > 0 ? Outcome.SKIPPED : Outcome.PASSED;
    }

    /** What became of one test case. */
    public enum Outcome { PASSED, FAILED, SKIPPED }

    /** The last line of a run. */
    public record Total(int passed, int failed, int skipped) {
        /** A run without a test is not a good run: that is how a broken runner looks. */
        boolean isGood() {
            return failed == 0 && executed() > 0;
        }

        int executed() {
            return passed + failed + skipped;
        }

        @Override
        public String toString() {
            return passed + " passed, " + failed + " failed, " + skipped + " skipped";
        }
    }
}
