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
 * What the lanes to one peer tell about the link.
 *
 * <p><b>Rate</b>: the bytes that arrived over all lanes within the same {@link #SPAN_NS}, since one lane has only its share of a link that others
 * fill too. It tells what the link gives when lanes that carried at least half of the bytes were held by the path; when they were held by
 * who sends, by the peer's window or by this end's buffer, or while it still grows, the link can do more. The highest rate of the last ten seconds counts.
 *
 * <p><b>Round-trip time</b>: the smallest that the kernel has ever seen on a lane that is open (its memory is five minutes), unless all that was seen in
 * the last ten seconds is above twice that: then the way has become longer. Load alone seldom doubles it, as a queue of a link is seldom
 * longer than the link.
 *
 * <p><b>Loss</b>: repeated segments of those sent in the last ten seconds. Thread-safe.
 */
final class LinkMeter {
    /** How far back it looks. Source: chosen; longer than a slow start over 200 ms. */
    static final long WINDOW_NS = 10_000_000_000L;
    /** Time over which the lanes are summed. Source: chosen; 50 ms of delayed acknowledgements are 5 % of it. */
    static final long SPAN_NS = 950_000_000L;
    /** Looks that follow each other sooner are one. Source: chosen. */
    private static final long GAP_NS = 100_000_000L;
    /** What a round trip on a short link may differ by without being another way. Source: chosen; a busy machine. */
    private static final long RTT_SLACK_NS = 4_000_000L;
    /** As of a burst. */
    private static final double GROWTH = Burst.GROWTH;
    private static final double BUSY_SHARE = 0.8;
    private static final double HELD_SHARE = 0.2;

    private final NodeId peer;
    private final Deque<Rate> rates = new ArrayDeque<>();
    private final Deque<Rtt> rtts = new ArrayDeque<>();
    private final Deque<Look> looks = new ArrayDeque<>();
    private final Map<ChannelId, Long> firstSeenNs = new HashMap<>();
    private long connectNs;
    private LinkStats latest;

    private record Rate(long atNs, long bps, boolean appLimited) {
    }

    private record Rtt(long atNs, long ns) {
    }

    private record Look(long atNs, Map<ChannelId, TcpInfo> lanes) {
    }

    LinkMeter(NodeId peer) {
        this.peer = peer;
    }

    /** A connection was made in this time: an upper bound of the round-trip time. */
    synchronized void connected(long tookNs, long nowNs) {
        connectNs = connectNs == 0 ? tookNs : Math.min(connectNs, tookNs);
        seen(tookNs, nowNs);
    }

    /** Looks at the lanes as they are now. Without TCP_INFO only the handshake tells something. */
    void sample(Collection<Lane> lanes, long nowNs, boolean knowsTcpInfo) {
        var infos = new HashMap<ChannelId, TcpInfo>();
        if (knowsTcpInfo) {
            for (var lane : lanes) {
                TcpInfo.read(lane.socket()).ifPresent(info -> infos.put(lane.socket().id(), info));
            }
            take(infos, nowNs);
        } else {
            handshakeOnly(lanes.size(), nowNs);
        }
    }

    private synchronized void handshakeOnly(int lanes, long nowNs) {
        forget(nowNs);
        long rtt = rtts.isEmpty() ? connectNs : rtts.peekFirst().ns;
        latest = rtt == 0 ? null : new LinkStats(peer, rtt, rtt, 0, true, 0, lanes, "handshake");
    }

    /** Takes what the kernel tells of each lane. */
    synchronized void take(Map<ChannelId, TcpInfo> infos, long nowNs) {
        if (infos.isEmpty()) {
            return;
        }
        forget(nowNs);
        firstSeenNs.keySet().retainAll(infos.keySet());
        infos.forEach((lane, info) -> {
            boolean young = nowNs - firstSeenNs.computeIfAbsent(lane, id -> nowNs) < WINDOW_NS;
            seen(young && info.rttMinNs() > 0 ? info.rttMinNs() : info.rttNs(), nowNs);
        });
        if (looks.isEmpty() || nowNs - looks.peekLast().atNs >= GAP_NS) {
            rate(infos, nowNs);
            looks.addLast(new Look(nowNs, infos));
        }
        latest = summary(infos);
    }

    private void forget(long nowNs) {
        while (!rates.isEmpty() && nowNs - rates.peekFirst().atNs > WINDOW_NS) {
            rates.pollFirst();
        }
        while (!rtts.isEmpty() && nowNs - rtts.peekFirst().atNs > WINDOW_NS) {
            rtts.pollFirst();
        }
        while (!looks.isEmpty() && nowNs - looks.peekFirst().atNs > WINDOW_NS) {
            looks.pollFirst();
        }
    }

    /** Keeps only what can still become the smallest of some window: they rise from first to last. */
    private void seen(long rttNs, long nowNs) {
        if (rttNs > 0) {
            while (!rtts.isEmpty() && rtts.peekLast().ns >= rttNs) {
                rtts.pollLast();
            }
            rtts.addLast(new Rtt(nowNs, rttNs));
        }
    }

    private void rate(Map<ChannelId, TcpInfo> infos, long nowNs) {
        Look from = before(nowNs);
        if (from == null) {
            return;
        }
        long gapNs = nowNs - from.atNs;
        long bytes = 0;
        long held = 0;
        for (var entry : infos.entrySet()) {
            var before = from.lanes.get(entry.getKey());
            long arrived = before == null ? entry.getValue().arrivedBytes() : entry.getValue().arrivedBytes() - before.arrivedBytes();
            bytes += Math.max(0, arrived);
            held += before != null && byThePath(before, entry.getValue(), gapNs) ? Math.max(0, arrived) : 0;
        }
        if (bytes > 0) {
            long bps = (long) (bytes * 8e9 / gapNs);
            boolean grows = bps > GROWTH * lastSpanBps(from);
            keep(new Rate(nowNs, bps, gapNs < SPAN_NS || 2 * held < bytes || grows));
        }
    }

    /** The newest look that is a span older, else the oldest; null when there is none. */
    private Look before(long atNs) {
        Look from = null;
        for (var look : looks) {
            if (look.atNs < atNs && (from == null || atNs - look.atNs >= SPAN_NS)) {
                from = look;
            }
        }
        return from;
    }

    /** The rate of the span before, of the lanes that were there: what still grows by a quarter is slow start and not the link. */
    private static double spanBps(Look from, Look to) {
        long bytes = 0;
        for (var entry : to.lanes.entrySet()) {
            var before = from.lanes.get(entry.getKey());
            bytes += Math.max(0, entry.getValue().arrivedBytes() - (before == null ? 0 : before.arrivedBytes()));
        }
        return bytes * 8e9 / (to.atNs - from.atNs);
    }

    private double lastSpanBps(Look to) {
        Look from = before(to.atNs);
        return from == null ? 0 : spanBps(from, to);
    }

    private static boolean byThePath(TcpInfo before, TcpInfo now, long gapNs) {
        long busyNs = now.busyNs() - before.busyNs();
        return !now.appLimited() && busyNs >= BUSY_SHARE * gapNs && now.heldNs() - before.heldNs() <= HELD_SHARE * busyNs;
    }

    /** Keeps only what can still become the highest of some window: rates fall from first to last. */
    private void keep(Rate rate) {
        Rate kept = rate;
        while (!rates.isEmpty() && (rates.peekLast().bps <= rate.bps
                || !rate.appLimited && rates.peekLast().appLimited && rates.peekLast().bps <= GROWTH * rate.bps)) {
            kept = new Rate(rate.atNs, Math.max(kept.bps, rates.pollLast().bps), rate.appLimited);
        }
        rates.addLast(kept);
    }

    private LinkStats summary(Map<ChannelId, TcpInfo> infos) {
        long floor = infos.values().stream().mapToLong(TcpInfo::rttMinNs).filter(ns -> ns > 0).min().orElse(connectNs);
        long recent = rtts.isEmpty() ? floor : rtts.peekFirst().ns;
        long minimum = recent > 2 * floor + RTT_SLACK_NS || floor == 0 ? recent : Math.min(floor, recent);
        long smoothed = (long) infos.values().stream().mapToLong(TcpInfo::rttNs).filter(ns -> ns > 0).average().orElse(minimum);
        var best = Optional.ofNullable(rates.peekFirst());
        return new LinkStats(peer, minimum, smoothed, best.map(Rate::bps).orElse(0L), best.map(Rate::appLimited).orElse(true), loss(infos),
                infos.size(), "tcp-info");
    }

    private double loss(Map<ChannelId, TcpInfo> infos) {
        var from = looks.isEmpty() ? Map.<ChannelId, TcpInfo>of() : looks.peekFirst().lanes;
        long sent = 0;
        long repeated = 0;
        for (var entry : infos.entrySet()) {
            var before = from.get(entry.getKey());
            sent += entry.getValue().segmentsSent() - (before == null ? 0 : before.segmentsSent());
            repeated += entry.getValue().retransmits() - (before == null ? 0 : before.retransmits());
        }
        return sent <= 0 ? 0 : Math.clamp((double) repeated / sent, 0, 1);
    }

    /** Gives what was seen last, also when no lane is left. */
    synchronized Optional<LinkStats> latest() {
        return Optional.ofNullable(latest);
    }
}
