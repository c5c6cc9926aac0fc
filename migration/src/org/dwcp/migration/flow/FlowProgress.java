// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.util.concurrent.atomic.AtomicLong;

/** How a flow gets on, for people. It outlives the flow's engine: a transfer that is begun anew goes on counting here. Thread-safe. */
public final class FlowProgress {
    private final AtomicLong wireBytes = new AtomicLong();
    private final AtomicLong moves = new AtomicLong();
    private volatile long ackedBytes;
    private volatile long resumedBytes;
    private volatile long checked;
    private volatile String transport = "";
    private volatile String encoding = "";
    private volatile String waiting = "";

    /** Bytes of the flow that are at the receiver. */
    public long ackedBytes() {
        return ackedBytes;
    }

    /** Bytes that were at the receiver when it, or this end, began last. */
    public long resumedBytes() {
        return resumedBytes;
    }

    /** Bytes handed to the transport or taken from it, headers included; payloads sent again count again. */
    public long wireBytes() {
        return wireBytes.get();
    }

    /** Times that the flow went over to another channel. */
    public long moves() {
        return moves.get();
    }

    /** Parts that the receiver found right. */
    public long checked() {
        return checked;
    }

    /** Transport in use, empty when none. */
    public String transport() {
        return transport;
    }

    /** Encoding of the last chunk, empty when none. */
    public String encoding() {
        return encoding;
    }

    /** Why nothing moves, empty when something does. */
    public String waiting() {
        return waiting;
    }

    /** Says why nothing moves. */
    public void waiting(String why) {
        waiting = why;
        transport = "";
    }

    void acked(long bytes, long checkedParts) {
        ackedBytes = bytes;
        checked = Math.max(checked, checkedParts);
    }

    /** The first answer of a receiver tells what an earlier try had brought; so does that of one that was started again meanwhile. */
    void resumed(long bytes) {
        resumedBytes = bytes;
    }

    void wire(long bytes) {
        wireBytes.addAndGet(bytes);
    }

    void running(String provider) {
        transport = provider;
        waiting = "";
    }

    void moved() {
        moves.incrementAndGet();
    }

    void encoding(String provider) {
        encoding = provider;
    }
}
