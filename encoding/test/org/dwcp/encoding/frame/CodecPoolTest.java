// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.EncodingException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The pool's bound and its stop. */
class CodecPoolTest {
    private final ExecutorService callers = Executors.newCachedThreadPool();
    private final Semaphore go = new Semaphore(0);
    private final AtomicInteger calls = new AtomicInteger();
    private final List<Slow> made = new CopyOnWriteArrayList<>();
    private final CodecPool pool = new CodecPool("test", () -> {
        var codec = new Slow();
        made.add(codec);
        return codec;
    }, 2);

    @AfterEach
    void end() {
        go.release(100);
        callers.shutdownNow();
    }

    @Test
    void makesNoMoreCodecsThanAllowedAndLetsTheThirdCallWait() throws Exception {
        Future<Integer> first = call();
        Future<Integer> second = call();
        await().untilAtomic(calls, org.hamcrest.Matchers.is(2));
        Future<Integer> third = call();

        go.release();
        await().untilAtomic(calls, org.hamcrest.Matchers.is(3));
        go.release(2);

        assertThat(List.of(first.get(), second.get(), third.get())).containsOnly(1);
        assertThat(made).hasSize(2);
        assertThat(pool.inUse()).isZero();
        assertThat(pool.idle()).isEqualTo(2);
    }

    @Test
    void waitsForCallsInFlightWhenItCloses() throws Exception {
        Future<Integer> call = call();
        await().untilAtomic(calls, org.hamcrest.Matchers.is(1));
        Future<Integer> close = callers.submit(() -> pool.close(Duration.ofSeconds(30)));
        await().until(this::refusesCalls);
        assertThat(close).isNotDone();

        go.release();

        assertThat(close.get()).isZero();
        assertThat(call.get()).isEqualTo(1);
        assertThat(made).allSatisfy(codec -> assertThat(codec.closed).hasValue(1));
    }

    @Test
    void neverClosesACodecInUseAndClosesItWhenItsCallEnds() throws Exception {
        Future<Integer> call = call();
        await().untilAtomic(calls, org.hamcrest.Matchers.is(1));

        assertThat(pool.close(Duration.ZERO)).isEqualTo(1);
        assertThat(made.getFirst().closed).hasValue(0);

        go.release();
        assertThat(call.get()).isEqualTo(1);
        await().untilAtomic(made.getFirst().closed, org.hamcrest.Matchers.is(1));
    }

    @Test
    void wakesAndRefusesCallsThatWaitForACodec() throws Exception {
        pool.resize(1);
        Future<Integer> inFlight = call();
        await().untilAtomic(calls, org.hamcrest.Matchers.is(1));
        Future<Integer> waiting = call();

        pool.close();

        assertThatThrownBy(waiting::get).isInstanceOf(ExecutionException.class).cause()
                .isInstanceOfSatisfying(EncodingException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
        go.release();
        assertThat(inFlight.get()).isEqualTo(1);
    }

    @Test
    void closesWhatIsBeyondASmallerBound() throws Exception {
        Future<Integer> first = call();
        Future<Integer> second = call();
        await().untilAtomic(calls, org.hamcrest.Matchers.is(2));
        go.release(2);
        first.get();
        second.get();

        pool.resize(1);

        assertThat(pool.idle()).isEqualTo(1);
        assertThat(made.stream().mapToInt(codec -> codec.closed.get()).sum()).isEqualTo(1);
    }

    @Test
    void takesACodecBackWhenItsCallFails() {
        assertThatThrownBy(() -> pool.decompress(ByteBuffer.allocate(10), ByteBuffer.allocate(10))).hasMessage("broken");

        assertThat(pool.inUse()).isZero();
        assertThat(pool.idle()).isEqualTo(1);
    }

    private Future<Integer> call() {
        return callers.submit(() -> pool.compress(ByteBuffer.allocate(100), ByteBuffer.allocate(100)));
    }

    private boolean refusesCalls() {
        try {
            pool.decompress(ByteBuffer.allocate(1), ByteBuffer.allocate(1));
            return false;
        } catch (EncodingException e) {
            return e.kind() == Kind.UNAVAILABLE;
        }
    }

    private final class Slow implements Codec {
        private final AtomicInteger closed = new AtomicInteger();

        @Override
        public int compress(ByteBuffer block, ByteBuffer payload) {
            calls.incrementAndGet();
            go.acquireUninterruptibly();
            payload.put((byte) 1);
            return 1;
        }

        @Override
        public int decompress(ByteBuffer payload, ByteBuffer block) {
            throw new EncodingException(Kind.REJECTED, "broken");
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }
}
