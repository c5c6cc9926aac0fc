// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import java.nio.ByteBuffer;
import java.util.OptionalInt;

import org.dwcp.api.encoding.BlockOutline;
import org.dwcp.api.encoding.EffortAdvisor;

/**
 * Chooses for each block the effort with the least time: {@code cpu / cores + bytes / bandwidth}, both as the model predicts them, the CPU time corrected by
 * how this machine compares to the one the model was trained on. Belongs to one codec; one thread at a time.
 */
final class EffortChooser {
    /** Time of a copy. Source: chosen, 5 GB/s; it only decides between storing and saving next to nothing. */
    private static final double STORE_NS_A_BYTE = 0.2;

    /** Smaller blocks say little about the machine: much of their time is the call's. Source: chosen. */
    private static final int PACED_BYTES_MIN = 64 << 10;

    private final Choices choices;
    private final CostModel model;
    private final int cores;
    private final boolean lz4IsFast;
    private final BlockTraits traits = new BlockTraits();
    private final double[] answers = new double[2 * CostModel.EFFORTS_MAX];
    private double predictedNs;

    EffortChooser(Choices choices, CostModel model, int cores, boolean lz4IsFast) {
        this.choices = choices;
        this.model = model;
        this.cores = cores;
        this.lz4IsFast = lz4IsFast;
    }

    /** Gives the effort for a block. */
    Effort effort(ByteBuffer block, long bandwidthBps) {
        double[] look = traits.of(block);
        OptionalInt advised = choices.advised(() -> outline(look, block.remaining(), bandwidthBps));
        if (advised.isPresent()) {
            predictedNs = 0;
            Effort effort = advised.getAsInt() == EffortAdvisor.STORE ? Effort.STORE : Effort.level(advised.getAsInt());
            choices.chose(effort, "an advisor's answer", 0, 0, bandwidthBps);
            return effort;
        }
        model.predict(look, answers);
        double nsAByteOnTheLink = 8e9 / bandwidthBps;
        double pace = choices.pace();
        int best = -1;
        double least = STORE_NS_A_BYTE * pace / cores + nsAByteOnTheLink;
        for (int i = 0; i < model.efforts(); i++) {
            double cost = answers[2 * i + 1] * pace / cores + Math.min(1, answers[2 * i]) * nsAByteOnTheLink;
            if (cost < least && (lz4IsFast || model.effort(i) != Effort.LZ4)) {
                least = cost;
                best = i;
            }
        }
        Effort effort = best < 0 ? Effort.STORE : model.effort(best);
        predictedNs = best < 0 || block.remaining() < PACED_BYTES_MIN ? 0 : answers[2 * best + 1] * block.remaining();
        choices.chose(effort, "", best < 0 ? 1 : answers[2 * best], best < 0 ? STORE_NS_A_BYTE : answers[2 * best + 1] * pace, bandwidthBps);
        return effort;
    }

    /** Tells what the last choice took, so that later ones know this machine. */
    void took(long cpuNs) {
        if (predictedNs > 0 && cpuNs > 0) {
            choices.learnPace(cpuNs / predictedNs);
        }
    }

    private BlockOutline outline(double[] look, int bytes, long bandwidthBps) {
        return new BlockOutline(bytes, look[1], look[3], Math.exp(look[0]), look[5], look[6], bandwidthBps, cores);
    }
}
