// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the RDMA library of this machine. Each is tried once in the life of the bundle and the result kept: a library that failed to load leaves a
 * class that cannot be initialised a second time. Nothing is loaded before it is asked. Thread-safe.
 */
public final class RdmaLibraries {
    private static final Logger LOG = LoggerFactory.getLogger(RdmaLibraries.class);

    private final List<Candidate> candidates;
    private Found found;

    /**
     * A library that may be there.
     *
     * @param name what it is called
     * @param load loads it, or throws an error that says why not
     */
    public record Candidate(String name, Supplier<RdmaLibrary> load) {
    }

    /**
     * What was found.
     *
     * @param library the first that loads, or empty
     * @param words   each library and what came of it, for people
     */
    record Found(Optional<RdmaLibrary> library, String words) {
    }

    /**
     * Knows where to look.
     *
     * @param candidates in order of preference
     */
    public RdmaLibraries(List<Candidate> candidates) {
        this.candidates = List.copyOf(candidates);
    }

    /** Those that this version can work with. */
    public static RdmaLibraries ofThisMachine() {
        return new RdmaLibraries(List.of(new Candidate("rsockets", Rsockets::new)));
    }

    synchronized Found find() {
        if (found == null) {
            found = look();
            LOG.info("rdma libraries {}", found.words);
        }
        return found;
    }

    private Found look() {
        var words = new StringBuilder();
        Optional<RdmaLibrary> first = Optional.empty();
        for (var candidate : candidates) {
            try {
                var library = candidate.load.get();
                first = first.or(() -> Optional.of(library));
                words.append(words.isEmpty() ? "" : "; ").append(candidate.name).append(" works");
            } catch (LinkageError | RuntimeException e) {
                words.append(words.isEmpty() ? "" : "; ").append(candidate.name).append(": ").append(e.getMessage());
            }
        }
        return new Found(first, words.toString());
    }
}
