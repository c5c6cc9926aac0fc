// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.sim;

import org.dwcp.testkit.sim.SimNode;
import org.dwcp.testkit.sim.SimProcess;

/**
 * Two correct replicas that share one identity: together they vote twice, equivocate and forget, in every way that timing allows. Source: Bano et
 * al., "Twins: BFT Systems Made Robust" (OPODIS 2021).
 */
final class Twins implements SimProcess {
    private static final long SECOND = 1L << 62;

    private final SimNode node;
    private final PbftNode[] twins = new PbftNode[2];

    Twins(World world, SimNode node) {
        this.node = node;
        world.sometimes.reached("lies: TWINS");
        for (int index = 0; index < 2; index++) {
            long mark = index * SECOND;
            twins[index] = new PbftNode(world, node, "twin" + index + "-") {
                @Override
                void wake(long delayMs, long token) {
                    super.wake(delayMs, token + mark);
                }
            };
        }
    }

    @Override
    public void start() {
        for (var twin : twins) {
            twin.start();
        }
    }

    @Override
    public void receive(int from, byte[] frame) {
        int to = node.random().nextInt(4);
        if (to != 1) {
            twins[0].receive(from, frame);
        }
        if (to != 0 && node.isUp()) {
            twins[1].receive(from, frame);
        }
    }

    @Override
    public void timer(long token) {
        twins[token >= SECOND ? 1 : 0].timer(token % SECOND);
    }
}
