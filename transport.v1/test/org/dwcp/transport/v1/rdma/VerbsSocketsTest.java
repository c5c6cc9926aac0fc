// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import org.dwcp.testkit.Requirement;
import org.dwcp.transport.v1.rdma.RdmaSockets.Tuning;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The stream of bytes over verbs, between two ends in one process. */
@Timeout(60)
@Requirement("R-056")
class VerbsSocketsTest {
    private static final Tuning SMALL = new Tuning(64 << 10, 10);
    private static final Tuning LARGE = new Tuning(1 << 20, 10);

    private final LoopVerbs verbs = new LoopVerbs();
    private final VerbsHub hub = new VerbsHub(verbs);
    private final Arena arena = Arena.ofShared();
    private final RdmaSockets sockets = new VerbsSockets(hub);

    @AfterEach
    void giveBack() {
        sockets.close();
        arena.close();
        assertThat(hub.users()).isZero();
        assertThat(verbs.open()).as("handles that are still open").isZero();
    }

    /** Runs a socket, and others beside it, until something happens to it. */
    private int await(int socket, int what, int... others) throws IOException {
        var numbers = IntStream.concat(IntStream.of(socket), IntStream.of(others)).toArray();
        var interests = new int[numbers.length];
        do {
            Arrays.fill(interests, what);
            sockets.await(numbers, interests, numbers.length, 1);
            assertThat(Thread.currentThread().isInterrupted()).as("out of time").isFalse();
        } while (interests[0] == 0);
        return interests[0];
    }

    private int[] pair(Tuning opener, Tuning acceptor) throws IOException {
        int listening = sockets.listen(new InetSocketAddress("127.0.0.1", 0), acceptor);
        int from = sockets.connect(sockets.address(listening), opener);
        await(listening, RdmaSockets.IN, from);
        int to = sockets.accept(listening);
        assertThat(sockets.accept(listening)).isEqualTo(RdmaSockets.LATER);
        assertThat(await(from, RdmaSockets.OUT, to)).isEqualTo(RdmaSockets.OUT);
        sockets.connected(from);
        hub.close(listening);
        return new int[] {from, to};
    }

    private MemorySegment random(int bytes, long seed) {
        var content = new byte[bytes];
        new SplittableRandom(seed).nextBytes(content);
        var memory = arena.allocate(bytes);
        MemorySegment.copy(content, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes);
        return memory;
    }

    /** Moves bytes until all are there, both ends in turns. */
    private void move(int from, int to, int bytes, int piece) throws IOException {
        var sent = random(bytes, bytes);
        var got = arena.allocate(bytes);
        int out = 0;
        int in = 0;
        while (in < bytes) {
            assertThat(Thread.currentThread().isInterrupted()).as("out of time").isFalse();
            if (out < bytes) {
                out += Math.max(0, sockets.send(from, sent.address() + out, Math.min(piece, bytes - out)));
            }
            in += Math.max(0, sockets.receive(to, got.address() + in, Math.min(piece, bytes - in)));
        }
        assertThat(got.mismatch(sent)).isEqualTo(-1);
    }

    @Test
    void carriesBytesInOrderWhateverTheSizes() throws IOException {
        for (var tunings : new Tuning[][] {{SMALL, SMALL}, {SMALL, LARGE}, {LARGE, SMALL}}) {
            var ends = pair(tunings[0], tunings[1]);
            move(ends[0], ends[1], 3 << 20, 100_000);
            move(ends[1], ends[0], 1 << 20, 7);
            move(ends[0], ends[1], 1, 1);
            hub.close(ends[0]);
            hub.close(ends[1]);
        }
        assertThat(verbs.slotsNotReady()).as("messages that met no slot").isZero();
    }

    @Test
    void aReaderThatStandsStillStopsTheSenderAndNothingIsLost() throws IOException {
        var ends = pair(SMALL, SMALL);
        var bytes = random(1 << 20, 1);
        int taken = 0;
        for (int now = 0; now != RdmaSockets.LATER; now = sockets.send(ends[0], bytes.address() + taken, 10_000)) {
            taken += now;
        }
        assertThat(taken).isPositive().isLessThan(64 << 10);
        assertThat(sockets.send(ends[0], bytes.address(), 1)).isEqualTo(RdmaSockets.LATER);

        var got = arena.allocate(1 << 20);
        for (int in = 0; in < taken;) {
            in += Math.max(0, sockets.receive(ends[1], got.address() + in, taken - in));
        }
        assertThat(got.asSlice(0, taken).mismatch(bytes.asSlice(0, taken))).isEqualTo(-1);
        assertThat(await(ends[0], RdmaSockets.OUT)).isEqualTo(RdmaSockets.OUT);
        hub.close(ends[0]);
        hub.close(ends[1]);
    }

