// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Former links of a sender. Each stays until its chunks are acknowledged, or it makes no headway, or its time is up. Not thread-safe: {@link
 * FlowSender} guards it.
 */
final class Drains {
    /** An old link without an acknowledgement for so long is not waited for. Source: chosen; above any round trip that is usable. */
    private static final long STILL_NS = Duration.ofSeconds(2).toNanos();
    /** A send that hangs on an old link for so long is broken off. Source: chosen; half of the 2 s that a switch may take, a chunk at 2 Mbit/s. */
    private static final long SEND_NS = Duration.ofSeconds(1).toNanos();

    private final SendLedger<Link> ledger;
    private final long timeoutNs;
    private final Map<Link, Drain> drains = new HashMap<>();

    Drains(SendLedger<Link> ledger, Duration timeout) {
        this.ledger = ledger;
        timeoutNs = timeout.toNanos();
    }

    void add(Link link, long nowNs) {
        drains.put(link, new Drain(nowNs, nowNs));
    }

    void remove(Link link) {
        drains.remove(link);
    }

    boolean contains(Link link) {
        return drains.containsKey(link);
    }

    /** Something new was acknowledged over this link, if it is one of these. */
    void acknowledged(Link link, long nowNs) {
        drains.computeIfPresent(link, (_, drain) -> new Drain(drain.sinceNs, nowNs));
    }

    List<Link> links() {
        return List.copyOf(drains.keySet());
    }

    /** Gives all links and forgets them. */
    List<Link> clear() {
        List<Link> links = links();
        drains.clear();
        return links;
    }

    /** Links that need not or cannot be waited for any longer. */
    List<Link> over(long nowNs) {
        return drains.entrySet().stream().filter(entry -> {
            long sendingNs = entry.getKey().sendingForNs(nowNs);
            return ledger.unacked(entry.getKey()) == 0 && sendingNs == 0 || nowNs - entry.getValue().sinceNs > timeoutNs
                    || nowNs - entry.getValue().ackNs > STILL_NS || sendingNs > SEND_NS;
        }).map(Map.Entry::getKey).toList();
    }

    /** Since when a link drains and when it was last heard of. */
    private record Drain(long sinceNs, long ackNs) {
    }
}
