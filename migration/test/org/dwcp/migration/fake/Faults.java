// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** What goes wrong on a transport; nothing, unless a test overrides it. */
public class Faults {
    private final RandomGenerator random;

    /** Seeded choice of lanes. */
    public Faults(long seed) {
        random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    /** A seeded number below a bound. */
    protected final int below(int bound) {
        synchronized (random) {
            return random.nextInt(bound);
        }
    }

    /** Called before a frame is sent by {@link FakeChannel#send}. */
    public void beforeSend(FakeChannel channel) {
    }

    /** Called before a frame is handed up. */
    public void beforeDelivery(FakeChannel channel) {
    }

    /** Whether the frame that is about to be handed up is lost without a word. */
    public boolean drops(FakeChannel channel) {
        return false;
    }

    /** Called before a channel is opened; may throw. */
    public void beforeOpen() {
    }

    int lane(AtomicInteger next, int lanes) {
        return below(lanes);
    }
}
