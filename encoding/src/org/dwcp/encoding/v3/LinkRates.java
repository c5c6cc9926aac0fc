// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.LinkReport;
import org.dwcp.api.hybrid.ModeDetector;

/** The bandwidth to each peer, as the mode detector last reported it. Asks again every so many blocks, since a report costs more than a look. Thread-safe. */
final class LinkRates {
    private static final int BLOCKS_A_REPORT = 64; // source: chosen; 18 MB of a flow's chunks

    private final AtomicInteger asked = new AtomicInteger();
    private volatile Map<NodeId, Long> bps = Map.of();

    /** Gives the bandwidth to a peer in bits a second; 0 when it is not known. */
    long bps(ModeDetector detector, NodeId peer) {
        if (detector == null) {
            return 0;
        }
        if (Math.floorMod(asked.getAndIncrement(), BLOCKS_A_REPORT) == 0) {
            bps = report(detector);
        }
        return bps.getOrDefault(peer, 0L);
    }

    private static Map<NodeId, Long> report(ModeDetector detector) {
        try {
            return detector.links().stream().filter(link -> link.average().isPresent())
                    .collect(Collectors.toMap(LinkReport::peer, link -> link.average().get().bandwidthBps(), (first, second) -> second, ConcurrentHashMap::new));
        } catch (DwcpException | IllegalStateException e) {
            return Map.of(); // it stops just now: the mode's level does
        }
    }
}
