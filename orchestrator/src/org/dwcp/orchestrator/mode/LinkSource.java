// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.util.Optional;

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
}
