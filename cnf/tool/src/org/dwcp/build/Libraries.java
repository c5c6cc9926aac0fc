// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;

/**
 * Makes bnd's index from the dependency list in {@code cnf/pom.xml}, so that there is one list and not two.
 *
 * <p>bnd could read the pom itself (BndPomRepository), but that took 16 to 25 s a build where the index takes 5 to 8.
 */
final class Libraries {
    private Libraries() {
    }

    static void writeIndex(Path pom, Path index) throws Exception {
        var lines = String.join("\n", read(pom)) + "\n";
        if (Files.isRegularFile(index) && Files.readString(index).equals(lines)) {
            return; // an untouched file keeps bnd's own cache valid
        }
        Files.createDirectories(index.getParent());
        Files.writeString(index, lines);
    }

    /** One line a jar, as bnd reads it: {@code group:artifact:version} or {@code group:artifact:jar:classifier:version}. */
    static List<String> read(Path pom) throws Exception {
        var document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(pom.toFile());
        var nodes = document.getElementsByTagName("dependency");
        var lines = new ArrayList<String>();
        for (int index = 0; index < nodes.getLength(); index++) {
            var dependency = (Element) nodes.item(index);
            var classifier = text(dependency, "classifier");
            lines.add(text(dependency, "groupId") + ":" + text(dependency, "artifactId") + ":"
                    + (classifier.isEmpty() ? "" : "jar:" + classifier + ":") + text(dependency, "version"));
        }
        return lines;
    }

    private static String text(Element dependency, String name) {
        var nodes = dependency.getElementsByTagName(name);
        var text = nodes.getLength() == 0 ? "" : nodes.item(0).getTextContent().strip();
        if (text.contains("${")) {
            throw new BuildException("cnf/pom.xml: " + text + ": write the value itself; the index is made without Maven");
        }
        return text;
    }
}
