// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;

import org.dwcp.api.DwcpException;
import org.dwcp.migration.flow.ReceiveLedger.Verdict;
import org.junit.jupiter.api.Test;

class ReceiveLedgerTest {
    private static ReceiveLedger<String> ledger(long total, Range... have) {
        Ranges ranges = new Ranges();
        ranges.addAll(List.of(have));
        return new ReceiveLedger<>(ranges, total, FlowSettings.WINDOW_BYTES_LIMIT);
    }

    private static ChunkHeader chunk(long start, long end) {
        return new ChunkHeader(start, (int) (end - start), 0, false);
    }

    @Test
    void reservesEachByteOnceThoughItComesTwiceOrOverlaps() {
        ReceiveLedger<String> ledger = ledger(1_000, new Range(0, 100));

        assertThat(ledger.reserve(chunk(50, 200))).containsExactly(new Range(100, 200));
        assertThat(ledger.reserve(chunk(50, 200))).isEmpty();
        assertThat(ledger.reserve(chunk(150, 300))).containsExactly(new Range(200, 300));
    }

    @Test
    void dropsWhatIsBeingWrittenWithoutAWordAndAcknowledgesWhatIsWritten() {
        ReceiveLedger<String> ledger = ledger(1_000);
        List<Range> parts = ledger.reserve(chunk(0, 100));

        assertThat(ledger.arrived(chunk(0, 100), "late")).isEqualTo(Verdict.DROP);
        assertThat(ledger.owes()).as("it may yet fail to be written").isFalse();
        ledger.written(parts);
        assertThat(ledger.arrived(chunk(0, 100), "later")).isEqualTo(Verdict.DROP);

        assertThat(ledger.due(0, false).orElseThrow().ways()).containsExactly("later");
    }

    @Test
    void takesAgainWhatCouldNotBeWritten() {
        ReceiveLedger<String> ledger = ledger(100);
        List<Range> parts = ledger.reserve(chunk(0, 100));
        ledger.notWritten(parts);

        assertThat(ledger.arrived(chunk(0, 100), "again")).isEqualTo(Verdict.TAKE);
        assertThat(ledger.contiguous()).isZero();
        ledger.written(ledger.reserve(chunk(0, 100)));
        assertThat(ledger.isWhole()).isTrue();
    }

    @Test
    void acknowledgesOnlyWhatIsWritten() {
        ReceiveLedger<String> ledger = ledger(1_000);
        ledger.written(ledger.reserve(chunk(0, 100)));
        ledger.reserve(chunk(100, 200));
        ledger.written(ledger.reserve(chunk(200, 300)));
        ledger.owe("a");

        Message.Ack ack = ledger.due(7, false).orElseThrow().ack();

        assertThat(ack).isEqualTo(new Message.Ack(100, 7, List.of(new Range(200, 300))));
    }

    @Test
    void gathersAcknowledgementsWhileChunksWait() {
        ReceiveLedger<String> ledger = ledger(10_000);
        for (int i = 0; i < 7; i++) {
            ledger.written(ledger.reserve(chunk(100L * i, 100L * i + 100)));
            ledger.owe("a");
            assertThat(ledger.due(0, true)).isEmpty();
        }
        ledger.written(ledger.reserve(chunk(700, 800)));

        assertThat(ledger.due(0, true)).isPresent();
        assertThat(ledger.due(0, false)).as("nothing is owed any more").isEmpty();
    }

    @Test
    void refusesWhatLiesBehindTheEndOrBeyondTheWindow() {
        ReceiveLedger<String> ledger = ledger(1_000);
        ReceiveLedger<String> narrow = new ReceiveLedger<>(new Ranges(), -1, 500);

        assertThat(ledger.arrived(chunk(900, 1_000), "a")).isEqualTo(Verdict.TAKE);
        assertThatThrownBy(() -> ledger.arrived(chunk(900, 1_001), "a")).isInstanceOf(DwcpException.class).hasMessageContaining("behind the flow's 1000");
        assertThat(narrow.arrived(chunk(400, 500), "a")).isEqualTo(Verdict.TAKE);
        assertThatThrownBy(() -> narrow.arrived(chunk(401, 501), "a")).isInstanceOf(DwcpException.class).hasMessageContaining("too far ahead of 0");
    }

    @Test
    void refusesASenderThatMakesTooManyGaps() {
        ReceiveLedger<String> ledger = ledger(10_000_000);
        for (int i = 0; i <= 1 << 16; i++) {
            ledger.reserve(chunk(2L * i, 2L * i + 1));
        }

        assertThatThrownBy(() -> ledger.arrived(chunk(9_000_000, 9_000_001), "a")).isInstanceOf(DwcpException.class);
    }
}
