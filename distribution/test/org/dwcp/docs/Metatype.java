// SPDX-License-Identifier: Apache-2.0
package org.dwcp.docs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipFile;

import javax.xml.parsers.DocumentBuilderFactory;

import org.w3c.dom.Element;

/** What the built bundles say about their configuration: the keys of each PID, from the metatype descriptions in their jars. */
final class Metatype {
    /** Written by the orchestrator, never by a person. */
    private static final String RANKING = "service.ranking";

    /**
     * One key.
     *
     * @param name     as in a file
     * @param type     as in the description, {@code Integer}, {@code Long}, {@code String}, ...
     * @param standard the default as text
     * @param min      least value, empty text when there is none
     * @param max      largest value, empty text when there is none
     * @param meaning  a sentence
     */
    record Key(String name, String type, String standard, String min, String max, String meaning) {
        boolean isNumber() {
            return List.of("Integer", "Long", "Double").contains(type);
        }
    }

    /**
     * Reads the bundles that have been built.
     *
     * @param root the workspace
     * @return keys by name, by PID, both in order; the page must not depend on the order of files
     */
    static Map<String, Map<String, Key>> read(Path root) throws Exception {
        var pids = new TreeMap<String, Map<String, Key>>();
        for (var jar : jars(root)) {
            try (var zip = new ZipFile(jar.toFile())) {
                for (var entry : zip.stream().filter(e -> e.getName().matches("OSGI-INF/metatype/.*\\.xml")).toList()) {
                    try (var in = zip.getInputStream(entry)) {
                        add(pids, in);
                    }
                }
            }
        }
        return pids;
    }

    private static List<Path> jars(Path root) throws IOException {
        var jars = new ArrayList<Path>();
        try (var projects = Files.newDirectoryStream(root, path -> Files.isDirectory(path.resolve("generated")))) {
            for (var project : projects) {
                try (var built = Files.newDirectoryStream(project.resolve("generated"), "*.jar")) {
                    built.forEach(jars::add);
                }
            }
        }
        return jars;
    }

    private static void add(Map<String, Map<String, Key>> pids, InputStream description) throws Exception {
        var xml = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(description).getDocumentElement();
        var keys = new LinkedHashMap<String, Key>();
        var attributes = xml.getElementsByTagName("AD");
        for (var index = 0; index < attributes.getLength(); index++) {
            var attribute = (Element) attributes.item(index);
            var key = new Key(attribute.getAttribute("id"), attribute.getAttribute("type"),
                    attribute.getAttribute("default").replace("\\", ""), // the description escapes blanks and commas
                    attribute.getAttribute("min"), attribute.getAttribute("max"), attribute.getAttribute("description"));
            if (!key.name().equals(RANKING)) {
                keys.put(key.name(), key);
            }
        }
        var designates = xml.getElementsByTagName("Designate");
        for (var index = 0; index < designates.getLength(); index++) {
            pids.put(((Element) designates.item(index)).getAttribute("pid"), keys);
        }
    }

    private Metatype() {
    }
}
