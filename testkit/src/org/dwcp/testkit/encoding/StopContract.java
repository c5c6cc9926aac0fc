// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The part of {@link EncodingContract} about concurrent calls and a stop in the middle of them. */
abstract class StopContract {
    private static final int CALLERS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** The provider under test, started anew for each test. */
    Encoding encoding;

    /**
     * Starts a provider as its bundle would.
     *
     * @return a provider that takes calls
     */
    protected abstract Encoding start();

    /**
     * Stops a provider as its bundle would. Called more than once for the same provider.
     *
     * @param provider what {@link #start} gave
     */
    protected abstract void stop(Encoding provider);

    @BeforeEach
    final void startProvider() {
        encoding = start();
    }

    @AfterEach
    final void stopProvider() {
        stop(encoding);
    }

    @Test
    public void servesManyThreadsAtOnce() throws Exception {
        List<Callers.Result> results = Callers.run(encoding, CALLERS, new CountDownLatch(0), rounds -> rounds < 60);

        assertThat(results).allSatisfy(result -> {
            assertThat(result.failures()).isEmpty();
            assertThat(result.refused()).isZero();
            assertThat(result.good()).isEqualTo(60);
        });
    }

    @Test
    public void finishesCallsInFlightWhenItStops() throws Exception {
        var running = new CountDownLatch(CALLERS);
        var stopped = new AtomicBoolean();
        try (var executor = Executors.newSingleThreadExecutor()) {
            Future<List<Callers.Result>> calls = executor.submit(() -> Callers.run(encoding, CALLERS, running, rounds -> !stopped.get()));
            running.await();

            Assertions.assertTimeoutPreemptively(PATIENCE, () -> stop(encoding));
            stopped.set(true);

            for (Callers.Result result : calls.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                assertThat(result.failures()).isEmpty();
                assertThat(result.good()).isPositive();
            }
        }
    }

    @Test
    public void answersOrRefusesPolitelyAfterAStop() {
        stop(encoding);
        stop(encoding);

        try {
            encoding.encode(ByteBuffer.wrap(Blocks.TEXT.bytes(1000)), ByteBuffer.allocate(2000));
        } catch (EncodingException e) {
            assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
        }
    }

    @Test
    public void leavesNoThreadBehind() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        for (int cycle = 0; cycle < 20; cycle++) {
            Encoding another = start();
            Callers.run(another, 2, new CountDownLatch(0), rounds -> rounds < 3);
            stop(another);
        }

        assertThat(Thread.getAllStackTraces().keySet()).filteredOn(thread -> !before.contains(thread) && thread.getName().startsWith("encoding"))
                .isEmpty();
    }
}
