// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.CallHandler;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.migration.fake.FakeChannel;
import org.dwcp.migration.fake.Faults;
import org.dwcp.migration.fake.SystemClock;
import org.dwcp.migration.fake.TestCluster;
import org.dwcp.migration.fake.TestNode;
import org.dwcp.migration.flow.Threads;
import org.dwcp.migration.flow.Ticker;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small calls between two nodes, with ways that break. */
class CallTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    private Path temp;
    private final Threads threads = new Threads();
    private final Map<String, CallHandler> handlers = new ConcurrentHashMap<>();
    private final AtomicInteger handled = new AtomicInteger();
    private TestCluster cluster;
    private TestNode porto;
    private TestNode lisbon;
    private CallClient client;
    private CallServer server;

    @BeforeEach
    void start() {
        cluster = new TestCluster(temp);
        porto = cluster.node("porto").start();
        lisbon = cluster.node("lisbon").start();
        server = new CallServer(threads, method -> Optional.ofNullable(handlers.get(method)), 4);
        lisbon.protocols().put(CallClient.PROTOCOL, server);
        client = new CallClient(new SystemClock(), purpose -> RandomGeneratorFactory.of("L64X128MixRandom").create(purpose.hashCode()), porto.peers(),
                porto.transports(), threads);
        new Ticker(new SystemClock(), threads).add(client);
        handlers.put("direct", new CallServer.Direct((_, body) -> body));
        handlers.put("echo", (peer, body) -> {
            handled.incrementAndGet();
            return (peer + ":" + new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
        });
    }

    @AfterEach
    void stop() {
        client.close();
        threads.stop(Duration.ofMillis(1_500));
        cluster.close();
        assertThat(threads.count()).isZero();
    }

    private String call(String method, String body) {
        return new String(client.call(lisbon.id(), method, body.getBytes(StandardCharsets.UTF_8), LONG), StandardCharsets.UTF_8);
    }

    @Test
    void answersOverOneChannelThatStaysOpen() {
        for (int i = 0; i < 100; i++) {
            assertThat(call("echo", "hello " + i)).isEqualTo("porto:hello " + i);
        }

        assertThat(porto.transport("t1").openChannels()).isEqualTo(1);
        assertThat(porto.transports().openLeases()).isZero();
    }

    @Test
    void answersManyCallersAtOnce() throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = IntStream.range(0, 200).mapToObj(i -> callers.submit(() -> retrying("n" + i))).toList();
            for (int i = 0; i < 200; i++) {
                assertThat(answers.get(i).get()).isEqualTo("porto:n" + i);
            }
        }
    }

    private String retrying(String body) {
        while (true) {
            try {
                return call("echo", body);
            } catch (DwcpException e) {
                assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.RETRY);
            }
        }
    }

    @Test
    @Requirement("R-013")
    void followsTheRouteAndLetsTheOldChannelGo() {
        for (int i = 0; i < 1_000; i++) {
            if (i % 333 == 100) {
                porto.transports().order("t" + (2 + i / 333 % 2), "t1", "t2", "t3");
            }
            assertThat(call("echo", "x" + i)).isEqualTo("porto:x" + i);
        }

        await().atMost(LONG).until(() -> porto.transport("t1").openChannels() == 0);
        assertThat(handled).hasValue(1_000);
    }

    @Test
    void repeatsABrokenCallOverTheNextTransportAndDoesItOnce() {
        lisbon.transport("t1").faults(new Faults(1) {
            @Override
            public void beforeSend(FakeChannel channel) {
                channel.cut("broke before the answer");
            }
        });
        // Answers of t1 are lost: trySend of the server goes to a cut channel.
        handlers.put("count", (_, _) -> {
            lisbon.transport("t1").cutAll("broke before the answer");
            return Integer.toString(handled.incrementAndGet()).getBytes(StandardCharsets.UTF_8);
        });

        assertThat(call("count", "")).isEqualTo("1");
        assertThat(handled).as("the repeated call is answered from memory").hasValue(1);
        assertThat(porto.transports().failures()).contains("t1");
    }

    @Test
    void passesOnWhatTheHandlerThrows() {
        handlers.put("fail", (_, _) -> {
            throw new DwcpException(Kind.REJECTED, "not today");
        });
        handlers.put("crash", (_, _) -> {
            throw new IllegalStateException("oops");
        });

        assertThatThrownBy(() -> call("fail", "")).isInstanceOfSatisfying(DwcpException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED))
                .hasMessage("lisbon: not today");
        assertThatThrownBy(() -> call("crash", "")).isInstanceOfSatisfying(DwcpException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BROKEN));
        assertThatThrownBy(() -> call("nothing", "")).hasMessageContaining("no method 'nothing'");
        assertThat(porto.transports().failures()).isEmpty();
    }

    @Test
    void givesUpAfterTheTimeoutAndBlamesNoTransport() {
        CountDownLatch never = new CountDownLatch(1);
        handlers.put("hang", (_, body) -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return body;
        });

        assertThatThrownBy(() -> client.call(lisbon.id(), "hang", new byte[0], Duration.ofMillis(100)))
                .isInstanceOfSatisfying(DwcpException.class, e -> assertThat(e.kind()).isEqualTo(Kind.RETRY)).hasMessageContaining("did not answer 'hang'");
        assertThat(porto.transports().failures()).isEmpty();
        never.countDown();
    }

    /** A handler that holds every call until the gate opens, and counts how many are in it at most. */
    private CountDownLatch gate(AtomicInteger inside, AtomicInteger most) {
        CountDownLatch gate = new CountDownLatch(1);
        handlers.put("wait", (_, body) -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            inside.decrementAndGet();
            return body;
        });
        return gate;
    }

    @Test
    @Requirement("R-139")
    void callsBeyondThoseThatRunWaitTheirTurnAndNoneIsLost() {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch gate = gate(inside, most);

        List<CompletableFuture<byte[]>> calls = IntStream.range(0, 1_000)
                .mapToObj(number -> client.send(lisbon.id(), "wait", new byte[] {(byte) number}, LONG)).toList();
        await().atMost(LONG).until(() -> inside.get() == 4);
        assertThat(client.send(lisbon.id(), "direct", new byte[3], LONG).join()).as("needs no thread, so it need not wait").hasSize(3);
        gate.countDown();

        for (int number = 0; number < calls.size(); number++) {
            assertThat(calls.get(number).orTimeout(30, TimeUnit.SECONDS).join()).containsExactly(number);
        }
        assertThat(most.get()).as("at once").isEqualTo(4);
    }

    @Test
    void refusesTheOneCallForWhichTheLineIsTooLong() {
        CountDownLatch gate = gate(new AtomicInteger(), new AtomicInteger());
        Duration patience = Duration.ofMinutes(2);
        List<CompletableFuture<byte[]>> calls = IntStream.range(0, 4 + CallServer.WAITING_PEER_MAX + 1)
                .mapToObj(_ -> client.send(lisbon.id(), "wait", new byte[0], patience)).toList();
        await().atMost(patience).until(() -> calls.stream().anyMatch(CompletableFuture::isDone));

        gate.countDown();

        List<Throwable> refused = calls.stream().map(call -> call.handle((_, why) -> why).orTimeout(120, TimeUnit.SECONDS).join()).filter(Objects::nonNull)
                .toList();
        assertThat(refused).singleElement().asInstanceOf(InstanceOfAssertFactories.type(DwcpException.class)).satisfies(why -> {
            assertThat(why.kind()).isEqualTo(Kind.RETRY);
            assertThat(why).hasMessageContaining("4 calls run already, calls.max");
        });
        assertThat(call("echo", "again")).isEqualTo("porto:again");
    }

    @Test
    void refusesBodiesOneByteTooLarge() {
        byte[] largest = new byte[Calls.BODY_BYTES_MAX];
        handlers.put("size", (_, body) -> Integer.toString(body.length).getBytes(StandardCharsets.UTF_8));
        handlers.put("grow", (_, _) -> new byte[Calls.BODY_BYTES_MAX + 1]);

        assertThat(client.call(lisbon.id(), "size", largest, LONG)).asString().isEqualTo("1048576");
        assertThatThrownBy(() -> client.call(lisbon.id(), "size", new byte[Calls.BODY_BYTES_MAX + 1], LONG)).hasMessageContaining("exceeds 1048576");
        assertThatThrownBy(() -> call("grow", "")).hasMessageContaining("answer of 1048577 bytes exceeds");
    }

    @Test
    void saysWhyAPeerCannotBeCalled() {
        lisbon.stop();

        assertThatThrownBy(() -> call("echo", "")).isInstanceOfSatisfying(DwcpException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                .hasMessageContaining("lisbon is offline: connection refused");
        assertThatThrownBy(() -> client.call(NodeId.of("faro"), "echo", new byte[0], LONG)).hasMessageContaining("faro is no peer");
    }

    @Test
    void answersGarbageWithARefusal() {
        CountDownLatch answered = new CountDownLatch(1);
        try (Channel channel = porto.transport("t1").open(lisbon.id(), CallClient.PROTOCOL, (_, frame) -> {
            if (CallFrame.read(frame).type() == CallFrame.Type.FAILURE) {
                answered.countDown();
            }
        }, OpenOptions.DEFAULT)) {
            channel.send(ByteBuffer.wrap(new byte[] {1, 2, 3}));

            await().atMost(LONG).until(() -> answered.getCount() == 0);
        }
    }

    @Test
    void answersWithoutAThreadThatWaits() throws Exception {
        var answers = IntStream.range(0, 300).mapToObj(i -> client.send(lisbon.id(), "direct", ("d" + i).getBytes(StandardCharsets.UTF_8), LONG)).toList();

        for (int i = 0; i < 300; i++) {
            assertThat(new String(answers.get(i).get(30, TimeUnit.SECONDS), StandardCharsets.UTF_8)).isEqualTo("d" + i);
        }
        assertThat(client.outstanding()).isZero();
        assertThat(porto.transports().openLeases()).isZero();
    }

    @Test
    void endsACallThatNobodyAnswersAlsoWithoutAThread() {
        CountDownLatch never = new CountDownLatch(1);
        handlers.put("hang", (_, body) -> {
            awaitUninterruptibly(never);
            return body;
        });

        var late = client.send(lisbon.id(), "hang", new byte[0], Duration.ofMillis(100));

        assertThatThrownBy(() -> late.get(30, TimeUnit.SECONDS)).cause()
                .isInstanceOfSatisfying(DwcpException.class, e -> assertThat(e.kind()).isEqualTo(Kind.RETRY)).hasMessageContaining("did not answer 'hang'");
        assertThat(client.outstanding()).isZero();
        assertThat(porto.transports().openLeases()).isZero();
        never.countDown();
    }

    @Test
    void tellsEveryCallerWhenItIsClosed() {
        CountDownLatch never = new CountDownLatch(1);
        handlers.put("hang", (_, body) -> {
            awaitUninterruptibly(never);
            return body;
        });
        var waiting = client.send(lisbon.id(), "hang", new byte[0], LONG);
        await().atMost(LONG).until(() -> porto.transport("t1").openChannels() == 1);

        client.close();

        assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(DwcpException.class);
        await().atMost(LONG).until(() -> client.outstanding() == 0);
        never.countDown();
    }

    @Test
    void aCallerThatCancelsLeavesNothingBehind() {
        CountDownLatch gate = new CountDownLatch(1);
        handlers.put("wait", (_, body) -> {
            awaitUninterruptibly(gate);
            return body;
        });
        var call = client.send(lisbon.id(), "wait", new byte[0], LONG);

        call.cancel(true);
        gate.countDown();

        await().atMost(LONG).until(() -> client.outstanding() == 0 && porto.transports().openLeases() == 0);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
