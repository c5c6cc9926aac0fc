// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.LinkReport;
import org.dwcp.api.hybrid.NetworkMode;

/** What the detector knows of one link, or of the node as a whole. Guarded by the detector's lock. */
final class Track {
    /** Empty for the node. */
    final Optional<NodeId> peer;
    final RollingSamples samples = new RollingSamples();
    final Cooldown cooldown;
    NetworkMode mode = NetworkMode.HYBRID;
    boolean detected;
    Instant since;
    Optional<LinkConditions> average = Optional.empty();
    String reason = "no measurement yet";
    List<String> hints = List.of();

    Track(Optional<NodeId> peer, Cooldown cooldown, Instant since) {
        this.peer = peer;
        this.cooldown = cooldown;
        this.since = since;
    }

    /** For a link only. */
    LinkReport report() {
        return new LinkReport(peer.orElseThrow(), mode, detected, since, average, samples.list(), reason, hints);
    }
}
