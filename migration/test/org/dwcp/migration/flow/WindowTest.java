// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

import org.dwcp.migration.fake.Samples;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both books of a flow against each other: whatever the order of arrival, a sender sends nothing that its receiver has to refuse as too far ahead. */
class WindowTest {
    private static final int CHUNK = 100;
    private static final long REACH = 1_000;

    private static Ranges ranges(Range... ranges) {
        Ranges set = new Ranges();
        set.addAll(List.of(ranges));
        return set;
    }

    private static List<Range> takeAll(SendLedger<String> ledger, String way) {
        List<Range> taken = new ArrayList<>();
        for (Optional<Range> next = ledger.take(Long.MAX_VALUE); next.isPresent(); next = ledger.take(Long.MAX_VALUE)) {
            if (ledger.send(next.get().start(), way)) {
                taken.add(next.get());
            }
        }
        return taken;
    }

    /** The second chunk is late, all others are written: the bytes under way are few, but the receiver's window is used up. */
    @Test
    void aLateChunkHoldsTheWindowThoughAllOthersAreAcknowledged() {
        SendLedger<String> ledger = new SendLedger<>(CHUNK, 1_000_000, 1_000_000);
        ledger.restart(List.of(), REACH);
        assertThat(takeAll(ledger, "a")).hasSize(10);

        ledger.acknowledge(100, List.of(new Range(200, REACH)));

        assertThat(takeAll(ledger, "a")).as("one chunk further, as the contiguous bytes are").containsExactly(new Range(REACH, REACH + CHUNK));
        ledger.acknowledge(REACH + CHUNK, List.of());
        assertThat(takeAll(ledger, "a")).hasSize(10);
    }

    /** A receiver that was started again and has less accepts less; what is in the pipeline for its former self is to come later. */
    @Test
    void aPieceInWorkThatANewReceiverWouldRefuseIsTakenAgainLater() {
        SendLedger<String> ledger = new SendLedger<>(CHUNK, 1_000_000, 1_000_000);
        ledger.restart(List.of(new Range(0, 5_000)), REACH);
        Range inWork = ledger.take(Long.MAX_VALUE).orElseThrow();
        assertThat(inWork).isEqualTo(new Range(5_000, 5_100));

        ledger.restart(List.of(), REACH);

        assertThat(ledger.send(inWork.start(), "b")).isFalse();
        assertThat(ledger.onTheWay()).isZero();
        assertThat(takeAll(ledger, "b")).hasSize(10).contains(new Range(0, 100), new Range(900, 1_000));
    }

    @Test
    void aWindowOfLessThanAChunkMakesSmallPieces() {
        SendLedger<String> ledger = new SendLedger<>(CHUNK, 1_000_000, 130);
        ledger.restart(List.of(), 60);

        assertThat(takeAll(ledger, "a")).containsExactly(new Range(0, 60));
        ledger.acknowledge(60, List.of());
        assertThat(takeAll(ledger, "a")).containsExactly(new Range(60, 100));
        ledger.acknowledge(100, List.of());
        assertThat(takeAll(ledger, "a")).containsExactly(new Range(100, 130));
    }

    /** A sink without a limit may miss pieces that lie far apart. */
    @Test
    void noLimitIsNoLimit() {
        SendLedger<String> ledger = new SendLedger<>(CHUNK, 1_000_000, 5L << 30);
        ledger.restart(List.of(new Range(100, 4L << 30)), FlowSettings.WINDOW_BYTES_LIMIT);

        assertThat(ledger.take(Long.MAX_VALUE)).contains(new Range(0, 100));
        assertThat(ledger.take(Long.MAX_VALUE)).contains(new Range(4L << 30, (4L << 30) / CHUNK * CHUNK + CHUNK));
    }

    /** Chunks overtake each other, ways break, pieces are short or unreadable, receivers come back with less; the receiver refuses none. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void nothingIsEverRefused(long seed) {
        new Story(seed).run();
    }

    /** A sender, the present receiver, and what is between them. */
    private static final class Story {
        private static final long TOTAL = 30_000;

        private final RandomGenerator random;
        private final SendLedger<Integer> sender = new SendLedger<>(CHUNK, 100_000, TOTAL);
        private final List<Flight> flights = new ArrayList<>();
        private final List<Range> pipeline = new ArrayList<>();
        private final Ranges written = new Ranges();
        private ReceiveLedger<Integer> receiver;
        private int way;

        Story(long seed) {
            random = Samples.random(seed);
            restart();
        }

        void run() {
            for (int step = 0; !receiver.isWhole(); step++) {
                assertThat(step).as("it comes to an end").isLessThan(200_000);
                switch (random.nextInt(24)) {
                    case 0 -> breakOff();
                    case 1 -> loseSomeAndRestart();
                    case 2, 3, 4 -> sender.acknowledge(receiver.contiguous(), written.list(receiver.contiguous() + 1, 5));
                    case 5, 6, 7, 8, 9, 10, 11 -> land();
                    case 12, 13, 14, 15, 16 -> send();
                    default -> sender.take(Long.MAX_VALUE).ifPresent(this::read);
                }
            }
        }

        private void read(Range piece) {
            Range got = piece;
            if (piece.bytes() > 1 && random.nextInt(5) == 0) {
                got = new Range(piece.start(), piece.start() + piece.bytes() / 2);
                sender.untake(piece, got.end());
            }
            pipeline.add(got);
        }

        private void send() {
            if (!pipeline.isEmpty()) {
                Range piece = pipeline.removeFirst();
                if (sender.send(piece.start(), way)) {
                    flights.add(new Flight(piece, way));
                }
            }
        }

        private void land() {
            if (flights.isEmpty()) {
                return;
            }
            Flight flight = flights.remove(random.nextInt(flights.size()));
            ChunkHeader chunk = new ChunkHeader(flight.range.start(), (int) flight.range.bytes(), 0, false);
            if (receiver.arrived(chunk, flight.way) == ReceiveLedger.Verdict.DROP) {
                return;
            }
            List<Range> parts = receiver.reserve(chunk);
            if (random.nextInt(10) == 0) {
                receiver.notWritten(parts);
                sender.refused(chunk.offset());
            } else {
                receiver.written(parts);
                parts.forEach(part -> written.add(part.start(), part.end()));
            }
        }

        private void breakOff() {
            sender.lost(way++);
            flights.clear();
        }

        private void loseSomeAndRestart() {
            if (random.nextInt(20) == 0) {
                breakOff();
                long from = random.nextLong(TOTAL);
                written.remove(from, from + random.nextLong(3_000));
                restart();
            }
        }

        private void restart() {
            receiver = new ReceiveLedger<>(ranges(written.list(0, Integer.MAX_VALUE).toArray(Range[]::new)), TOTAL, REACH);
            sender.restart(receiver.have(), REACH);
        }
    }

    private record Flight(Range range, int way) {
    }
}
