// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.Optional;

import org.dwcp.api.consensus.Consensus;

/** The consensus providers of this node, as routed. */
interface Providers {
    /** A provider that is leased until it is closed. */
    interface Held extends AutoCloseable {
        Consensus provider();

        /** False when the provider has left the node; who holds it lets it go then. */
        boolean isThere();

        @Override
        void close();
    }

    /** Leases a provider by name; empty when it is not installed. */
    Optional<Held> hold(String name);

    /** The provider that the routing gives new epochs of a group; empty when there is none. */
    Optional<String> wanted(String group);
}
