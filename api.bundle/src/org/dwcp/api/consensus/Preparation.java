// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import org.dwcp.api.Registration;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A replica that is being prepared, see {@link Consensus#prepare}. Thread-safe.
 * {@snippet :
 * static boolean isReady(Preparation preparation) {
 *     return preparation.missing().isEmpty();
 * }
 * }
 */
@ConsumerType
@FunctionalInterface
public interface Preparation extends Registration {
    /** Of a provider whose replicas have nothing to get ready for. */
    Preparation READY = () -> { };

    /**
     * Says what the first entry would still have to wait for. Blocks for at most 2 s.
     *
     * @return words, such as that no leader is known yet; empty when there is nothing (default)
     */
    default String missing() {
        return "";
    }

    /** Lets go of what was prepared, unless the replica was opened meanwhile. Twice is fine. */
    @Override
    void close();
}
