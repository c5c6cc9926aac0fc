// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import aQute.bnd.build.Container;
import aQute.bnd.build.Project;
import aQute.bnd.service.Strategy;
import biz.aQute.resolve.Bndrun;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Collectors;

/**
 * Lays out {@code distribution/target/dwcp}, the tree that is installed: {@code lib/} from {@code -runfw} and
 * {@code -runpath} of {@code node.bndrun}, {@code system/} from its {@code -runbundles}, {@code demo/} from {@code demo.bundles}, {@code etc/} from the
 * folder of that name, {@code bin/} from {@code distribution/scripts} ({@code bin} is where bnd puts classes). Writes the class path of the benchmarks too.
 */
final class Image {
    private final House house;
    private final Path distribution;
    private final Path image;

    Image(House house) {
        this.house = house;
        this.distribution = house.root().resolve("distribution");
        this.image = distribution.resolve("target/dwcp");
    }

    boolean assemble() throws Exception {
        writeBenchClasspath();
        var run = distribution.resolve("node.bndrun");
        return !Files.exists(run) || assemble(run);
    }

    /** Classes, not the bundle: JMH finds what it has to run in files that its processor leaves beside the classes. */
    private void writeBenchClasspath() throws Exception {
        var project = house.workspace().getProject("bench");
        if (project == null) {
            return;
        }
        var files = new LinkedHashSet<File>();
        files.add(project.getOutput());
        files.addAll(Build.files(project, project.getBuildpath()));
        files.addAll(Build.files(project, project.getRunpath()));
        Files.writeString(house.target().resolve("bench.classpath"),
                files.stream().map(File::getPath).collect(Collectors.joining(File.pathSeparator)));
    }

    private boolean assemble(Path file) throws Exception {
        try (var run = Bndrun.createBndrun(house.workspace(), file.toFile())) {
            var library = run.getRunFw();
            library.addAll(run.getRunpath());
            var system = run.getRunbundles();
            var demo = run.getBundles(Strategy.HIGHEST, run.mergeProperties("demo.bundles"), "demo.bundles");
            if (!House.report("node.bndrun", (Project) run)) {
                System.out.println("if a bundle was added or renamed: ./dwcp resolve distribution/node.bndrun");
                return false;
            }
            fill(image.resolve("lib"), jars(run, library));
            fill(image.resolve("system"), jars(run, system));
            fill(image.resolve("demo"), jars(run, demo));
        }
        fill(image.resolve("etc"), tree(distribution.resolve("etc")));
        fill(image.resolve("bin"), tree(distribution.resolve("scripts")));
        return true;
    }

    /** Each jar under its symbolic name, without a version: an upgrade replaces a file and leaves no second one. */
    private static Map<String, Path> jars(Project run, Collection<Container> containers) throws Exception {
        var jars = new TreeMap<String, Path>();
        for (var file : Build.files(run, containers)) {
            try (var jar = new JarFile(file)) {
                var name = jar.getManifest().getMainAttributes().getValue("Bundle-SymbolicName");
                jars.put((name == null ? file.getName().replace(".jar", "") : name.split(";")[0].strip()) + ".jar", file.toPath());
            }
        }
        return jars;
    }

    private static Map<String, Path> tree(Path folder) throws IOException {
        return Javac.filesBelow(folder, List.of()).stream()
                .collect(Collectors.toMap(file -> folder.relativize(file).toString(), file -> file, (a, b) -> a, TreeMap::new));
    }

    /** Makes a folder hold exactly these files; what is the same already is left alone, so a running node is not disturbed. */
    private static void fill(Path folder, Map<String, Path> wanted) throws IOException {
        Files.createDirectories(folder);
        for (var old : Javac.filesBelow(folder, List.of())) {
            if (!wanted.containsKey(folder.relativize(old).toString())) {
                Files.delete(old);
            }
        }
        for (var entry : wanted.entrySet()) {
            var copy = folder.resolve(entry.getKey());
            if (!Files.exists(copy) || Files.mismatch(copy, entry.getValue()) >= 0) {
                Files.createDirectories(copy.getParent());
                // Through a new name: a JVM that has the old jar open keeps reading the old bytes.
                var fresh = Files.copy(entry.getValue(), copy.resolveSibling(copy.getFileName() + ".new"),
                        StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
                Files.move(fresh, copy, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }
}
