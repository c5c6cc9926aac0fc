// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import biz.aQute.resolve.Bndrun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes {@code -runbundles} of {@code .bndrun} files. */
final class Runs {
    private Runs() {
    }

    /** Writes {@code -runbundles} anew in each file named. */
    static boolean resolve(House house, Collection<String> files) throws Exception {
        var good = true;
        for (var name : files) {
            var file = house.root().resolve(name);
            if (!Files.isRegularFile(file)) {
                throw new BuildException("no file " + name);
            }
            try (var run = Bndrun.createBndrun(house.workspace(), file.toFile())) {
                run.resolve(false, true);
                good &= House.report(name, run);
            }
            nameProjects(house, file);
        }
        return good;
    }

    /**
     * The resolver writes {@code bsn;version=snapshot} for a bundle of this workspace, and bnd then looks for a project of
     * that name. Ours are named after their folder, not their bundle, so the project has to be said.
     */
    private static void nameProjects(House house, Path file) throws Exception {
        var text = Files.readString(file);
        for (var project : house.projects()) {
            for (var bundle : project.getBsns()) {
                text = text.replaceAll("(?<![\\w.])" + Pattern.quote(bundle) + ";version=snapshot(?!;project)",
                        Matcher.quoteReplacement(bundle + ";version=snapshot;project=" + project.getName()));
            }
        }
        Files.writeString(file, text.stripTrailing() + "\n");
    }
}