    @Test
    void bothEndsFillEachOtherAndGoOn() throws IOException {
        var ends = pair(SMALL, SMALL);
        var bytes = random(1 << 20, 2);
        var got = arena.allocate(1 << 20);
        long moved = 0;
        var pending = new int[2];
        for (int round = 0; round < 200; round++) {
            for (int end = 0; end < 2; end++) {
                for (int now = 0; now != RdmaSockets.LATER; now = sockets.send(ends[end], bytes.address(), 3_000)) {
                    pending[1 - end] += now;
                }
            }
            for (int end = 0; end < 2; end++) {
                for (int now = 0; now != RdmaSockets.LATER; now = sockets.receive(ends[end], got.address(), 1 << 20)) {
                    pending[end] -= now;
                    moved += now;
                }
            }
            assertThat(pending).containsExactly(0, 0);
        }
        assertThat(moved).isGreaterThan(200L * 2 * 10_000);
        assertThat(verbs.slotsNotReady()).isZero();
        hub.close(ends[0]);
        hub.close(ends[1]);
    }

    @Test
    void whatWasSentBeforeTheEndArrivesThenTheEnd() throws IOException {
        var ends = pair(SMALL, SMALL);
        var bytes = random(5_000, 3);
        assertThat(sockets.send(ends[0], bytes.address(), 5_000)).isEqualTo(5_000);
        hub.close(ends[0]);

        assertThat(await(ends[1], RdmaSockets.IN) & RdmaSockets.IN).isPositive();
        var got = arena.allocate(8_000);
        assertThat(sockets.receive(ends[1], got.address(), 8_000)).isEqualTo(5_000);
        assertThat(got.asSlice(0, 5_000).mismatch(bytes)).isEqualTo(-1);
        assertThat(sockets.receive(ends[1], got.address(), 8_000)).isZero();
        assertThat(await(ends[1], RdmaSockets.IN) & RdmaSockets.ENDED).isPositive();
        hub.close(ends[1]);
    }

    @Test
    void aPeerThatGoesWithoutAnEndIsBroken() throws IOException {
        var ends = pair(SMALL, SMALL);
        verbs.deaf();
        var bytes = random(100, 4);
        sockets.send(ends[0], bytes.address(), 100);

        assertThat(await(ends[0], RdmaSockets.IN) & RdmaSockets.BROKEN).isPositive();
        assertThatThrownBy(() -> sockets.receive(ends[0], bytes.address(), 100)).isInstanceOf(IOException.class).hasMessageContaining("does not answer");
        assertThatThrownBy(() -> sockets.send(ends[0], bytes.address(), 100)).isInstanceOf(IOException.class);
        hub.close(ends[0]);
        assertThat(await(ends[1], RdmaSockets.IN) & RdmaSockets.BROKEN).isPositive();
        hub.close(ends[1]);
    }

    @Test
    void nobodyListensIsSaidAtConnecting() throws IOException {
        int socket = sockets.connect(new InetSocketAddress("127.0.0.1", 9), SMALL);

        assertThat(await(socket, RdmaSockets.OUT)).isEqualTo(RdmaSockets.BROKEN | RdmaSockets.OUT);
        assertThatThrownBy(() -> sockets.connected(socket)).isInstanceOf(IOException.class).hasMessageContaining("does not accept RDMA");
        hub.close(socket);
    }

    @Test
    void whoeverWaitsWhenAListenerClosesIsRefused() throws IOException {
        int listening = sockets.listen(new InetSocketAddress("127.0.0.1", 0), SMALL);
        int socket = sockets.connect(sockets.address(listening), SMALL);
        await(listening, RdmaSockets.IN, socket);
        hub.close(listening);

        assertThat(await(socket, RdmaSockets.OUT)).isEqualTo(RdmaSockets.BROKEN | RdmaSockets.OUT);
        hub.close(socket);
    }

    @Test
    void knowsOnlyAddressesOfFourBytes() {
        assertThatThrownBy(() -> sockets.connect(new InetSocketAddress("::1", 9), SMALL)).isInstanceOf(IOException.class).hasMessageContaining("rdma.host");
    }

    @Test
    void aClosedSocketIsSaidToBeClosed() throws IOException {
        var ends = pair(SMALL, SMALL);
        hub.close(ends[0]);
        hub.close(ends[0]);
        hub.close(ends[1]);

        assertThatThrownBy(() -> sockets.receive(ends[0], 0, 1)).hasMessageContaining("is closed");
        var answers = new int[] {RdmaSockets.IN};
        assertThat(sockets.await(new int[] {ends[0]}, answers, 1, 0)).isEqualTo(1);
        assertThat(answers[0]).isEqualTo(RdmaSockets.BROKEN);
    }

    @Test
    void anotherThreadWakesALoopThatRests() throws Exception {
        var failure = new AtomicReference<Throwable>();
        var loop = Thread.ofPlatform().start(() -> {
            try (var own = new VerbsSockets(hub)) {
                sockets.wake();
                own.await(new int[0], new int[0], 0, 0);
            } catch (RuntimeException e) {
                failure.set(e);
            }
        });
        loop.join();
        assertThat(failure.get()).isNull();
        for (int round = 0; round < 300; round++) {
            sockets.await(new int[0], new int[0], 0, 1);
        }
    }
}
