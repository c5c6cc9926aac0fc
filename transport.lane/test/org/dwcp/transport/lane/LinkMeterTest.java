// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;

import org.dwcp.api.NodeId;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

import io.netty.channel.ChannelId;
import io.netty.channel.DefaultChannelId;

/** What the kernel tells of several lanes, made into what is known of the link. */
class LinkMeterTest {
    private static final long MS = 1_000_000;
    private static final long TICK_MS = 500;
    private final LinkMeter meter = new LinkMeter(NodeId.of("b"));
    private final Map<ChannelId, TcpInfo> lanes = new HashMap<>();
    private long nowMs = 1_000;

    private ChannelId lane() {
        var id = DefaultChannelId.newInstance();
        lanes.put(id, new TcpInfo(100 * MS, 100 * MS, 0, false, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        return id;
    }

    /** Half a second in which a lane carries so many megabits per second, of whose time a share was not the path's fault. */
    private void carry(ChannelId lane, double mbit, boolean appLimited, double held) {
        var was = lanes.get(lane);
        long bytes = (long) (mbit * 1e6 / 8 * TICK_MS / 1_000);
        lanes.put(lane, new TcpInfo(was.rttNs(), was.rttMinNs(), 0, appLimited, was.bytesAcked() + bytes, was.segmentsSent() + 100, was.retransmits() + 1, 0, 0, 0,
                was.arrivedBytes() + bytes, was.busyNs() + TICK_MS * MS, was.heldNs() + (long) (held * TICK_MS * MS)));
    }

    private void rtt(ChannelId lane, long smoothedMs, long minimumMs) {
        var was = lanes.get(lane);
        lanes.put(lane, new TcpInfo(smoothedMs * MS, minimumMs * MS, 0, was.appLimited(), was.bytesAcked(), was.segmentsSent(), was.retransmits(), 0, 0, 0,
                was.arrivedBytes(), was.busyNs(), was.heldNs()));
    }

    private void tick() {
        nowMs += TICK_MS;
        meter.take(new HashMap<>(lanes), nowMs * MS);
    }

    @Test
    @Requirement("R-032")
    void theRateIsThatOfAllLanesAtTheSameTime() {
        var first = lane();
        var second = lane();
        for (int i = 0; i < 6; i++) {
            tick();
            carry(first, 40, false, 0);
            carry(second, 50, false, 0);
        }
        tick();

        var link = meter.latest().orElseThrow();
        assertThat(link.deliveryBps() / 1e6).isCloseTo(90, within(1.0));
        assertThat(link.appLimited()).isFalse();
        assertThat(link.loss()).isCloseTo(0.01, within(0.001));
    }

    @Test
    void aLinkThatTheSenderTheReceiverOrABufferHeldBackCanDoMore() {
        var lane = lane();
        for (int i = 0; i < 6; i++) {
            tick();
            carry(lane, 40, true, 0);
        }
        tick();
        assertThat(meter.latest().orElseThrow().appLimited()).isTrue();

        for (int i = 0; i < 6; i++) {
            tick();
            carry(lane, 60, false, 0.5);
        }
        tick();
        assertThat(meter.latest().orElseThrow().deliveryBps() / 1e6).isCloseTo(60, within(1.0));
        assertThat(meter.latest().orElseThrow().appLimited()).as("a slow disk at the peer is no slow link").isTrue();
    }

    @Test
    void slowStartIsNotTakenForTheLink() {
        var lane = lane();
        for (double mbit = 2; mbit < 90; mbit *= 1.5) {
            tick();
            carry(lane, mbit, false, 0);
        }
        tick();
        assertThat(meter.latest().orElseThrow().appLimited()).isTrue();

        for (int i = 0; i < 6; i++) {
            tick();
            carry(lane, 90, false, 0);
        }
        tick();
        assertThat(meter.latest().orElseThrow().deliveryBps() / 1e6).isCloseTo(90, within(1.0));
        assertThat(meter.latest().orElseThrow().appLimited()).isFalse();
    }

    @Test
    void anIdleLaneBesideABusyOneChangesNothing() {
        var busy = lane();
        var idle = lane();
        for (int i = 0; i < 6; i++) {
            tick();
            carry(busy, 90, false, 0);
            carry(idle, 0, true, 0);
        }
        tick();

        assertThat(meter.latest().orElseThrow().appLimited()).isFalse();
    }

    @Test
    void whatWasSeenTenSecondsAgoIsForgotten() {
        var lane = lane();
        for (int i = 0; i < 4; i++) {
            tick();
            carry(lane, 900, false, 0);
        }
        for (int i = 0; i < 24; i++) {
            tick();
            carry(lane, 100, false, 0);
        }
        tick();

        assertThat(meter.latest().orElseThrow().deliveryBps() / 1e6).isCloseTo(100, within(1.0));
    }

    @Test
    @Requirement("R-032")
    void loadThatDoublesTheRoundTripIsNoLongerWayAndAWayThatIsThreeTimesAsLongIs() {
        var lane = lane();
        tick();
        for (int i = 0; i < 60; i++) {
            rtt(lane, 190, 100);
            tick();
        }
        assertThat(meter.latest().orElseThrow().rttMinNs()).isEqualTo(100 * MS);

        for (int i = 0; i < 60; i++) {
            rtt(lane, 310, 100);
            tick();
        }
        assertThat(meter.latest().orElseThrow().rttMinNs()).isEqualTo(310 * MS);
    }

    @Test
    void aNewConnectionTellsTheWayAsItIsNow() {
        lane();
        tick();
        meter.connected(2 * MS, nowMs * MS);
        tick();

        assertThat(meter.latest().orElseThrow().rttMinNs()).isEqualTo(2 * MS);
    }
}
