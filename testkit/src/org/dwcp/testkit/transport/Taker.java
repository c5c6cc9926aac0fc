// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.transport;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.TransportException;

/** A handler for tests: keeps copies of frames or only counts them, and everything about the end. Thread-safe. */
final class Taker implements ChannelHandler, ProtocolHandler {
    final AtomicInteger accepted = new AtomicInteger();
    final AtomicLong frames = new AtomicLong();
    final AtomicLong bytes = new AtomicLong();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicInteger late = new AtomicInteger();
    volatile Optional<TransportException> cause = Optional.empty();
    volatile Channel channel;
    private final Collection<ByteBuffer> kept = new ConcurrentLinkedQueue<>();
    private final boolean keeps;

    private Taker(boolean keeps) {
        this.keeps = keeps;
    }

    static Taker keeping() {
        return new Taker(true);
    }

    static Taker counting() {
        return new Taker(false);
    }

    List<ByteBuffer> kept() {
        return List.copyOf(kept);
    }

    @Override
    public ChannelHandler accept(Channel opened) {
        channel = opened;
        accepted.incrementAndGet();
        return this;
    }

    @Override
    public void onFrame(Channel from, ByteBuffer frame) {
        if (closed.get() > 0) {
            late.incrementAndGet();
        }
        bytes.addAndGet(frame.remaining());
        if (keeps) {
            kept.add(ByteBuffer.allocate(frame.remaining()).put(frame).flip());
        }
        frames.incrementAndGet();
    }

    @Override
    public void onClosed(Channel from, Optional<TransportException> why) {
        cause = why;
        closed.incrementAndGet();
    }
}
