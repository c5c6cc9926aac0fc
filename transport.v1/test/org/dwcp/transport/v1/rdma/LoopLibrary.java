// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.nio.file.Path;
import java.util.List;

/** A network of verbs within this process, for the nodes of one test. */
public final class LoopLibrary {
    private final LoopVerbs verbs = new LoopVerbs();

    /** A library for one node. */
    public RdmaLibraries libraries() {
        return new RdmaLibraries(List.of(new RdmaLibraries.Candidate("loop", () -> new VerbsLibrary("loop", verbs, new RdmaDevices(Path.of("/none"))))));
    }

    /** Handles that are not given back. */
    public int open() {
        return verbs.open();
    }
}
