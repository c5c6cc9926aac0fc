// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build.rules;

import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Who may know whom. Read from constant pools: every use of a class leaves its name there, be it in a call, a descriptor, a
 * generic signature, an annotation, or a string for {@code Class.forName}.
 */
public final class Arrows implements Rule {
    private static final String API = "api.bundle";
    private static final String TESTKIT = "testkit";
    private static final Pattern OURS = Pattern.compile("org[/.]dwcp[/.][\\w$/.]+");

    private final Collection<String> free;
    private final Collection<String> copied;

    /**
     * Makes the rule.
     *
     * @param free   projects that may use every other one
     * @param copied projects that are never installed: who uses their classes holds copies of them
     */
    public Arrows(Collection<String> free, Collection<String> copied) {
        this.free = Set.copyOf(free);
        this.copied = Set.copyOf(copied);
    }

    @Override
    public String sentence() {
        return "a bundle knows only itself and the API";
    }

    @Override
    public List<String> broken(List<Bundle> bundles) {
        var owners = new HashMap<String, Set<Bundle>>();
        var exporters = new HashMap<String, Bundle>();
        for (var bundle : bundles) {
            bundle.classes().keySet().forEach(name -> owners.computeIfAbsent(name, key -> new HashSet<>()).add(bundle));
            bundle.names("Export-Package").forEach(name -> exporters.put(name, bundle));
        }
        var broken = new ArrayList<String>();
        for (var bundle : bundles) {
            if (!free.contains(bundle.project())) {
                checkClasses(bundle, owners, broken);
                checkHeaders(bundle, exporters, broken);
                checkPath(bundle, broken);
            }
        }
        return broken;
    }

    private void checkClasses(Bundle bundle, Map<String, Set<Bundle>> owners, List<String> broken) {
        for (var entry : bundle.classes().entrySet()) {
            for (var used : used(entry.getValue())) {
                var owned = owners.getOrDefault(used, Set.of());
                // A package copied into several bundles is each bundle's own; tests may use it where it comes from.
                if (!owned.isEmpty() && owned.stream().noneMatch(owner -> allowed(bundle, owner)
                        || bundle.isTests() && copied.contains(owner.project()))) {
                    broken.add(bundle.name() + ": " + entry.getKey() + " uses " + used + " of " + owned.iterator().next().name());
                }
            }
        }
    }

    private static void checkHeaders(Bundle bundle, Map<String, Bundle> exporters, List<String> broken) {
        for (var imported : bundle.names("Import-Package")) {
            var owner = exporters.get(imported);
            // A library that one of our bundles wraps is nobody's of ours.
            if (owner != null && imported.startsWith("org.dwcp.") && !allowed(bundle, owner)) {
                broken.add(bundle.name() + ": imports package " + imported + " of " + owner.name());
            }
        }
        for (var header : List.of("Require-Bundle", "DynamicImport-Package")) {
            if (bundle.headers().containsKey(header)) {
                broken.add(bundle.name() + ": has " + header + ", which hides what it knows; import packages");
            }
        }
    }

    /** Javac copies constants, so that a class may use another without naming it; on the path it would still stand. */
    private void checkPath(Bundle bundle, List<String> broken) {
        for (var needed : bundle.needs()) {
            if (!allowed(bundle, needed) && !copied.contains(needed)) {
                broken.add(bundle.name() + ": has " + needed + (bundle.isTests() ? " on its -testpath" : " on its -buildpath"));
            }
        }
    }

    private static boolean allowed(Bundle user, Bundle owner) {
        return user == owner || allowed(user, owner.project()) && (user.isTests() || !owner.project().equals(user.project()));
    }

    private static boolean allowed(Bundle user, String project) {
        return project.equals(API) || user.isTests() && (project.equals(TESTKIT) || project.equals(user.project()));
    }

    /** The binary names of all classes of ours that a class speaks of. */
    private static Set<String> used(java.lang.classfile.ClassModel model) {
        var names = new TreeSet<String>();
        for (var entry : model.constantPool()) {
            var text = switch (entry) {
                case ClassEntry type -> type.asInternalName();
                case Utf8Entry utf8 -> utf8.stringValue();
                default -> "";
            };
            var matcher = OURS.matcher(text);
            while (matcher.find()) {
                names.add(matcher.group().replace('/', '.'));
            }
        }
        return names;
    }
}
