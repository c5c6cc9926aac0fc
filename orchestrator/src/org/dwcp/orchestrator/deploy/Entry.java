// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;

import org.osgi.framework.Bundle;

/** One file of the folder between two looks at it. Belongs to the watching thread. */
final class Entry {
    /** Looks with the same size and time after which a file counts as whole. Source: chosen; the zip directory is checked besides. */
    private static final int LOOKS_SAME = 2;

    final String jar;
    Plugin.State state = Plugin.State.COPYING;
    String note = "waiting until it does not change any more";
    Optional<JarFacts> facts = Optional.empty();
    Optional<Bundle> bundle = Optional.empty();
    /** True when it was refused for what other bundles bring, or do not bring. */
    boolean blocked;
    boolean announced;
    boolean released;
    long drainingSinceNs;
    private long size = -1;
    private FileTime modified = FileTime.fromMillis(0);
    private int looks;

    Entry(String jar) {
        this.jar = jar;
    }

    /** Notes what the file looks like now; true once, when it has stopped changing. */
    boolean settles(BasicFileAttributes now) {
        if (now.size() != size || !now.lastModifiedTime().equals(modified)) {
            size = now.size();
            modified = now.lastModifiedTime();
            looks = 0;
        }
        looks++;
        return looks == LOOKS_SAME;
    }

    /** Lets the file be looked at again at the next look. */
    void again() {
        looks = LOOKS_SAME - 1;
    }

    boolean changes() {
        return looks < LOOKS_SAME;
    }

    void refuse(String reason) {
        state = Plugin.State.REFUSED;
        note = reason;
    }

    Plugin plugin(List<String> providers) {
        return new Plugin(jar, state, facts.map(JarFacts::symbolicName).orElse(""), facts.map(f -> f.version().toString()).orElse(""),
                bundle.map(Bundle::getBundleId).orElse(-1L), providers, note);
    }
}
