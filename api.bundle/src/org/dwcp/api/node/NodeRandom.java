// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.node;

import java.util.random.RandomGenerator;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * The only source of randomness that is not for keys: seeded, so that a simulation can be replayed. Thread-safe.
 * {@snippet :
 * static long jitterMs(NodeRandom random) {
 *     return random.stream("reconnect").nextLong(0, 100);
 * }
 * }
 */
@ConsumerType
public interface NodeRandom {
    /**
     * Gives a generator for one purpose, seeded from the node's seed and the purpose's name.
     *
     * @param purpose name of the use
     * @return a new generator, not thread-safe; keep it with its one user
     */
    RandomGenerator stream(String purpose);
}
