// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.util.LinkedHashMap;
import java.util.Map;

import org.dwcp.api.NodeId;

/** Peers that forge. After three forged values or frames one is not listened to for a while: an honest node checks what it passes on. Not thread-safe. */
final class Offenders {
    private static final int STRIKES_MAX = 3;
    /** Source: chosen; five minutes at a round a second. */
    private static final int BAN_ROUNDS = 300;
    private static final int OFFENDERS_MAX = 1_024;

    private static final class Offender {
        private int strikes;
        private int bannedUntil;
    }

    private final Map<NodeId, Offender> offenders = new LinkedHashMap<>();

    /** Notes an offence. Tells whether the peer is banned from now on. */
    boolean strike(NodeId peer, int round) {
        if (offenders.size() >= OFFENDERS_MAX && !offenders.containsKey(peer)) {
            offenders.remove(offenders.keySet().iterator().next());
        }
        var offender = offenders.computeIfAbsent(peer, _ -> new Offender());
        if (++offender.strikes < STRIKES_MAX) {
            return false;
        }
        offender.strikes = 0;
        offender.bannedUntil = round + BAN_ROUNDS;
        return true;
    }

    boolean isBanned(NodeId peer, int round) {
        var offender = offenders.get(peer);
        return offender != null && offender.bannedUntil > round;
    }
}
