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

class SendLedgerTest {
    private static final int CHUNK = 100;

    private static SendLedger<String> ledger(long total) {
        return new SendLedger<>(CHUNK, 1_000_000, total);
    }

    private static List<Range> takeAll(SendLedger<String> ledger, String way) {
        List<Range> taken = new ArrayList<>();
        for (Optional<Range> next = ledger.take(Long.MAX_VALUE); next.isPresent(); next = ledger.take(Long.MAX_VALUE)) {
            taken.add(next.get());
            ledger.send(next.get().start(), way);
        }
        return taken;
    }

    @Test
    void takesAlignedChunksAndTheRest() {
        assertThat(takeAll(ledger(250), "a")).containsExactly(new Range(0, 100), new Range(100, 200), new Range(200, 250));
    }

    @Test
    void takesOnlyWhatTheReceiverHasNot() {
        SendLedger<String> ledger = ledger(400);
        ledger.restart(List.of(new Range(0, 150), new Range(220, 300)), 1_000_000);

        assertThat(takeAll(ledger, "a")).containsExactly(new Range(150, 200), new Range(200, 220), new Range(300, 400));
    }

    @Test
    void sendsAgainOnlyWhatTheLostLaneCarried() {
        SendLedger<String> ledger = ledger(400);
        takeAll(ledger, "way");
        ledger.onLane(0, "way", 7);
        ledger.onLane(100, "way", 8);
        ledger.onLane(200, "way", 7);
        ledger.onLane(300, "other", 7); // it went over another way meanwhile
        ledger.acknowledge(100, List.of());
        ledger.onLane(0, "way", 7); // acknowledged before its lane was known

        ledger.lost("way", 7);

        assertThat(takeAll(ledger, "way")).containsExactly(new Range(200, 300));
        assertThat(ledger.unacked("way")).isEqualTo(3);
    }

    @Test
    void sendsAgainOnlyWhatWentOverTheWayThatIsGone() {
        SendLedger<String> ledger = ledger(400);
        ledger.take(Long.MAX_VALUE);
        ledger.send(0, "old");
        ledger.take(Long.MAX_VALUE);
        ledger.send(100, "new");
        ledger.take(Long.MAX_VALUE);
        ledger.send(200, "old");
        ledger.acknowledge(100, List.of());

        ledger.lost("old");

        assertThat(takeAll(ledger, "new")).containsExactly(new Range(200, 300), new Range(300, 400));
    }

    @Test
    void aPieceInWorkIsNotTakenTwiceWhenTheReceiverStartsAnew() {
        SendLedger<String> ledger = ledger(300);
        Range inWork = ledger.take(Long.MAX_VALUE).orElseThrow();

        ledger.restart(List.of(), 1_000_000);

        assertThat(takeAll(ledger, "a")).doesNotContain(inWork).hasSize(2);
    }

    @Test
    void sendsAgainWhatTheReceiverLostWithItsDisk() {
        SendLedger<String> ledger = ledger(300);
        takeAll(ledger, "a");
        ledger.acknowledge(300, List.of());

        ledger.restart(List.of(new Range(0, 100)), 1_000_000);

        assertThat(takeAll(ledger, "b")).containsExactly(new Range(100, 200), new Range(200, 300));
    }

    @Test
    void staysWithinTheWindowAndWidensItWhenItWasTheLimit() {
        SendLedger<String> ledger = new SendLedger<>(1 << 20, 16 << 20, 1L << 40);
        assertThat(takeAll(ledger, "a")).hasSize(4);
        ledger.acknowledge(4 << 20, List.of());
        assertThat(takeAll(ledger, "a")).hasSize(8);
        ledger.acknowledge(12 << 20, List.of());
        assertThat(takeAll(ledger, "a")).hasSize(16);
        ledger.acknowledge(28 << 20, List.of());
        assertThat(takeAll(ledger, "a")).as("not beyond the limit").hasSize(16);
    }

    @Test
    void stopsAtTheGivenLimit() {
        SendLedger<String> ledger = ledger(1_000);

        assertThat(ledger.take(50)).contains(new Range(0, 50));
        assertThat(ledger.take(50)).isEmpty();
        assertThat(ledger.take(Long.MAX_VALUE)).contains(new Range(50, 100));
    }

    /** Random ways, losses, refusals, short reads and restarts: at the end every byte was acknowledged, and nothing was on two living ways at once. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void endsWithEveryByteAcknowledged(long seed) {
        RandomGenerator random = Samples.random(seed);
        long total = 20_000 + random.nextInt(1_000);
        SendLedger<Integer> ledger = new SendLedger<>(CHUNK, 2_000, total);
        Ranges arrived = new Ranges();
        List<Flight> flights = new ArrayList<>();
        int way = 0;
        for (int step = 0; ledger.ackedBytes() < total; step++) {
            assertThat(step).as("it comes to an end").isLessThan(100_000);
            switch (random.nextInt(20)) {
                case 0 -> {
                    int gone = way++;
                    flights.removeIf(flight -> flight.way == gone);
                    ledger.lost(gone);
                }
                case 1 -> ledger.restart(arrived.list(0, Integer.MAX_VALUE), 2_000);
                case 2, 3, 4, 5, 6 -> ledger.acknowledge(arrived.contiguous(), arrived.list(arrived.contiguous() + 1, 3));
                case 7, 8, 9, 10 -> {
                    if (!flights.isEmpty()) {
                        Flight landed = flights.remove(random.nextInt(flights.size()));
                        if (random.nextInt(10) == 0) {
                            ledger.refused(landed.range.start());
                        } else {
                            arrived.add(landed.range.start(), landed.range.end());
                        }
                    }
                }
                default -> take(ledger, random, way, flights);
            }
            assertThat(ledger.onTheWay()).isBetween(0L, 2_000L);
        }
        ledger.acknowledge(arrived.contiguous(), List.of());
        assertThat(arrived.contiguous()).isEqualTo(total);
    }

    private static void take(SendLedger<Integer> ledger, RandomGenerator random, int way, List<Flight> flights) {
        Optional<Range> piece = ledger.take(Long.MAX_VALUE);
        if (piece.isPresent()) {
            Range range = piece.get();
            if (range.bytes() > 1 && random.nextInt(5) == 0) {
                long half = range.start() + range.bytes() / 2;
                ledger.untake(range, half);
                range = new Range(range.start(), half);
            }
            for (Flight other : flights) {
                assertThat(other.range.end() <= range.start() || range.end() <= other.range.start()).as("%s while %s flies", range, other).isTrue();
            }
            if (ledger.send(range.start(), way)) {
                flights.add(new Flight(range, way));
            }
        }
    }

    private record Flight(Range range, int way) {
    }
}
