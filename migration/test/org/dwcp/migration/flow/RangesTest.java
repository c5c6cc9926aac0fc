// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.random.RandomGenerator;

import org.dwcp.migration.fake.Samples;
import org.junit.jupiter.api.Test;

class RangesTest {
    @Test
    void joinsRangesThatTouchAndCountsBytesOnce() {
        Ranges ranges = new Ranges();
        ranges.add(0, 10);
        ranges.add(20, 30);
        ranges.add(5, 20);

        assertThat(ranges.list(0, 10)).containsExactly(new Range(0, 30));
        assertThat(ranges.bytes()).isEqualTo(30);
        assertThat(ranges.contiguous()).isEqualTo(30);
    }

    @Test
    void cutsAHole() {
        Ranges ranges = new Ranges();
        ranges.add(0, 100);
        ranges.remove(40, 60);

        assertThat(ranges.list(0, 10)).containsExactly(new Range(0, 40), new Range(60, 100));
        assertThat(ranges.missing(30, 70)).containsExactly(new Range(40, 60));
    }

    @Test
    void behavesLikeASetOfOffsets() {
        RandomGenerator random = Samples.random(7);
        for (int round = 0; round < 200; round++) {
            Ranges ranges = new Ranges();
            BitSet model = new BitSet();
            for (int step = 0; step < 60; step++) {
                int start = random.nextInt(200);
                int end = start + random.nextInt(40);
                if (random.nextInt(3) == 0) {
                    ranges.remove(start, end);
                    model.clear(start, end);
                } else {
                    ranges.add(start, end);
                    model.set(start, end);
                }
                assertSame(ranges, model, random.nextInt(200), 1 + random.nextInt(40));
            }
        }
    }

    private static void assertSame(Ranges ranges, BitSet model, int at, int length) {
        assertThat(ranges.bytes()).isEqualTo(model.cardinality());
        assertThat(ranges.contiguous()).isEqualTo(model.nextClearBit(0));
        assertThat(ranges.nextGap(at)).isEqualTo(model.nextClearBit(at));
        assertThat(ranges.contains(at, at + length)).isEqualTo(model.nextClearBit(at) >= at + length);
        BitSet missing = new BitSet();
        ranges.missing(at, at + length).forEach(range -> missing.set((int) range.start(), (int) range.end()));
        BitSet expected = new BitSet();
        expected.set(at, at + length);
        expected.andNot(model);
        assertThat(missing).isEqualTo(expected);
        BitSet listed = new BitSet();
        ranges.list(0, Integer.MAX_VALUE).forEach(range -> listed.set((int) range.start(), (int) range.end()));
        assertThat(listed).isEqualTo(model);
        assertThat(ranges.count()).isEqualTo(ranges.list(0, Integer.MAX_VALUE).size());
    }
}
