// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.Collection;

/**
 * Keeps the lanes of running channels in tune: every {@link #INTERVAL_MS} it measures how fast each lane is, and sizes by that what may wait on it, in
 * this process and in the kernel, and the pace of each when the node has a limit. One thread.
 */
final class Steering {
    /** Time between two samples. Source: chosen; a round trip of a long link. */
    static final long INTERVAL_MS = 100;

    private final Sockets sockets;

    Steering(Sockets sockets) {
        this.sockets = sockets;
    }

    void steer(Collection<LaneChannel> channels, LaneSettings.Tcp tcp, long nowNs) {
        long busyLanes = 0;
        for (var channel : channels) {
            if (channel.stir()) {
                for (var lane : channel.lanes()) {
                    sample(lane, tcp, nowNs);
                    busyLanes += lane.heldBytes() > 0 ? 1 : 0;
                }
            }
        }
        if (tcp.nodePacingBps() > 0) {
            long share = Math.max(Sockets.PACE_BPS_MIN, tcp.nodePacingBps() / Math.max(1, busyLanes));
            for (var channel : channels) {
                for (var lane : channel.lanes()) {
                    lane.paceAtMost(sockets, tcp.pacingBps() > 0 ? Math.min(share, tcp.pacingBps()) : share);
                }
            }
        }
    }

    private void sample(Lane lane, LaneSettings.Tcp tcp, long nowNs) {
        boolean busy = lane.heldBytes() > 0;
        var info = sockets.knowsTcpInfo() ? TcpInfo.read(lane.socket()) : java.util.Optional.<TcpInfo>empty();
        info.ifPresent(lane.gauge()::path);
        lane.gauge().sample(nowNs, info.map(TcpInfo::bytesAcked).orElse(lane.takenBytes()), busy);
        if (busy && tcp.notsentBytes() > 0) {
            lane.holdBack(sockets, lane.gauge().kernelBytes(tcp.notsentBytes()));
        }
    }
}
