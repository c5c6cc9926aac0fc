// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Optional;

/** What waits for one peer: at most one frame is under way, the next takes all that has come meanwhile. Not thread-safe. */
final class Outbox {
    /** Most bytes of a frame. Source: chosen; half of a small call. */
    static final int FRAME_BYTES_MAX = 512 << 10;
    /** Most bytes that wait for a peer; what is beyond is found by anti-entropy. Source: chosen; two frames. */
    static final int WAITING_BYTES_MAX = 1 << 20;

    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private boolean underWay;

    /** Tells whether there was room. */
    boolean add(byte[] message) {
        if (waitingBytes + message.length > WAITING_BYTES_MAX) {
            return false;
        }
        waiting.add(message);
        waitingBytes += message.length;
        return true;
    }

    /** The next frame, when none is under way; then {@link #done} must follow. */
    Optional<byte[]> next() {
        if (underWay || waiting.isEmpty()) {
            return Optional.empty();
        }
        var frame = new ByteArrayOutputStream();
        frame.write(MessageCodec.VERSION);
        do {
            var message = waiting.removeFirst();
            waitingBytes -= message.length;
            frame.writeBytes(message);
        } while (!waiting.isEmpty() && frame.size() + waiting.getFirst().length <= FRAME_BYTES_MAX);
        underWay = true;
        return Optional.of(frame.toByteArray());
    }

    void done() {
        underWay = false;
    }

    void clear() {
        waiting.clear();
        waitingBytes = 0;
    }

    boolean isIdle() {
        return !underWay && waiting.isEmpty();
    }
}
