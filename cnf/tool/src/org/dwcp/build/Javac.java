// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import aQute.bnd.build.Project;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/**
 * Compiles one source folder of a project inside this JVM. bnd's own compile forks a cold javac for each project and
 * passes neither {@code --release} nor annotation processors.
 */
final class Javac {
    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

    private final House house;
    private final Project project;

    Javac(House house, Project project) {
        this.house = house;
        this.project = project;
    }

    /** Empties the output folder and fills it anew; false when there were errors. {@code leftOut} names folders to skip. */
    boolean compile(Collection<Path> folders, Path output, Collection<File> classpath, String... leftOut) throws IOException {
        empty(output);
        var sources = new ArrayList<Path>();
        for (var folder : folders) {
            for (var file : filesBelow(folder, List.of(leftOut))) {
                if (file.toString().endsWith(".java")) {
                    sources.add(file);
                } else {
                    var copy = output.resolve(folder.relativize(file).toString());
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                }
            }
        }
        return sources.isEmpty() || compile(sources, options(output, classpath));
    }

    private List<String> options(Path output, Collection<File> classpath) throws IOException {
        var options = new ArrayList<>(List.of("-d", output.toString(), "-g", "-parameters", "-encoding", "UTF-8",
                "--release", project.getProperty("release.level"), "-implicit:none",
                "-Xlint:" + project.getProperty("javac.lint", "all"), "-Xmaxwarns", "50",
                "-cp", classpath.stream().map(File::getPath).collect(Collectors.joining(File.pathSeparator))));
        var processors = project.getProperty("javac.processors");
        if (processors == null) {
            options.add("-proc:none");
        } else {
            var made = house.target().resolve("generated-sources").resolve(project.getName());
            empty(made);
            options.addAll(List.of("-proc:full", "-processor", processors, "-s", made.toString()));
        }
        return options;
    }

    private boolean compile(List<Path> sources, List<String> options) throws IOException {
        var diagnostics = new DiagnosticCollector<JavaFileObject>();
        try (var files = COMPILER.getStandardFileManager(diagnostics, Locale.ROOT, StandardCharsets.UTF_8)) {
            var good = COMPILER.getTask(null, files, diagnostics, options, null, files.getJavaFileObjectsFromPaths(sources)).call();
            diagnostics.getDiagnostics().forEach(this::print);
            return good;
        }
    }

    private void print(Diagnostic<? extends JavaFileObject> found) {
        if (found.getKind() == Diagnostic.Kind.NOTE) {
            return;
        }
        var kind = found.getKind() == Diagnostic.Kind.ERROR ? "error: " : "warning: ";
        var place = found.getSource() == null ? project.getName()
                : house.root().relativize(Path.of(found.getSource().getName())) + ":" + found.getLineNumber();
        System.out.println(kind + place + ": " + found.getMessage(Locale.ROOT));
    }

    static List<Path> filesBelow(Path folder, List<String> leftOut) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile)
                    .filter(file -> leftOut.stream().noneMatch(name -> folder.relativize(file).startsWith(name)))
                    .sorted().toList();
        }
    }

    static void empty(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var walk = Files.walk(folder)) {
                for (var path : walk.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        Files.createDirectories(folder);
    }
}
