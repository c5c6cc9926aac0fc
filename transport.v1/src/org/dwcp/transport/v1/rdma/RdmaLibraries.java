// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the RDMA library of this machine: the first that works, or the one that the configuration names. Each is tried once in the life of the bundle
 * and the result kept. Nothing is loaded before it is asked, nor what comes after one that works. Thread-safe.
 */
public final class RdmaLibraries {
    /** The configuration's word for the first that works. */
    public static final String AUTO = "auto";
    private static final Logger LOG = LoggerFactory.getLogger(RdmaLibraries.class);

    private final List<Candidate> candidates;
    private final Map<String, Tried> tried = new HashMap<>();
    private final Map<String, Found> found = new HashMap<>();

    /**
     * A library that may be there.
     *
     * @param name   what it is called
     * @param absent tells in words why it cannot be there, without loading it; empty when it may be
     * @param load   loads it, or throws an error that says why not
     */
    public record Candidate(String name, Supplier<Optional<String>> absent, Supplier<RdmaLibrary> load) {
        /**
         * One that has to be loaded to be known.
         *
         * @param name what it is called
         * @param load loads it, or throws an error that says why not
         */
        public Candidate(String name, Supplier<RdmaLibrary> load) {
            this(name, Optional::empty, load);
        }
    }

    /** What came of a candidate. */
    private record Tried(Optional<RdmaLibrary> library, String words) {
    }

    /**
     * What was found.
     *
     * @param library the one to use, or empty
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

    /** Those that may be there, in order of preference. */
    public List<Candidate> candidates() {
        return candidates;
    }

    /**
     * Finds the one to use.
     *
     * @param wanted a candidate's name, or {@link #AUTO}
     */
    synchronized Found find(String wanted) {
        return found.computeIfAbsent(wanted, this::look);
    }

    private Found look(String wanted) {
        var words = new StringBuilder();
        Optional<RdmaLibrary> first = Optional.empty();
        for (var candidate : candidates) {
            boolean asked = first.isEmpty() && (wanted.equals(AUTO) || wanted.equals(candidate.name));
            var result = asked ? tried.computeIfAbsent(candidate.name, name -> attempt(candidate)) : leave(candidate);
            first = first.or(result::library);
            words.append(words.isEmpty() ? "" : "; ").append(candidate.name).append(result.words);
        }
        LOG.info("rdma libraries {}", words);
        return new Found(first, words.toString());
    }

    private static Tried leave(Candidate candidate) {
        return new Tried(Optional.empty(), candidate.absent.get().map(why -> ": " + why).orElse(" not used"));
    }

    private static Tried attempt(Candidate candidate) {
        try {
            return new Tried(Optional.of(candidate.load.get()), " works");
        } catch (LinkageError | RuntimeException e) {
            return new Tried(Optional.empty(), ": " + e.getMessage());
        }
    }
}
