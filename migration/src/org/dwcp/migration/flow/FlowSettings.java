// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.time.Duration;

import org.dwcp.api.Check;
import org.dwcp.api.encoding.Encoding;

/**
 * Limits of flows. Immutable; a running flow keeps those it began with.
 *
 * @param chunkBytes           raw bytes of a chunk
 * @param windowBytesMax       most bytes sent and not yet acknowledged, a flow
 * @param receiveBytesMax      most bytes received and not yet written, the whole node
 * @param peerReceiveBytesMax  the same for all flows with one peer
 * @param flowReceiveBytesMax  the same for one flow
 * @param sendBytesMax         most bytes of chunks in work at the sending end, the whole node; each flow may have one chunk in any case
 * @param peerSendBytesMax     the same for all flows with one peer
 * @param flowsMax             most flows that peers have opened here
 * @param flowsPeerMax         the same for one peer
 * @param inactivityTimeout    a channel on which nothing was heard for so long is given up
 * @param openTimeout          longest time to open a channel
 * @param drainTimeout         longest time an old channel is kept for its acknowledgements after a move
 * @param idleTimeout          a receiver without any channel for so long is put away; what it has stays
 */
public record FlowSettings(int chunkBytes, long windowBytesMax, long receiveBytesMax, long peerReceiveBytesMax, long flowReceiveBytesMax,
        long sendBytesMax, long peerSendBytesMax, int flowsMax, int flowsPeerMax, Duration inactivityTimeout, Duration openTimeout, Duration drainTimeout,
        Duration idleTimeout) {
    public static final int CHUNK_BYTES_MIN = 4 << 10;
    public static final long WINDOW_BYTES_MIN = 1 << 20;
    public static final long SEND_BYTES_MIN = 1 << 20;
    /** Also the furthest that a receiver lets a sender run ahead. Source: 10 Gbit/s at 800 ms. */
    public static final long WINDOW_BYTES_LIMIT = 1L << 30;
    public static final FlowSettings DEFAULT = new FlowSettings(256 << 10, 64L << 20, 128L << 20, 64L << 20, 32L << 20, 64L << 20, 32L << 20, 256, 64,
            Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(5), Duration.ofSeconds(60));

    public FlowSettings {
        within("chunk.bytes", chunkBytes, CHUNK_BYTES_MIN, Encoding.BLOCK_BYTES_MAX);
        within("window bytes", windowBytesMax, WINDOW_BYTES_MIN, WINDOW_BYTES_LIMIT);
        within("receive.bytes.max", receiveBytesMax, 4 << 20, 16L << 30);
        within("peer.receive.bytes.max", peerReceiveBytesMax, 4 << 20, receiveBytesMax);
        within("flow.receive.bytes.max", flowReceiveBytesMax, 4 << 20, peerReceiveBytesMax);
        within("send.bytes.max", sendBytesMax, SEND_BYTES_MIN, 16L << 30);
        within("peer.send.bytes.max", peerSendBytesMax, SEND_BYTES_MIN, sendBytesMax);
        within("flows.max", flowsMax, 1, 4_096);
        within("flows.peer.max", flowsPeerMax, 1, 4_096);
        within("inactivity.timeout.ms", inactivityTimeout.toMillis(), 100, 600_000);
        within("open.timeout.ms", openTimeout.toMillis(), 100, 300_000);
        within("drain.timeout.ms", drainTimeout.toMillis(), 10, 60_000);
        within("idle.timeout.ms", idleTimeout.toMillis(), 100, 86_400_000);
    }

    /** Gives the same settings with another window. */
    public FlowSettings withWindow(long bytesMax) {
        return new FlowSettings(chunkBytes, bytesMax, receiveBytesMax, peerReceiveBytesMax, flowReceiveBytesMax, sendBytesMax, peerSendBytesMax, flowsMax,
                flowsPeerMax, inactivityTimeout, openTimeout, drainTimeout, idleTimeout);
    }

    /** Refuses a value out of bounds, by the name of its key. */
    public static void within(String key, long value, long min, long max) {
        Check.argument(value >= min && value <= max, "%s = %d is not in %d..%d; correct the configuration of org.dwcp.migration", key, value, min, max);
    }
}
