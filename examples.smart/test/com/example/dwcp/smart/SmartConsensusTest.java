// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.smart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.testkit.consensus.ConsensusContract;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The slot's contract with the derivative: four processes a test, so it is not among the quick ones. What it does not keep is overridden with what it does instead. */
@Tag("system")
class SmartConsensusTest extends ConsensusContract {
    private static final int PORT_FIRST = 21_000;

    @Override
    protected int nodes() {
        return 4;
    }

    @Override
    protected Consensus start(NodeId node) {
        return new SmartConsensus(member -> new InetSocketAddress("127.0.0.1", PORT_FIRST + 2 * SmartConsensus.INSTANCES * Integer.parseInt(member.value().substring(1))),
                System.getProperty("java.class.path"));
    }

    @Override
    protected void stop(Consensus provider) {
        ((SmartConsensus) provider).close();
    }

    @Override
    protected String threadPrefix() {
        return "consensus.smart";
    }

    /** The library takes checkpoints when it likes. */
    @Test
    @Override
    public void keepsEverythingOverASnapshotAndARestart() {
        assertThatThrownBy(() -> hosts.get("n0").replica.compact().toCompletableFuture().get(10, TimeUnit.SECONDS)).cause()
                .satisfies(e -> assertThat(((ConsensusException) e).reason()).isEqualTo(Reason.UNSUPPORTED));
    }
}
