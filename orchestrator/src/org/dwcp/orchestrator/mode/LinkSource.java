// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.util.List;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.LinkConditions;

/** Where samples come from. Called by one thread at a time; may block for 2 s. */
@FunctionalInterface
public interface LinkSource {
    /**
     * Measures.
     *
     * @return one sample of the node as a whole, or empty when nothing can be measured now
     */
    Optional<LinkConditions> sample();

    /**
     * One link.
     *
     * @param peer   the peer at its other end
     * @param sample what was measured now; empty when nothing could be
     * @param hints  what else is known, one sentence each
     */
    record OfLink(NodeId peer, Optional<LinkConditions> sample, List<String> hints) {
        /** Copies the list. */
        public OfLink {
            hints = List.copyOf(hints);
        }
    }

    /**
     * Tells what the last {@link #sample} was made of.
     *
     * @return every link there is, also one that could not be measured
     */
    default List<OfLink> links() {
        return List.of();
    }
}
