// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;

/**
 * The laid-out image whose nodes a test runs: {@code lib/} for class paths, {@code system/} with the bundles.
 *
 * @param root an existing folder
 */
public record NodeImage(Path root) {
    /** Header of the launcher's jar: the program that runs and prepares nodes. */
    static final String PROGRAM = "Main-Class";
    /** Header of the launcher's jar: the program that sends commands to a node. */
    static final String CLIENT = "Dwcp-Client";
    /** Header of the launcher's jar: starts a node in the JVM of who calls it. */
    static final String NODE = "Dwcp-Node";

    /** System property: the image's folder. */
    public static final String PROPERTY = "dwcp.image";
    /** System property that the build sets: the workspace. */
    private static final String WORKSPACE = "dwcp.root";

    /**
     * Finds the image.
     *
     * @return the image
     * @throws IllegalStateException when there is none
     */
    public static NodeImage find() {
        var named = System.getProperty(PROPERTY);
        var workspace = System.getProperty(WORKSPACE);
        var root = named != null ? Path.of(named) : Path.of(workspace == null ? "" : workspace, "distribution", "target", "dwcp");
        if (!Files.isDirectory(root.resolve("lib")) || !Files.isDirectory(root.resolve("system"))) {
            throw new IllegalStateException(root.toAbsolutePath() + " is no image; build it with ./dwcp build, or set -D" + PROPERTY);
        }
        return new NodeImage(root.toAbsolutePath().normalize());
    }

    /**
     * Lists the bundles of the image.
     *
     * @return jars in {@code system/}, in order of name
     */
    public List<Path> bundles() {
        return jars("system");
    }

    /** The class path of the launcher and the client. */
    String classPath() {
        return root.resolve("lib") + "/*";
    }

    /** The class that does a thing, from the header of that name in a jar of {@code lib/}. */
    String entry(String header) {
        for (var jar : jars("lib")) {
            try (var file = new JarFile(jar.toFile())) {
                var manifest = file.getManifest();
                var name = manifest == null ? null : manifest.getMainAttributes().getValue(header);
                if (name != null) {
                    return name;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new IllegalStateException("no jar in " + root.resolve("lib") + " has the header " + header + "; build the image again");
    }

    /** A loader for the launcher, which takes what the test has from the test: OSGi's and this project's API, logging. */
    URLClassLoader launcherLoader() {
        return new URLClassLoader("launcher", urls(jars("lib")), NodeImage.class.getClassLoader());
    }

    /** A loader for the launcher as a program, which shares nothing with the test. */
    URLClassLoader programLoader() {
        return new URLClassLoader("program", urls(jars("lib")), ClassLoader.getPlatformClassLoader());
    }

    private List<Path> jars(String folder) {
        try (var files = Files.list(root.resolve(folder))) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static URL[] urls(List<Path> jars) {
        return jars.stream().map(jar -> {
            try {
                return jar.toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalStateException(e); // a path of this machine is a URL
            }
        }).toArray(URL[]::new);
    }
}
