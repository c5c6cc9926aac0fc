// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.dwcp.testkit.Requirement;
import org.dwcp.transport.lane.Burst.Curve;
import org.dwcp.transport.lane.Burst.Point;
import org.junit.jupiter.api.Test;

/** When a burst has seen enough, and what it makes of what it saw. */
class BurstTest {
    private static final long WINDOW_NS = 100_000_000;
    private final Curve curve = new Curve();
    private long atNs;
    private long bytes;

    /** One window at so many megabits per second, in ten reports. */
    private void window(double mbit) {
        for (int i = 0; i < 10; i++) {
            atNs += WINDOW_NS / 10;
            bytes += (long) (mbit * 1e6 / 8 * WINDOW_NS / 1e9 / 10);
            curve.add(new Point(atNs, bytes), WINDOW_NS);
        }
    }

    @Test
    @Requirement("R-032")
    void slowStartIsNotTakenForTheLink() {
        curve.add(new Point(0, 0), WINDOW_NS);
        for (double mbit : new double[] {9, 18, 37, 74}) {
            window(mbit);
            assertThat(curve.isFull()).isFalse();
        }
        int windows = 4;
        while (!curve.isFull()) {
            window(96);
            windows++;
            assertThat(windows).isLessThanOrEqualTo(10);
        }

        assertThat(curve.end()).isCloseTo(96e6, within(1e6));
    }

    @Test
    void aStallThatIsMadeUpForDoesNotMakeTheLinkFaster() {
        curve.add(new Point(0, 0), WINDOW_NS);
        for (double mbit : new double[] {96, 96, 96, 0.1, 192, 96}) {
            window(mbit);
        }

        assertThat(curve.end()).isCloseTo(96e6, within(10e6));
    }

    @Test
    void reportsThatOvertakeEachOtherAreLeftOut() {
        curve.add(new Point(0, 0), WINDOW_NS);
        window(80);
        long before = curve.windows();
        curve.add(new Point(atNs - 1, bytes + 1), WINDOW_NS);
        curve.add(new Point(atNs + WINDOW_NS, bytes - 1), WINDOW_NS);

        assertThat(curve.windows()).isEqualTo((int) before);
        assertThat(curve.end()).isCloseTo(80e6, within(1e6));
    }

    @Test
    void nothingOrOneReportIsNoRate() {
        assertThat(curve.end()).isZero();
        curve.add(new Point(5, 5), WINDOW_NS);
        assertThat(curve.end()).isZero();
        assertThat(curve.isFull()).isFalse();
    }
}
