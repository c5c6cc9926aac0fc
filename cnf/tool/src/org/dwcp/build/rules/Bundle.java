// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build.rules;

import java.io.File;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarFile;

/**
 * What the rules look at: the content of one built bundle, or of one folder of compiled tests.
 *
 * @param name       symbolic name, or the project with {@code tests}
 * @param project    folder that made it
 * @param classes    by binary name
 * @param headers    of the manifest; empty for tests
 * @param components the Declarative Services descriptions, by entry name
 * @param needs      projects on the path it was compiled with
 */
public record Bundle(String name, String project, Map<String, ClassModel> classes, Map<String, String> headers,
        Map<String, byte[]> components, Set<String> needs) {

    /** Reads a built jar. */
    public static Bundle ofJar(String project, File file, Set<String> needs) throws IOException {
        var classes = new TreeMap<String, ClassModel>();
        var components = new TreeMap<String, byte[]>();
        var headers = new HashMap<String, String>();
        try (var jar = new JarFile(file)) {
            jar.getManifest().getMainAttributes().forEach((key, value) -> headers.put(key.toString(), value.toString()));
            for (var entry : jar.stream().toList()) {
                if (entry.getName().endsWith(".class")) {
                    add(classes, jar.getInputStream(entry).readAllBytes());
                } else if (entry.getName().startsWith("OSGI-INF/") && entry.getName().endsWith(".xml")) {
                    components.put(entry.getName(), jar.getInputStream(entry).readAllBytes());
                }
            }
        }
        return new Bundle(headers.get("Bundle-SymbolicName").split(";")[0], project, classes, headers, components, needs);
    }

    /** Reads a folder of compiled tests. */
    public static Bundle ofTests(String project, Path folder, Set<String> needs) throws IOException {
        var classes = new TreeMap<String, ClassModel>();
        if (Files.isDirectory(folder)) {
            try (var files = Files.walk(folder)) {
                for (var file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
                    add(classes, Files.readAllBytes(file));
                }
            }
        }
        return new Bundle(project + " (tests)", project, classes, Map.of(), Map.of(), needs);
    }

    private static void add(Map<String, ClassModel> classes, byte[] bytes) {
        var model = ClassFile.of().parse(bytes);
        classes.put(model.thisClass().asInternalName().replace('/', '.'), model);
    }

    boolean isTests() {
        return headers.isEmpty();
    }

    /** The clauses of a header without their attributes and directives. */
    List<String> names(String header) {
        var names = new ArrayList<String>();
        // A comma inside quotes belongs to a version range.
        for (var clause : headers.getOrDefault(header, "").split(",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")) {
            if (!clause.isBlank()) {
                names.add(clause.split(";")[0].strip());
            }
        }
        return names;
    }
}
