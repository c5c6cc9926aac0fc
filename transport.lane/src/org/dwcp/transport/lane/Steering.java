// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.Collection;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the lanes of running channels in tune: every {@link #INTERVAL_MS} it measures how fast each lane is, and sizes by that what may wait on it, in
 * this process and in the kernel, and the pace of each when the node has a limit. One thread.
 */
final class Steering {
    private static final Logger LOG = LoggerFactory.getLogger(Steering.class);
    /** Time between two samples. Source: chosen; a round trip of a long link. */
    static final long INTERVAL_MS = 100;

    private static final int LANES_FIRST = 4;

    private final Sockets sockets;

    Steering(Sockets sockets) {
        this.sockets = sockets;
    }

    /** A new lane: until all are dealt their shares anew it gets a part of the node's rate that four can have. */
    void join(Lane lane, LaneSettings.Tcp tcp) {
        if (tcp.nodePacingBps() > 0) {
            lane.paceAtMost(sockets, share(tcp, LANES_FIRST));
        }
    }

    void steer(Collection<LaneChannel> channels, LaneSettings.Tcp tcp, long nowNs) {
        try {
            measure(channels, tcp, nowNs);
        } catch (RuntimeException e) {
            LOG.warn("lanes not measured", e); // the next round tries again
        }
    }

    private void measure(Collection<LaneChannel> channels, LaneSettings.Tcp tcp, long nowNs) {
        long lanes = 0;
        for (var channel : channels) {
            if (channel.stir()) {
                for (var lane : channel.lanes()) {
                    sample(lane, tcp, nowNs);
                }
                lanes += channel.laneSet().active();
            }
        }
        if (tcp.nodePacingBps() > 0) {
            long share = share(tcp, Math.max(1, lanes));
            for (var channel : channels) {
                for (var lane : channel.lanes()) {
                    lane.paceAtMost(sockets, share);
                }
            }
        }
    }

    private static long share(LaneSettings.Tcp tcp, long lanes) {
        long share = Math.max(Sockets.PACE_BPS_MIN, tcp.nodePacingBps() / lanes);
        return tcp.pacingBps() > 0 ? Math.min(share, tcp.pacingBps()) : share;
    }

    private void sample(Lane lane, LaneSettings.Tcp tcp, long nowNs) {
        boolean busy = lane.heldBytes() > 0;
        var info = sockets.info(lane.socket());
        info.ifPresent(lane.gauge()::path);
        lane.gauge().sample(nowNs, info.map(TcpInfo::bytesAcked).orElse(lane.takenBytes()), busy);
        if (busy && tcp.notsentBytes() > 0) {
            lane.holdBack(sockets, lane.gauge().kernelBytes(tcp.notsentBytes()));
        }
    }
}
