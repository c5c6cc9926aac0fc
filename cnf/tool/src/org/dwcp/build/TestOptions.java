// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What {@code test} was asked for.
 *
 * @param tier     the tag to run; empty for the ordinary tests, which carry no tier's tag
 * @param projects the projects to run; empty for all; {@code distribution} also has the framework's tests and Pax Exam's
 * @param only     simple name of the one class to run; empty for every class
 * @param defines  {@code -Dkey=value} words for the tests' JVM
 * @param coverage whether to show how much of each project its tests reach
 */
record TestOptions(String tier, List<String> projects, String only, List<String> defines, boolean coverage) {
    static final List<String> TIERS = List.of("system", "soak");

    static TestOptions parse(Deque<String> words) {
        var tier = "";
        var only = "";
        var coverage = false;
        var projects = new ArrayList<String>();
        var defines = new ArrayList<String>();
        while (!words.isEmpty()) {
            var word = words.removeFirst();
            if (word.startsWith("--") && TIERS.contains(word.substring(2))) {
                tier = word.substring(2);
            } else if (word.equals("--only") && !words.isEmpty()) {
                only = words.removeFirst();
            } else if (word.equals("--coverage")) {
                coverage = true;
            } else if (word.startsWith("-D")) {
                defines.add(word);
            } else if (word.startsWith("-")) {
                throw new BuildException("test does not know " + word + "; it knows --system, --soak, --only CLASS, --coverage, -Dkey=value");
            } else {
                projects.add(word);
            }
        }
        return new TestOptions(tier, List.copyOf(projects), only, List.copyOf(defines), coverage);
    }

    /** Whether only some of the tier's tests were asked for. */
    boolean isPartial() {
        return !projects.isEmpty() || !only.isEmpty();
    }

    boolean wants(String project) {
        return projects.isEmpty() || projects.contains(project);
    }
}
