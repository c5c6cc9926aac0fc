// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build.status;

import java.io.IOException;
import java.lang.classfile.Annotation;
import java.lang.classfile.AnnotationValue;
import java.lang.classfile.AttributedElement;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Finds which test shows which requirement, from the annotations in class files; no class is loaded. */
final class Marks {
    private static final String REQUIREMENT = "Lorg/dwcp/testkit/Requirement;";
    private static final Set<String> TESTS = Set.of("Lorg/junit/jupiter/api/Test;", "Lorg/junit/jupiter/api/RepeatedTest;",
            "Lorg/junit/jupiter/api/TestFactory;", "Lorg/junit/jupiter/api/TestTemplate;",
            "Lorg/junit/jupiter/params/ParameterizedTest;", "Lorg/junit/Test;");

    private final Map<String, ClassModel> classes = new TreeMap<>();
    private final Set<String> runnable = new TreeSet<>();

    /**
     * Reads a class folder.
     *
     * @param areTests false for a folder whose classes are only inherited from, such as the test kit's contracts
     */
    void read(Path folder, boolean areTests) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (var files = Files.walk(folder)) {
            for (var file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
                var model = ClassFile.of().parse(file);
                var name = name(model.thisClass());
                classes.put(name, model);
                // A contract's nested class is run by every provider under the contract's own name.
                if ((areTests || name.contains("$")) && !model.flags().has(AccessFlag.ABSTRACT)) {
                    runnable.add(name);
                }
            }
        }
    }

    /** For each row the tests that carry it, as {@code class.method}, both in order. */
    Map<String, Set<String>> byRow() {
        var rows = new TreeMap<String, Set<String>>();
        for (var name : runnable) {
            var line = ancestors(name);
            var onClass = new TreeSet<String>();
            line.forEach(model -> onClass.addAll(rows(model)));
            for (var outer = name; outer.contains("$");) { // a nested class belongs to what its outer class shows
                outer = outer.substring(0, outer.lastIndexOf('$'));
                ancestors(outer).forEach(model -> onClass.addAll(rows(model)));
            }
            var seen = new LinkedHashSet<String>();
            for (var model : line) {
                for (var method : model.methods()) {
                    var methodName = method.methodName().stringValue();
                    // The first in line is the one that runs; what it overrides does not count.
                    if (isTest(method) && seen.add(methodName)) {
                        var all = new TreeSet<>(onClass);
                        all.addAll(rows(method));
                        all.forEach(row -> rows.computeIfAbsent(row, key -> new TreeSet<>()).add(name + "." + methodName));
                    }
                }
            }
        }
        return rows;
    }

    /** A class and all that it extends and implements, nearest first, as far as it was read. */
    private Collection<ClassModel> ancestors(String name) {
        var found = new LinkedHashSet<ClassModel>();
        var open = new ArrayDeque<>(List.of(name));
        while (!open.isEmpty()) {
            var model = classes.get(open.removeFirst());
            if (model != null && found.add(model)) {
                model.superclass().map(Marks::name).ifPresent(open::add);
                model.interfaces().stream().map(Marks::name).forEach(open::add);
            }
        }
        return found;
    }

    private static String name(ClassEntry type) {
        return type.asInternalName().replace('/', '.');
    }

    private static boolean isTest(AttributedElement method) {
        return annotations(method).stream().anyMatch(annotation -> TESTS.contains(annotation.className().stringValue()));
    }

    private static Set<String> rows(AttributedElement element) {
        var rows = new TreeSet<String>();
        for (var annotation : annotations(element)) {
            if (annotation.className().equalsString(REQUIREMENT)) {
                annotation.elements().forEach(value -> addText(value.value(), rows));
            }
        }
        return rows;
    }

    private static void addText(AnnotationValue value, Set<String> rows) {
        switch (value) {
            case AnnotationValue.OfString text -> rows.add(text.stringValue());
            case AnnotationValue.OfArray array -> array.values().forEach(each -> addText(each, rows));
            default -> throw new IllegalStateException("@Requirement holds " + value);
        }
    }

    private static List<Annotation> annotations(AttributedElement element) {
        return element.findAttribute(Attributes.runtimeVisibleAnnotations()).map(attribute -> attribute.annotations()).orElse(List.of());
    }
}
