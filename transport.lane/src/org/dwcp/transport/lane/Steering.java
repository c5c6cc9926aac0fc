// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the lanes of running channels in tune: every {@link #INTERVAL_MS} it measures how fast each lane is, and sizes by that what may wait on it, in
 * this process and in the kernel, and the pace of each when the channel or the node has a limit. One thread.
 */
final class Steering {
    private static final Logger LOG = LoggerFactory.getLogger(Steering.class);
    /** Time between two samples. Source: chosen; a round trip of a long link. */
    static final long INTERVAL_MS = 100;

    private static final int LANES_FIRST = 4;

    private final Sockets sockets;
    private final Map<LaneChannel, Optional<LanePolicy.Governor>> governors = new HashMap<>();

    Steering(Sockets sockets) {
        this.sockets = sockets;
    }

    /** A new lane: until all are dealt their shares anew it gets a part of the node's rate that four can have. */
    void join(Lane lane, LaneSettings.Tcp tcp) {
        if (tcp.nodePacingBps() > 0) {
            lane.paceAtMost(sockets, share(tcp, LANES_FIRST));
        }
    }

    void steer(Collection<LaneChannel> channels, LaneSettings settings, long nowNs) {
        try {
            measure(channels, settings, nowNs);
        } catch (RuntimeException e) {
            LOG.warn("lanes not measured", e); // the next round tries again
        }
    }

    private void measure(Collection<LaneChannel> channels, LaneSettings settings, long nowNs) {
        var tcp = settings.tcp();
        governors.keySet().retainAll(channels);
        long lanes = 0;
        for (var channel : channels) {
            if (channel.stir()) {
                for (var lane : channel.lanes()) {
                    sample(lane, tcp, nowNs);
                }
                lanes += channel.laneSet().active();
            }
        }
        long node = tcp.nodePacingBps() > 0 ? share(tcp, Math.max(1, lanes)) : tcp.pacingBps();
        for (var channel : channels) {
            var governor = governors.computeIfAbsent(channel, young -> channel.way().isTcp() ? settings.policy().governor(sockets.congestion()) : Optional.empty());
            if (tcp.nodePacingBps() > 0 || governor.isPresent()) {
                pace(channel, governor.map(bound -> bound.rateBps(now(channel.laneSet(), nowNs))).orElse(0L), node);
            }
        }
    }

    private void pace(LaneChannel channel, long channelBps, long laneBps) {
        var lanes = channel.lanes();
        var demands = new long[lanes.length];
        for (int index = 0; index < lanes.length; index++) {
            demands[index] = lanes[index].gauge().demandBps();
        }
        channel.laneSet().bounded(channelBps > 0);
        var shares = Shares.of(channelBps, demands, channel.laneSet().active());
        for (int index = 0; index < lanes.length; index++) {
            long bps = shares[index] == 0 ? laneBps : Math.max(Sockets.PACE_BPS_MIN, laneBps == 0 ? shares[index] : Math.min(laneBps, shares[index]));
            lanes[index].paceAtMost(sockets, bps);
        }
    }

    private static LanePolicy.Now now(LaneSet lanes, long nowNs) {
        long arrived = 0;
        long sent = 0;
        long repeated = 0;
        long minimum = Long.MAX_VALUE;
        long rtts = 0;
        int known = 0;
        for (var lane : lanes.all()) {
            var gauge = lane.gauge();
            arrived += gauge.arrivedBytes();
            sent += gauge.segmentsSent();
            repeated += gauge.retransmits();
            if (gauge.rttMinNs() > 0) {
                minimum = Math.min(minimum, gauge.rttMinNs());
                rtts += gauge.rttNs();
                known++;
            }
        }
        return new LanePolicy.Now(nowNs, arrived, sent, repeated, known == 0 ? 0 : minimum, known == 0 ? 0 : rtts / known, lanes.heldBytes() > 0);
    }

    private static long share(LaneSettings.Tcp tcp, long lanes) {
        long share = Math.max(Sockets.PACE_BPS_MIN, tcp.nodePacingBps() / lanes);
        return tcp.pacingBps() > 0 ? Math.min(share, tcp.pacingBps()) : share;
    }

    private void sample(Lane lane, LaneSettings.Tcp tcp, long nowNs) {
        boolean busy = lane.heldBytes() > 0;
        var info = sockets.info(lane.socket());
        lane.gauge().sample(nowNs, info, lane.takenBytes(), busy);
        if (busy && tcp.notsentBytes() > 0) {
            lane.holdBack(sockets, lane.gauge().kernelBytes(tcp.notsentBytes()));
        }
    }
}
