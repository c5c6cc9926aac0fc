// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.concurrent.atomic.LongAdder;

/** Frames and bytes both ways, of a channel and, through its parent, of the whole provider. Thread-safe. */
final class Traffic {
    final LongAdder framesSent = new LongAdder();
    final LongAdder bytesSent = new LongAdder();
    final LongAdder framesReceived = new LongAdder();
    final LongAdder bytesReceived = new LongAdder();
    private final Traffic parent;

    Traffic(Traffic parent) {
        this.parent = parent;
    }

    void sent(int bytes) {
        framesSent.increment();
        bytesSent.add(bytes);
        if (parent != null) {
            parent.sent(bytes);
        }
    }

    void received(int bytes) {
        framesReceived.increment();
        bytesReceived.add(bytes);
        if (parent != null) {
            parent.received(bytes);
        }
    }

    long bytes() {
        return bytesSent.sum() + bytesReceived.sum();
    }
}
