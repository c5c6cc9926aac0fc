// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;

import org.awaitility.core.ConditionFactory;
import org.dwcp.api.Swappable;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.OpenOptions.Order;
import org.dwcp.api.transport.Transport;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** Two nodes with a provider each, and what the contract's tests need to talk through them. */
@Timeout(60)
abstract class TransportFixture {
    /** Name of the protocol that the tests open. */
    protected static final String PROTOCOL = "test.frames";
    /** Ordered, short patience. */
    protected static final OpenOptions ORDERED = new OpenOptions(Order.ORDERED, Duration.ofSeconds(10));
    /** Unordered, short patience. */
    protected static final OpenOptions UNORDERED = new OpenOptions(Order.UNORDERED, Duration.ofSeconds(10));
    /** Takes frames and does nothing. */
    static final ChannelHandler DEAF = (channel, frame) -> { };

    /** The cluster of both nodes. */
    protected final TestCluster cluster = new TestCluster();
    /** The node that opens. */
    protected final TestNode a = cluster.node("a");
    /** The node that accepts. */
    protected final TestNode b = cluster.node("b");
    /** Provider of {@link #a}. */
    protected Transport ta;
    /** Provider of {@link #b}. */
    protected Transport tb;
    private static final Set<Class<?>> WARM = ConcurrentHashMap.newKeySet();
    private final List<Transport> running = new ArrayList<>();
    private long socketsBefore;

    /**
     * Gives the provider's name.
     *
     * @return value of {@link Swappable#PROVIDER}
     */
    protected abstract String provider();

    /**
     * Starts a provider on a node, listening on a free port of the loopback interface if it listens.
     *
     * @param node gives identity, peers, clock and handlers
     * @return the started provider
     */
    protected abstract Transport start(TestNode node);

    /**
     * Stops a provider, as its deactivation does.
     *
     * @param transport what {@link #start} gave
     */
    protected abstract void stop(Transport transport);

    /**
     * Gives the bound of what a channel takes while the other end does not read: queues at both ends and sockets between them.
     *
     * @return bytes; 64 MiB unless a provider says otherwise
     */
    protected long bufferedBytesMax() {
        return 64L << 20;
    }

    /** Checks after each test that a stopped provider has given everything back; a provider adds what it can see. */
    protected void verifyNothingHeld() {
    }

    /**
     * Waits for a fact.
     *
     * @return fails after 20 s
     */
    protected static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(5));
    }

    /**
     * Starts a provider and lets the other nodes know it.
     *
     * @param node where
     * @return the started provider; stopped after the test
     */
    protected final Transport launch(TestNode node) {
        var transport = start(node);
        node.advertise("transport", provider(), transport.port());
        running.add(transport);
        return transport;
    }

    /**
     * Stops a provider before the test ends.
     *
     * @param transport what {@link #launch} gave
     */
    protected final void halt(Transport transport) {
        running.remove(transport);
        long startNs = a.clock().nanoTime();
        stop(transport);
        assertThat(Duration.ofNanos(a.clock().nanoTime() - startNs)).as("time to stop; 2 s are allowed, and more to a busy machine")
                .isLessThan(Duration.ofSeconds(6));
    }

    /** Sockets that this JVM has open; 0 where the system does not tell. */
    private static long sockets() {
        var open = Path.of("/proc/self/fd");
        if (!Files.isDirectory(open)) {
            return 0;
        }
        try (var descriptors = Files.list(open)) {
            return descriptors.filter(TransportFixture::isSocket).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false; // closed while we looked
        }
    }

    private List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(name -> name.startsWith(provider() + ".")).toList();
    }

    @BeforeEach
    final void startBoth() {
        if (WARM.add(getClass())) {
            stop(start(a)); // native libraries may keep a socket for the life of the JVM
        }
        socketsBefore = sockets();
        ta = launch(a);
        tb = launch(b);
    }

    @AfterEach
    final void stopAll() {
        List.copyOf(running).forEach(this::halt);
        soon().untilAsserted(() -> assertThat(threads()).as("threads left after stop").isEmpty());
        soon().untilAsserted(() -> assertThat(sockets()).as("sockets left after stop").isLessThanOrEqualTo(socketsBefore));
        verifyNothingHeld();
    }

    /**
     * Lets {@link #b} answer the tests' protocol.
     *
     * @param taker takes the frames
     */
    final void serve(Taker taker) {
        b.handle(PROTOCOL, taker);
    }

    final Channel open(ChannelHandler handler, OpenOptions options) {
        return ta.open(b.id(), PROTOCOL, handler, options);
    }

    /**
     * Makes a frame with its number in front and bytes that follow from it.
     *
     * @param number 0 or more
     * @param bytes  size, 12 or more
     * @return the frame
     */
    protected static ByteBuffer frame(int number, int bytes) {
        var body = new byte[bytes];
        new java.util.SplittableRandom(number).nextBytes(body);
        var frame = ByteBuffer.wrap(body).putInt(0, number);
        var crc = new CRC32C();
        crc.update(body, 12, bytes - 12);
        return frame.putLong(4, crc.getValue());
    }

    /**
     * Checks a frame made by {@link #frame}.
     *
     * @param frame what arrived
     * @return its number
     */
    protected static int numberOf(ByteBuffer frame) {
        var crc = new CRC32C();
        crc.update(frame.duplicate().position(frame.position() + 12));
        assertThat(crc.getValue()).as("checksum").isEqualTo(frame.getLong(frame.position() + 4));
        return frame.getInt(frame.position());
    }

    static ByteBuffer bytes(int count) {
        return ByteBuffer.allocate(count);
    }

    static void sendMany(Channel channel, int count) {
        for (int number = 0; number < count; number++) {
            channel.send(bytes(100_000));
        }
    }

    /** Offers frames until none is taken for a while; gives the bytes that were. */
    final long fill(Channel channel) throws InterruptedException {
        long accepted = 0;
        for (int refused = 0; refused < 50;) {
            if (channel.trySend(bytes(100_000))) {
                accepted += 100_000;
                refused = 0;
                assertThat(accepted).as("bytes taken while nobody reads").isLessThanOrEqualTo(bufferedBytesMax());
            } else {
                refused++;
                a.clock().sleep(Duration.ofMillis(5));
            }
        }
        return accepted;
    }
}
