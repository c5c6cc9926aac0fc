// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.node;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

import org.dwcp.api.node.NodeRandom;

/** Randomness from one seed: the same seed and purpose give the same numbers in every run. Thread-safe. */
public final class TestRandom implements NodeRandom {
    private final long seed;

    /**
     * Fixes the seed.
     *
     * @param seed any number; print it when a test fails
     */
    public TestRandom(long seed) {
        this.seed = seed;
    }

    @Override
    public RandomGenerator stream(String purpose) {
        return new SplittableRandom(seed * 31 + purpose.hashCode());
    }
}
