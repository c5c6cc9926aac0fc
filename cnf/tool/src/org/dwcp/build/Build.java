// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import aQute.bnd.build.Container;
import aQute.bnd.build.Project;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.ZipFile;

/** Compiles and packs every project whose inputs have changed, in the order of their dependencies. */
final class Build {
    private final House house;

    Build(House house) {
        this.house = house;
    }

    /** Builds the projects named and all that they need, or every project when none is named. */
    boolean run(Collection<String> names) throws Exception {
        var start = System.nanoTime();
        var projects = house.projects();
        if (!House.report("workspace", house.workspace())) {
            return false;
        }
        if (!names.isEmpty()) {
            projects.retainAll(needed(projects, names));
        }
        int made = 0;
        var failed = new LinkedHashSet<Project>();
        for (var project : projects) {
            if (isUnwritten(project)) {
                System.out.println(project.getName() + ": no source yet, left out");
                continue;
            }
            // What stands on a failed project would only fail with messages that lead nowhere.
            if (!Collections.disjoint(project.getDependson(), failed)) {
                failed.add(project);
            } else if (!isFresh(project)) {
                if (!make(project)) {
                    System.out.println("build of " + project.getName() + " failed");
                    failed.add(project);
                }
                made++;
            }
        }
        System.out.printf("built %d of %d projects in %.1f s%n", made, projects.size(), (System.nanoTime() - start) / 1e9);
        if (!failed.isEmpty()) {
            System.out.println("not built: " + failed.stream().map(Project::getName).collect(Collectors.joining(", ")));
        }
        return failed.isEmpty();
    }

    private static Collection<Project> needed(Collection<Project> projects, Collection<String> names) throws Exception {
        var unknown = new LinkedHashSet<>(names);
        var needed = new LinkedHashSet<Project>();
        for (var project : projects) {
            if (unknown.remove(project.getName())) {
                needed.add(project);
                needed.addAll(project.getDependson());
                needed.addAll(project.getTestDependencies());
            }
        }
        if (!unknown.isEmpty()) {
            throw new BuildException("no project " + String.join(", ", unknown));
        }
        return needed;
    }

    /** A folder with only a {@code bnd.bnd} is a plan; a bundle that comes out empty is a fault (see {@link #make}). */
    private static boolean isUnwritten(Project project) throws Exception {
        for (var folder : sources(project)) {
            if (Javac.filesBelow(folder, List.of()).stream().anyMatch(file -> !file.endsWith("package-info.java"))) {
                return false;
            }
        }
        return !project.is("-resourceonly");
    }

    private boolean isFresh(Project project) throws Exception {
        var built = project.getBuildFiles(false);
        if (built == null) {
            return false;
        }
        for (var jar : built) {
            if (!jar.isFile()) {
                return false;
            }
        }
        return inputs(project).sameAs(record(project));
    }

    private boolean make(Project project) throws Exception {
        Files.deleteIfExists(record(project));
        project.clear();
        var classpath = files(project, project.getBuildpath());
        if (!House.report(project.getName(), project)
                || !new Javac(house, project).compile(sources(project), project.getOutput().toPath(), classpath)) {
            return false;
        }
        var jars = project.buildLocal(false);
        if (!House.report(project.getName(), project)) {
            return false;
        }
        for (var jar : jars == null ? new File[0] : jars) {
            if (isEmpty(jar) && !project.is("-resourceonly")) {
                System.out.println("error: " + project.getName() + ": " + jar.getName() + " holds no class");
                return false;
            }
        }
        inputs(project).write(record(project));
        return true;
    }

    private Inputs inputs(Project project) throws Exception {
        var inputs = new Inputs()
                .files(house.root().resolve("cnf"))
                .files(house.root().resolve("bnd.bnd-workspace"))
                .files(project.getBase().toPath(), "test", ".bndrun", ".md");
        for (var needed : project.getBuildDependencies()) {
            for (var jar : needed.getBuildFiles()) {
                inputs.content(jar.toPath());
            }
        }
        return inputs;
    }

    private Path record(Project project) throws IOException {
        return house.target().resolve("inputs").resolve(project.getName() + ".main");
    }

    static List<Path> sources(Project project) throws Exception {
        return project.getSourcePath().stream().map(File::toPath).toList();
    }

    /** The files behind a path, each once and in order. */
    static Collection<File> files(Project project, Collection<Container> path) throws Exception {
        var containers = new ArrayList<Container>();
        Container.flatten(path, containers);
        var files = new LinkedHashSet<File>();
        for (var container : containers) {
            if (container.getError() != null) {
                throw new BuildException(project.getName() + ": " + container.getBundleSymbolicName() + ": " + container.getError());
            }
            files.add(container.getFile());
        }
        return files;
    }

    private static boolean isEmpty(File jar) throws IOException {
        try (var zip = new ZipFile(jar)) {
            return zip.stream().noneMatch(entry -> entry.getName().endsWith(".class"));
        }
    }
}
