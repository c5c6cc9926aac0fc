// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferException;

/**
 * Chunks that a flow has received and not yet written, in buffers from the node's pool. Above half of the flow's, the peer's or the node's limit the links that
 * bring more are to be paused, above all of it a chunk is refused, which costs a sending again and nothing else. Not thread-safe: {@link FlowReceiver}
 * guards it.
 */
final class Intake {
    private final FlowNode node;
    private final NodeId peer;
    private final FlowSettings settings;
    private final Deque<Arrival> queue = new ArrayDeque<>();
    private final Set<Link> paused = new HashSet<>();
    private long bytes;

    /** A chunk that waits for a worker, in a buffer of its own. */
    record Arrival(Link link, ChunkHeader chunk, ByteBuffer payload) {
    }

    Intake(FlowNode node, NodeId peer, FlowSettings settings) {
        this.node = node;
        this.peer = peer;
        this.settings = settings;
    }

    /**
     * Copies a chunk into a buffer.
     *
     * @return true when the link is to be paused now
     * @throws TransferException of kind RETRY when there is no room
     */
    boolean add(Link link, ChunkHeader chunk, ByteBuffer payload) {
        int size = Buffers.capacity(payload.remaining());
        if (bytes + size > settings.flowReceiveBytesMax()
                || !node.receiving().tryTake(peer, size, settings.receiveBytesMax(), settings.peerReceiveBytesMax())) {
            throw new TransferException(Kind.RETRY, String.format("%s of this flow, %s of %s and %s in all wait to be written; flow.receive.bytes.max is "
                    + "%d, peer.receive.bytes.max %d, receive.bytes.max %d", Texts.bytes(bytes), Texts.bytes(node.receiving().used(peer)), peer,
                    Texts.bytes(node.receiving().used()), settings.flowReceiveBytesMax(), settings.peerReceiveBytesMax(), settings.receiveBytesMax()));
        }
        ByteBuffer copy = node.buffers().take(payload.remaining());
        queue.add(new Arrival(link, chunk, copy.put(payload).flip()));
        bytes += size;
        return isCrowded() && paused.add(link);
    }

    private boolean isCrowded() {
        return bytes > settings.flowReceiveBytesMax() / 2 || node.receiving().used(peer) > settings.peerReceiveBytesMax() / 2
                || node.receiving().used() > settings.receiveBytesMax() / 2;
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** The next chunk; its taker gives it to {@link #release}. */
    Arrival poll() {
        return queue.poll();
    }

    /** Gives the buffer of a chunk back. */
    void release(Arrival arrival) {
        int size = arrival.payload.capacity();
        node.buffers().give(arrival.payload);
        node.receiving().give(peer, size);
        bytes -= size;
    }

    /**
     * Links that may be read again, now that there is room. A flow that has nothing waiting goes on however crowded it is: those that crowd it may
     * stand still for ever, and it takes no more than a link brings until it is paused again.
     */
    List<Link> toResume() {
        if (paused.isEmpty() || bytes > 0 && (bytes > settings.flowReceiveBytesMax() / 4 || isCrowded())) {
            return List.of();
        }
        List<Link> links = List.copyOf(paused);
        paused.clear();
        return links;
    }

    /** A link is gone. */
    void forget(Link link) {
        paused.remove(link);
    }

    /** Drops what waits. */
    void clear() {
        queue.forEach(this::release);
        queue.clear();
    }
}
