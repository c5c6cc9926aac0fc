// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.fuzz;

import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import java.util.List;

import com.sun.management.ThreadMXBean;

/**
 * Gives a decoder hostile inputs on the calling thread. It fails with the input's number and bytes when the decoder throws, or takes more
 * memory than it may. That nothing hangs is the test's own timeout's affair.
 */
public final class Fuzz {
    private static final int SHOWN_BYTES_MAX = 400;
    /** Inputs before memory counts: classes are loaded, code is compiled. */
    private static final int WARM_UP = 500;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Mutator mutator;
    private final long heapBytesMax;
    private final int heapFactorMax;

    /** A decoder under test. It takes whatever its wire allows by itself; every exception that gets out is a failure. */
    @FunctionalInterface
    public interface Target {
        /**
         * Decodes.
         *
         * @param input the bytes
         */
        void decode(byte[] input);
    }

    /**
     * Prepares.
     *
     * @param good          inputs that the decoder takes
     * @param seed          any number
     * @param heapBytesMax  what one input may allocate on the heap, whatever its size
     * @param heapFactorMax and how much more for each of its bytes
     */
    public Fuzz(List<byte[]> good, long seed, long heapBytesMax, int heapFactorMax) {
        mutator = new Mutator(good, seed);
        this.heapBytesMax = heapBytesMax;
        this.heapFactorMax = heapFactorMax;
    }

    /**
     * Tries inputs.
     *
     * @param count  how many
     * @param target decodes each
     */
    public void run(int count, Target target) {
        for (int number = 0; number < count; number++) {
            byte[] input = mutator.input(number);
            long limit = heapBytesMax + (long) heapFactorMax * input.length;
            long took = allocated(number, input, target);
            if (number > WARM_UP && took > limit) {
                took = allocated(number, input, target); // a branch that is taken for the first time links its code, once for all: see that it was no more
            }
            if (number > WARM_UP && took > limit) {
                throw new AssertionError("input " + number + " of " + input.length + " bytes took " + took + " bytes of heap, limit " + limit + "; "
                        + shown(input));
            }
        }
    }

    private long allocated(int number, byte[] input, Target target) {
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            target.decode(input);
        } catch (RuntimeException | Error e) {
            throw new AssertionError("input " + number + " of " + input.length + " bytes: " + e + "; " + shown(input), e);
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private static String shown(byte[] input) {
        return HexFormat.of().formatHex(input, 0, Math.min(input.length, SHOWN_BYTES_MAX)) + (input.length > SHOWN_BYTES_MAX ? "..." : "");
    }
}
