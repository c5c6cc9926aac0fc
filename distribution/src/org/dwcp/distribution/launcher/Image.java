// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.launcher;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;

/**
 * The read-only folder of an installed DWCP: {@code lib/} is the class path, {@code system/} the bundles, {@code etc/} the default
 * configuration.
 *
 * @param root the folder that holds them
 */
record Image(Path root) {
    /** System property that names the image when the launcher does not run from one. */
    static final String PROPERTY = "dwcp.image";

    /** Finds the image from the property, or from this class's own jar, which lies in {@code lib/}. */
    static Image find() throws LaunchException {
        var named = System.getProperty(PROPERTY);
        if (named != null) {
            return of(Path.of(named));
        }
        try {
            var jar = Path.of(Image.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            return of(jar.getParent().getParent());
        } catch (URISyntaxException e) {
            throw new LaunchException("the launcher does not know where its own jar is; set -D" + PROPERTY, e);
        }
    }

    static Image of(Path root) throws LaunchException {
        if (!Files.isDirectory(root.resolve("system")) || !Files.isDirectory(root.resolve("lib"))) {
            throw LaunchException.failure("%s is no image: it has no lib and system; build it with ./dwcp build, or set -D%s", root, PROPERTY);
        }
        return new Image(root.toAbsolutePath().normalize());
    }

    Path etc() {
        return root.resolve("etc");
    }

    /** A jar and what its manifest says; a header that is missing is empty text. */
    record Jar(Path file, String symbolicName, String exported, String components, boolean isFragment) {
        static Jar of(Path file) throws IOException {
            try (var jar = new JarFile(file.toFile(), false)) {
                var manifest = jar.getManifest();
                var attributes = manifest == null ? new Attributes() : manifest.getMainAttributes();
                return new Jar(file, header(attributes, "Bundle-SymbolicName").split(";")[0].strip(), header(attributes, "Export-Package"),
                        header(attributes, "Service-Component"), attributes.getValue("Fragment-Host") != null);
            }
        }

        private static String header(Attributes attributes, String name) {
            var value = attributes.getValue(name);
            return value == null ? "" : value;
        }
    }

    List<Jar> bundles() throws IOException {
        return jars("system");
    }

    /**
     * Packages that the class path offers to bundles, in the form of {@code org.osgi.framework.system.packages.extra}. They are
     * read from the jars' own manifests, so that their versions cannot drift from what is there.
     *
     * @param shared symbolic names of bundles in {@code system/} that the class path has too and that are not installed
     */
    String sharedPackages(Set<String> shared) throws IOException {
        var packages = new LinkedHashSet<String>();
        for (var jar : jars("lib")) {
            // The framework exports its own packages itself.
            if (!jar.exported().isEmpty() && !jar.symbolicName().startsWith("org.apache.felix.framework")) {
                packages.add(jar.exported());
            }
        }
        for (var jar : bundles()) {
            if (shared.contains(jar.symbolicName())) {
                packages.add(jar.exported());
            }
        }
        return String.join(",", packages);
    }

    private List<Jar> jars(String folder) throws IOException {
        var jars = new ArrayList<Jar>();
        try (var files = Files.list(root.resolve(folder))) {
            for (var file : files.filter(file -> file.toString().endsWith(".jar")).sorted().toList()) {
                jars.add(Jar.of(file));
            }
        }
        return jars;
    }
}
