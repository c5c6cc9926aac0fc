// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.transport.LinkStats;

import io.netty.channel.ChannelId;

/**
 * What the lanes to one peer tell about the link. The delivery rate is the highest of the last ten seconds: of a single lane as its kernel
 * measured it, unless the application was the limit, or of all lanes together by their acknowledged bytes. Both are what arrived, so neither
 * can be more than the link gives. Thread-safe.
 */
final class LinkMeter {
    /** How far back the rate looks. Source: chosen; longer than a slow start over 200 ms. */
    static final long WINDOW_NS = 10_000_000_000L;
    /** Shorter gaps make the sum of acknowledged bytes too coarse. Source: chosen. */
    private static final long GAP_NS = 100_000_000L;

    private final NodeId peer;
    private final Deque<Rate> rates = new ArrayDeque<>();
    private final Map<ChannelId, Long> acked = new HashMap<>();
    private long lastNs;
    private long connectNs;
    private LinkStats latest;

    private record Rate(long atNs, long bps, boolean appLimited) {
    }

    LinkMeter(NodeId peer) {
        this.peer = peer;
    }

    /** A connection was made in this time: an upper bound of the round-trip time. */
    synchronized void connected(long tookNs) {
        connectNs = connectNs == 0 ? tookNs : Math.min(connectNs, tookNs);
    }

    /** Looks at the lanes as they are now. Without TCP_INFO only the handshake tells something. */
    synchronized void sample(Collection<Lane> lanes, long nowNs, boolean knowsTcpInfo) {
        if (!knowsTcpInfo) {
            latest = connectNs == 0 ? null : new LinkStats(peer, connectNs, connectNs, 0, true, 0, lanes.size(), "handshake");
            return;
        }
        var infos = new HashMap<ChannelId, TcpInfo>();
        for (var lane : lanes) {
            TcpInfo.read(lane.socket()).ifPresent(info -> infos.put(lane.socket().id(), info));
        }
        if (infos.isEmpty()) {
            return;
        }
        rate(infos, nowNs);
        while (!rates.isEmpty() && nowNs - rates.peekFirst().atNs > WINDOW_NS) {
            rates.pollFirst();
        }
        latest = summary(infos.values());
    }

    private void rate(Map<ChannelId, TcpInfo> infos, long nowNs) {
        for (var info : infos.values()) {
            if (!info.appLimited() && info.deliveryBps() > 0) {
                keep(new Rate(nowNs, info.deliveryBps(), false));
            }
        }
        long gapNs = nowNs - lastNs;
        if (gapNs < GAP_NS) {
            return;
        }
        long bytes = 0;
        boolean appLimited = true;
        for (var entry : infos.entrySet()) {
            Long before = acked.get(entry.getKey());
            bytes += before == null ? 0 : entry.getValue().bytesAcked() - before;
            appLimited &= entry.getValue().appLimited();
        }
        if (bytes > 0 && lastNs != 0) {
            keep(new Rate(nowNs, (long) (bytes * 8e9 / gapNs), appLimited));
        }
        acked.clear();
        infos.forEach((id, info) -> acked.put(id, info.bytesAcked()));
        lastNs = nowNs;
    }

    /** Keeps only what can still become the highest of some window: rates fall from first to last. */
    private void keep(Rate rate) {
        while (!rates.isEmpty() && rates.peekLast().bps <= rate.bps) {
            rates.pollLast();
        }
        rates.addLast(rate);
    }

    private LinkStats summary(Collection<TcpInfo> infos) {
        long minimum = infos.stream().mapToLong(TcpInfo::rttMinNs).filter(ns -> ns > 0).min().orElse(connectNs);
        long smoothed = (long) infos.stream().mapToLong(TcpInfo::rttNs).filter(ns -> ns > 0).average().orElse(minimum);
        long sent = infos.stream().mapToLong(TcpInfo::segmentsSent).sum();
        long repeated = infos.stream().mapToLong(TcpInfo::retransmits).sum();
        var best = Optional.ofNullable(rates.peekFirst());
        return new LinkStats(peer, minimum, smoothed, best.map(Rate::bps).orElse(0L), best.map(Rate::appLimited).orElse(true),
                sent == 0 ? 0 : Math.min(1, (double) repeated / sent), infos.size(), "tcp-info");
    }

    /** Gives what was seen last, also when no lane is left. */
    synchronized Optional<LinkStats> latest() {
        return Optional.ofNullable(latest);
    }
}
