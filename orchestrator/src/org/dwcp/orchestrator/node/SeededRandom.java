// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node;

import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

import org.dwcp.api.Check;
import org.dwcp.api.node.NodeRandom;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One seed for the whole node. A purpose always gets the same numbers from the same seed, whoever else draws and in whatever order: that is
 * what makes a run repeatable. The seed is logged at each start.
 */
@Component(service = NodeRandom.class)
public final class SeededRandom implements NodeRandom {
    /** Framework property: the seed, a decimal long; without it the seed is random. */
    public static final String SEED = "dwcp.seed";

    private static final Logger LOG = LoggerFactory.getLogger(SeededRandom.class);
    /** 64-bit FNV-1a: offset basis and prime (draft-eastlake-fnv, section 5). */
    private static final long FNV_BASIS = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final long seed;

    /**
     * Makes the node's source.
     *
     * @param context gives the framework property {@link #SEED}
     */
    @Activate
    public SeededRandom(BundleContext context) {
        this(parse(context.getProperty(SEED)));
        LOG.info("random seed={}", seed);
    }

    /**
     * Makes a source.
     *
     * @param seed where all streams begin
     */
    public SeededRandom(long seed) {
        this.seed = seed;
    }

    @Override
    public RandomGenerator stream(String purpose) {
        var mixed = FNV_BASIS;
        for (var index = 0; index < purpose.length(); index++) {
            mixed = (mixed ^ purpose.charAt(index)) * FNV_PRIME;
        }
        return new SplittableRandom(seed ^ mixed);
    }

    private static long parse(String text) {
        if (text == null || text.isBlank()) {
            return new SecureRandom().nextLong();
        }
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            Check.argument(false, "%s='%s' is not a whole number of 64 bits; give one or leave it out", SEED, text);
            throw e;
        }
    }
}
