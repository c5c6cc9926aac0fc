// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import org.dwcp.transport.lane.Pacer;

/**
 * Congestion control of one lane in user space: the rate at which it may send, from what its kernel measures. The kernel's own algorithm is used where it
 * has the one that is wished; this is for the others. It can only be more careful than the kernel, whose window stays in force.
 */
interface CongestionController extends Pacer {
    /** What a controller is modelled on. */
    enum Algorithm {
        /** The bottleneck's rate and the shortest round trip; loss does not count. */
        BBR(BbrModel::new),
        /** A window that is cut by loss and grows by a cubic of time. */
        CUBIC(CubicModel::new);

        private final Supplier<CongestionController> maker;

        Algorithm(Supplier<CongestionController> maker) {
            this.maker = maker;
        }

        CongestionController begin() {
            return maker.get();
        }

        /** The kernel's name for it. */
        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** What this one is modelled on. */
    Algorithm algorithm();

    /**
     * Chooses what is needed beside the kernel.
     *
     * @param wishes congestion control in order of preference, as configured
     * @param kernel what the kernel gave
     * @return the first wish when the kernel has given another one and there is a model of it
     */
    static Optional<Algorithm> beside(String wishes, String kernel) {
        List<String> names = Arrays.stream(wishes.strip().split("\\s+")).filter(name -> !name.isEmpty()).toList();
        return names.stream().findFirst().filter(first -> !first.equals(kernel)).flatMap(CongestionController::of);
    }

    /** Looks an algorithm up by the kernel's name for it. */
    static Optional<Algorithm> of(String word) {
        return Arrays.stream(Algorithm.values()).filter(algorithm -> algorithm.word().equals(word)).findFirst();
    }
}
