// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

import org.dwcp.api.NodeId;
import org.dwcp.api.encoding.Crc32c;
import org.dwcp.api.encoding.FrameHeader;
import org.dwcp.api.hybrid.RouteKey;

/**
 * A piece on its way through the encoder. It owns the buffer with the raw bytes and takes one for the frame; both go back to the pool once, by
 * {@link #release}, whether the encoder has run by then or not.
 */
final class Block implements Runnable {
    private final FlowNode node;
    private final NodeId peer;
    private final RouteKey key;
    private final Set<Integer> codecsRefused;
    private final long offset;
    private final long budgetBytes;
    private final ByteBuffer raw;
    private final ByteBuffer frame;
    private final CountDownLatch done = new CountDownLatch(1);
    private boolean released;
    private boolean encoding;
    private int checksum;
    private Codecs.Result result = new Codecs.Result("", false);

    /** Takes over {@code raw}, position 0 to its end, and so many bytes of {@link FlowNode#sending}. */
    Block(FlowNode node, NodeId peer, RouteKey key, Set<Integer> codecsRefused, long offset, ByteBuffer raw, long budgetBytes) {
        this.node = node;
        this.peer = peer;
        this.key = key;
        this.codecsRefused = codecsRefused;
        this.offset = offset;
        this.raw = raw;
        this.budgetBytes = budgetBytes;
        frame = node.buffers().take(FrameHeader.BYTES + raw.remaining());
    }

    /** What the two buffers of a block with so many raw bytes take. */
    static long memoryBytes(int rawBytes) {
        return Buffers.capacity(rawBytes) + (long) Buffers.capacity(FrameHeader.BYTES + rawBytes);
    }

    @Override
    public void run() {
        synchronized (this) {
            if (released) {
                return;
            }
            encoding = true;
        }
        try {
            checksum = Crc32c.of(raw);
            result = node.codecs().encode(peer, key, codecsRefused, raw, frame);
        } finally {
            synchronized (this) {
                encoding = false;
                if (released) {
                    giveBack();
                }
            }
            done.countDown();
        }
    }

    /** Waits for the encoder. */
    void await() throws InterruptedException {
        done.await();
    }

    ChunkHeader header() {
        return new ChunkHeader(offset, raw.limit(), checksum, result.encoded());
    }

    /** What is to be sent; consumed by the transport. */
    ByteBuffer payload() {
        return result.encoded() ? frame : raw;
    }

    String encoding() {
        return result.provider();
    }

    /** Gives the buffers back, or has the encoder do so when it is at work. */
    void release() {
        synchronized (this) {
            if (!released) {
                released = true;
                if (!encoding) {
                    giveBack();
                }
            }
        }
    }

    private void giveBack() {
        node.buffers().give(raw);
        node.buffers().give(frame);
        node.sending().give(peer, budgetBytes);
    }
}
