// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.RouteKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of a sender: takes the next piece, reads it, has it encoded on the node's processors, sends it. A few pieces are in work at once and
 * are sent in order; their number and the node's {@link Budget} bound the sender's memory. It owns the source and closes it when the flow is over.
 */
final class SendPump implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(SendPump.class);
    private static final int PIPELINE_MAX = 16;

    /** The sender as its pump sees it. */
    interface Flow {
        boolean isOver();

        /** Takes the next piece, if asked to after waiting for one; empty when there is none or the flow is over. */
        Optional<Range> next(boolean wait) throws InterruptedException;

        /** Gives back what the source did not fill; {@code read} is negative at the end of a source without a total. */
        void untake(Range piece, int read);

        /** Sends a piece over the current link, waiting for one. */
        void send(Block block) throws InterruptedException;

        /** Gives up; the receiver is told what to do with what it has. */
        void cancel(FlowOutcome how, FlowSink.Fate fate);

        void suspend();

        /** The pump has ended and the source is closed. */
        void left();
    }

    private final FlowNode node;
    private final NodeId peer;
    private final RouteKey key;
    private final FlowSource source;
    private final Flow flow;
    private final FlowSettings settings;
    private final long blockBytes;
    private final Set<Integer> codecsRefused = ConcurrentHashMap.newKeySet();

    SendPump(FlowNode node, FlowSettings settings, NodeId peer, RouteKey key, FlowSource source, Flow flow) {
        this.node = node;
        this.settings = settings;
        blockBytes = Block.memoryBytes(settings.chunkBytes());
        this.peer = peer;
        this.key = key;
        this.source = source;
        this.flow = flow;
    }

    /** The peer could not decode this codec: it is not used any more. */
    void avoid(int codec) {
        codecsRefused.add(codec);
    }

    @Override
    public void run() {
        int depth = Math.min(PIPELINE_MAX, node.executors().cpuThreads() + 2);
        Deque<Block> pipeline = new ArrayDeque<>(depth);
        try {
            while (!flow.isOver()) {
                fill(pipeline, depth);
                Block block = pipeline.poll();
                if (block != null) {
                    try {
                        block.await();
                        flow.send(block);
                    } finally {
                        block.release();
                    }
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            flow.suspend();
        } catch (DwcpException e) {
            // Only a source that is not what it was makes worthless what has arrived.
            flow.cancel(FlowOutcome.failed(e.kind(), e.getMessage()), e.kind() == Kind.REJECTED ? FlowSink.Fate.DISCARD : FlowSink.Fate.KEEP);
        } catch (IOException e) {
            if (Thread.currentThread().isInterrupted()) {
                flow.suspend();
            } else {
                flow.cancel(FlowOutcome.failed(Kind.UNAVAILABLE, "cannot read the source: " + Texts.of(e)), FlowSink.Fate.KEEP);
            }
        } catch (RuntimeException e) {
            LOG.error("send key={} failed", key, e);
            flow.cancel(FlowOutcome.failed(Kind.BROKEN, "the sender failed: " + e), FlowSink.Fate.KEEP);
        } finally {
            pipeline.forEach(Block::release);
            source.close();
            flow.left();
        }
    }

    /** Reads pieces until the pipeline is full, memory short, or nothing to be sent now; waits for work only when there is none at all. */
    private void fill(Deque<Block> pipeline, int depth) throws IOException, InterruptedException {
        while (pipeline.size() < depth) {
            if (pipeline.isEmpty()) {
                // Without waiting for others' memory, or flows whose peers stand still would stop those that could go on.
                Optional<Range> piece = flow.next(true);
                if (piece.isEmpty()) {
                    return;
                }
                node.sending().take(peer, blockBytes);
                read(piece.get()).ifPresent(pipeline::add);
            } else {
                if (!node.sending().tryTake(peer, blockBytes, settings.sendBytesMax(), settings.peerSendBytesMax())) {
                    return;
                }
                Optional<Range> piece = flow.next(false);
                if (piece.isEmpty()) {
                    node.sending().give(peer, blockBytes);
                    return;
                }
                read(piece.get()).ifPresent(pipeline::add);
            }
        }
    }

    /** Reads a piece, whose memory is taken, and gives it to the encoder; empty at the end of a source without a total. */
    private Optional<Block> read(Range piece) throws IOException {
        ByteBuffer raw = node.buffers().take((int) piece.bytes());
        Block block = null;
        try {
            int read = source.read(piece.start(), raw);
            raw.flip();
            Check.state(read > 0 || read < 0 && source.total() < 0, "source gave %d bytes at %d", read, piece.start());
            if (read < piece.bytes()) {
                flow.untake(piece, read);
            }
            if (read > 0) {
                block = new Block(node, peer, key, codecsRefused, piece.start(), raw, blockBytes);
            }
        } finally {
            if (block == null) {
                node.buffers().give(raw);
                node.sending().give(peer, blockBytes);
            }
        }
        if (block != null) {
            try {
                node.executors().cpu().execute(block);
            } catch (RejectedExecutionException _) {
                block.run(); // the node stops
            }
        }
        return Optional.ofNullable(block);
    }
}
