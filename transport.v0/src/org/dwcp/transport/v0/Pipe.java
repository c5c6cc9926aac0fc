// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v0;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transport.TransportException;

/**
 * One direction of a channel: frames as {@code byte[]}, then one farewell as {@code String[]} of kind and message, both empty for an orderly
 * end. The room counts bytes, so a pipe holds at most {@link #BYTES_MAX}.
 *
 * @param frames what is under way
 * @param room   one permit a byte that may still be put
 */
record Pipe(BlockingQueue<Object> frames, Semaphore room) {
    /** Most bytes under way in one direction. Source: chosen; four largest frames. */
    static final int BYTES_MAX = 4 << 20;
    private static final int EVERYBODY = 1 << 30;

    Pipe() {
        this(new LinkedBlockingQueue<>(), new Semaphore(BYTES_MAX, true));
    }

    void farewell(TransportException reason) {
        frames.add(reason == null ? new String[] {"", ""} : new String[] {reason.kind().name(), reason.getMessage()});
    }

    static TransportException reason(String... farewell) {
        return farewell[0].isEmpty() ? null : new TransportException(Kind.valueOf(farewell[0]), farewell[1]);
    }

    /** Lets every waiting sender go on, to find out that the channel is closed. */
    void open() {
        room.release(EVERYBODY);
    }
}
