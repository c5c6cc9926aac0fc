// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.peers;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;
import org.dwcp.bench.link.Provider;
import org.dwcp.testkit.node.TestAuthority;
import org.dwcp.testkit.node.TestClock;
import org.dwcp.testkit.node.TestCluster;

/**
 * Many peers in this JVM, each with a certificate, a transport and a connection of its own to one node. They speak the platform's protocol of calls
 * themselves: five hundred clients with their clocks would take the processors from what is measured. Not thread-safe.
 */
final class Crowd implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration STEP = Duration.ofMillis(1);
    private static final byte[] METHOD = "echo".getBytes(StandardCharsets.US_ASCII);
    private static final int HEAD_BYTES = 2 + 1 + 1 + 8 + 8 + 1 + 2;
    private static final int ANSWER = 1;

    private final NodeClock clock = new TestClock();
    private final NodeId hub = NodeId.of("hub");
    private final List<AutoCloseable> transports = new ArrayList<>();
    private final List<Channel> channels = new ArrayList<>();
    private volatile Calls calls = new Calls(0);

    /** What a run came to. Times in nanoseconds, sorted, of the calls that were answered. */
    record Result(int sent, int answered, int failed, int twice, int broken, long[] tookNs) {
        double quantileMs(double share) {
            return tookNs.length == 0 ? Double.NaN : tookNs[(int) Math.min(tookNs.length - 1, share * tookNs.length)] / 1e6;
        }
    }

    /** Connects so many peers, one after the other, a channel each. */
    void connect(TestAuthority authority, String provider, int port, int count) throws ReflectiveOperationException {
        var cluster = new TestCluster(authority);
        cluster.distant(hub.value(), "127.0.0.1", List.of(new ProviderAdvert(Transport.SLOT.name(), provider, "1.0.0", List.of(), port)));
        for (int index = 0; index < count; index++) {
            var transport = Provider.start(provider, Map.of("threads", "1", "listen.host", "127.0.0.1"), cluster.node("peer-" + index));
            transports.add((AutoCloseable) transport);
            channels.add(transport.open(hub, "dwcp.call", new Answers(), new OpenOptions(OpenOptions.Order.ORDERED, PATIENCE)));
        }
    }

    /** Calls at a rate, peers in turn, and waits for the answers. */
    Result call(int perSecond, int seconds, int bodyBytes) throws InterruptedException {
        var run = new Calls(perSecond * seconds);
        calls = run;
        var body = new byte[bodyBytes];
        long beginNs = clock.nanoTime();
        for (int next = 0; next < run.count;) {
            long due = Math.min(run.count, (clock.nanoTime() - beginNs) * perSecond / 1_000_000_000L);
            for (; next < due; next++) {
                run.sentNs.set(next, clock.nanoTime());
                try {
                    channels.get(next % channels.size()).send(request(next), ByteBuffer.wrap(body));
                } catch (TransportException e) {
                    run.broken.incrementAndGet();
                }
            }
            clock.sleep(STEP);
        }
        long endNs = clock.nanoTime() + PATIENCE.toNanos();
        while (run.settled.get() + run.broken.get() < run.count && clock.nanoTime() - endNs < 0) {
            clock.sleep(STEP);
        }
        return run.result();
    }

    private static ByteBuffer request(int number) {
        return ByteBuffer.allocate(HEAD_BYTES + METHOD.length).putShort((short) 0x4443).put((byte) 1).put((byte) 0).putLong(1).putLong(number).put((byte) 0)
                .putShort((short) METHOD.length).put(METHOD).flip();
    }

    /** Calls of one run, by number. Thread-safe. */
    private static final class Calls {
        private final int count;
        private final AtomicLongArray sentNs;
        private final AtomicLongArray tookNs;
        private final AtomicInteger settled = new AtomicInteger();
        private final AtomicInteger failed = new AtomicInteger();
        private final AtomicInteger twice = new AtomicInteger();
        private final AtomicInteger broken = new AtomicInteger();

        Calls(int count) {
            this.count = count;
            sentNs = new AtomicLongArray(count);
            tookNs = new AtomicLongArray(count);
        }

        void settle(int number, boolean answered, long nowNs) {
            if (number < 0 || number >= count || !tookNs.compareAndSet(number, 0, answered ? Math.max(1, nowNs - sentNs.get(number)) : -1)) {
                twice.incrementAndGet();
                return;
            }
            if (!answered) {
                failed.incrementAndGet();
            }
            settled.incrementAndGet();
        }

        Result result() {
            var took = new long[count];
            int answered = 0;
            for (int number = 0; number < count; number++) {
                if (tookNs.get(number) > 0) {
                    took[answered++] = tookNs.get(number);
                }
            }
            var sorted = java.util.Arrays.copyOf(took, answered);
            java.util.Arrays.sort(sorted);
            return new Result(count - broken.get(), answered, failed.get(), twice.get(), broken.get(), sorted);
        }
    }

    private final class Answers implements ChannelHandler {
        @Override
        public void onFrame(Channel channel, ByteBuffer frame) {
            calls.settle((int) frame.getLong(frame.position() + 12), frame.get(frame.position() + 3) == ANSWER, clock.nanoTime());
        }

        @Override
        public void onClosed(Channel channel, Optional<TransportException> cause) {
            if (cause.isPresent()) {
                calls.broken.incrementAndGet();
            }
        }
    }

    @Override
    public void close() {
        calls = new Calls(0);
        for (var transport : transports) {
            try {
                transport.close();
            } catch (Exception e) {
                throw new IllegalStateException("a transport of the crowd does not close", e);
            }
        }
    }
}
