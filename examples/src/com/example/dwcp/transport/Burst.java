// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.transport;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.TransportException;

/**
 * Measures a link by sending for a while and asking whether all has arrived. The last frame is one byte; the other end answers it with one byte, and as the
 * channel keeps order, the answer means that everything before it has arrived.
 */
final class Burst {
    /** Protocol that every provider of this kind answers by itself. */
    static final String PROTOCOL = "plain.burst";
    /** Takes everything, answers the last frame. */
    static final ProtocolHandler ANSWER = opened -> (channel, frame) -> {
        if (frame.remaining() == 1) {
            channel.trySend(frame);
        }
    };
    private static final int FRAME_BYTES = 64 << 10;
    /** Most that one measurement sends. Source: chosen; 100 ms of a 1 Gbit/s link. */
    private static final long BYTES_MAX = 12L << 20;

    private final Endpoint endpoint;
    private final NodeClock clock;

    Burst(Endpoint endpoint, NodeClock clock) {
        this.endpoint = endpoint;
        this.clock = clock;
    }

    LinkStats measure(NodeId peer, Duration duration) {
        var arrived = new CountDownLatch(1);
        var start = clock.nanoTime();
        var end = start + duration.toNanos();
        ChannelHandler answer = (channel, frame) -> arrived.countDown();
        try (var channel = endpoint.open(peer, PROTOCOL, answer, new OpenOptions(OpenOptions.Order.ORDERED, duration))) {
            var rtt = endpoint.link(peer).map(LinkStats::rttMinNs).orElse(0L);
            var sending = clock.nanoTime();
            var sendUntil = sending + (end - sending) / 2;
            var frame = ByteBuffer.allocate(FRAME_BYTES);
            var sent = 0L;
            while (sent < BYTES_MAX && clock.nanoTime() < sendUntil && channel.isOpen()) {
                if (channel.trySend(frame.clear())) {
                    sent += FRAME_BYTES;
                } else {
                    clock.sleep(Duration.ofMillis(1));
                }
            }
            channel.send(ByteBuffer.allocate(1));
            if (!arrived.await(Math.max(1, end - clock.nanoTime()), TimeUnit.NANOSECONDS)) {
                throw new TransportException(Kind.UNAVAILABLE, "burst of " + sent + " bytes to " + peer + " did not arrive within " + duration.toMillis() + " ms");
            }
            var took = Math.max(1, clock.nanoTime() - sending);
            return new LinkStats(peer, rtt, rtt, (long) (sent * 8e9 / took), false, 0, 1, "burst");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransportException(Kind.RETRY, "measurement of " + peer + " was interrupted");
        }
    }
}
