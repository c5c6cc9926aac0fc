// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.nio.ByteBuffer;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.flow.FlowKind;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.FlowProgress;
import org.dwcp.migration.flow.FlowReceiver;
import org.dwcp.migration.flow.FlowSender;
import org.dwcp.migration.flow.FlowSink;
import org.dwcp.migration.flow.Message;
import org.dwcp.migration.flow.Ranges;

/** Flows that end in memory: their bytes are counted and forgotten. */
record MemoryKind(FlowNode node, Arrivals arrivals) implements FlowKind {
    static final String NAME = "bench";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public FlowReceiver accept(NodeId peer, Message.Offer offer) {
        return new FlowReceiver(node, peer, offer.label(), offer.total(), new Counting(arrivals), new FlowProgress()).start();
    }

    @Override
    public FlowSender serve(NodeId peer, Message.Want want) {
        throw new TransferException(Kind.REJECTED, "nothing is served here");
    }

    private record Counting(Arrivals arrivals) implements FlowSink {
        @Override
        public Ranges have() {
            return new Ranges();
        }

        @Override
        public void write(long offset, ByteBuffer bytes, int checksum) {
            arrivals.add(bytes.remaining());
        }

        @Override
        public long advance(long contiguous) {
            return 0;
        }

        @Override
        public void finish() {
            // Nothing is kept.
        }

        @Override
        public void close(Fate fate) {
            // Nothing is kept.
        }
    }
}
