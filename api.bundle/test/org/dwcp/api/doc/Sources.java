// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.doc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** The API's own sources, and the JDK's compiler to judge them. */
final class Sources {
    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

    private Sources() {
    }

    /** Every source file of the API but the descriptions of packages. */
    static List<Path> types() {
        try (var walk = Files.walk(Path.of("src"))) {
            return walk.filter(file -> file.toString().endsWith(".java") && !file.endsWith("package-info.java")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JavaFileObject unit(String path, String text) {
        return new SimpleJavaFileObject(Path.of("/", path).toUri(), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        };
    }

    /** What the compiler has to say; class files go to the folder. */
    static List<Diagnostic<? extends JavaFileObject>> compile(Collection<JavaFileObject> units, Path folder, String... options) {
        var found = new DiagnosticCollector<JavaFileObject>();
        var all = new ArrayList<>(List.of("-d", folder.toString(), "-proc:none", "-Xmaxwarns", "1000", "-Xmaxerrs", "1000",
                "-cp", System.getProperty("java.class.path")));
        all.addAll(List.of(options));
        try (var files = COMPILER.getStandardFileManager(found, Locale.ROOT, StandardCharsets.UTF_8)) {
            COMPILER.getTask(null, files, found, all, null, units).call();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found.getDiagnostics().stream().filter(diagnostic -> diagnostic.getKind() != Diagnostic.Kind.NOTE).toList();
    }
}
