// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;

import org.dwcp.api.node.NodeClock;

/**
 * Sends frames to a client: type {@code byte}, length {@code int}, bytes. Thread-safe. While a write waits for a client that does not read, {@link
 * #stalledNs} grows, so that the session can be ended.
 */
final class Answer {
    /** Type of a frame for the client's standard output. */
    static final byte OUT = 1;
    /** Type of a frame for the client's standard error. */
    static final byte ERR = 2;
    /** Type of the last frame: the exit code as {@code int}. */
    static final byte EXIT = 3;
    /** Largest frame. Source: chosen; one write of a usual buffer. */
    static final int FRAME_BYTES_MAX = 64 << 10;
    private static final int HEADER_BYTES = 5;

    private final OutputStream socket;
    private final NodeClock clock;
    private final ReentrantLock writing = new ReentrantLock();
    private volatile long since;
    private volatile boolean busy;

    Answer(OutputStream socket, NodeClock clock) {
        this.socket = socket;
        this.clock = clock;
    }

    void frame(byte type, byte[] bytes, int offset, int length) throws IOException {
        for (var at = offset; at < offset + length; at += FRAME_BYTES_MAX) {
            send(type, bytes, at, Math.min(FRAME_BYTES_MAX, offset + length - at));
        }
    }

    void exit(int code) throws IOException {
        send(EXIT, ByteBuffer.allocate(Integer.BYTES).putInt(code).array(), 0, Integer.BYTES);
    }

    private void send(byte type, byte[] bytes, int offset, int length) throws IOException {
        var frame = ByteBuffer.allocate(HEADER_BYTES + length).put(type).putInt(length).put(bytes, offset, length).array();
        writing.lock();
        try {
            since = clock.nanoTime();
            busy = true;
            socket.write(frame);
            socket.flush();
        } finally {
            busy = false;
            writing.unlock();
        }
    }

    /** How long the write under way has been waiting, 0 when none is. */
    long stalledNs() {
        return busy ? clock.nanoTime() - since : 0;
    }

    /** A stream whose bytes become frames. */
    OutputStream stream(byte type) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                frame(type, new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                frame(type, bytes, offset, length);
            }
        };
    }
}
