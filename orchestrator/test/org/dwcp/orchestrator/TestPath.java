// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;

import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/** What a framework in a test needs from the test's class path: the jars it installs, and as its own packages all that these import. */
public final class TestPath {
    private TestPath() {
    }

    /** The built orchestrator, SCR and Config Admin, in this order. */
    public static List<File> bundles() throws IOException {
        return List.of(Path.of("generated", "org.dwcp.orchestrator.jar").toFile(), jarOf("org.apache.felix.scr.impl.Activator"),
                jarOf("org.apache.felix.cm.impl.ConfigurationManager"));
    }

    /**
     * The packages that the framework has to export.
     *
     * @param bundles who imports them
     * @param more    further packages, without version
     * @return a value of {@code org.osgi.framework.system.packages.extra}
     */
    public static String exportsFor(List<File> bundles, String... more) throws IOException {
        Map<String, String> exports = new TreeMap<>();
        for (String name : more) {
            exports.put(name, "");
        }
        for (File bundle : bundles) {
            importsOf(bundle).forEach((name, version) -> exports.merge(name, version, TestPath::higher));
        }
        return String.join(",", exports.entrySet().stream()
                .map(e -> e.getKey() + (e.getValue().isEmpty() ? "" : ";version=\"" + e.getValue() + "\"")).toList());
    }

    private static String higher(String one, String other) {
        return one.isEmpty() || !other.isEmpty() && Version.parseVersion(other).compareTo(Version.parseVersion(one)) > 0 ? other : one;
    }

    private static File jarOf(String className) throws IOException {
        String resource = className.replace('.', '/') + ".class";
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            File file = new File(entry);
            if (file.isFile()) {
                try (JarFile jar = new JarFile(file)) {
                    if (jar.getEntry(resource) != null) {
                        return file;
                    }
                }
            }
        }
        throw new IllegalStateException(className + " is on no jar of the class path");
    }

    /** Package to the lowest version that suits, without what the framework or the JDK gives and what the jar has itself. */
    private static Map<String, String> importsOf(File file) throws IOException {
        Map<String, String> imports = new TreeMap<>();
        try (JarFile jar = new JarFile(file)) {
            String header = jar.getManifest().getMainAttributes().getValue(Constants.IMPORT_PACKAGE);
            for (String clause : header.split(",(?=([^\"]*\"[^\"]*\")*[^\"]*$)")) {
                String name = clause.split(";")[0].strip();
                String version = clause.contains("version=") ? clause.replaceAll(".*version=\"?\\[?([0-9.]+).*", "$1") : "";
                if (!name.startsWith("java") && !name.startsWith("org.osgi.framework") && jar.getEntry(name.replace('.', '/') + "/") == null) {
                    imports.put(name, version);
                }
            }
        }
        return imports;
    }
}
