// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/** What one provider counts. Thread-safe. */
final class Counters {
    final LongAdder channelsTotal = new LongAdder();
    final LongAdder lanesTotal = new LongAdder();
    final Traffic traffic = new Traffic(null);
    private final Map<Trouble, LongAdder> troubles = new EnumMap<>(Trouble.class);

    /** What can go wrong. The text is the name under which it is shown. */
    enum Trouble {
        /** A connection broke before it had shown who it is: garbage, no TLS, a foreign certificate. */
        HANDSHAKE_FAILED("handshake.failed"),
        /** A connection took too long to show who it is and what it wants. */
        HANDSHAKE_TIMEOUT("handshake.timeout"),
        /** More connections than connections.max. */
        CONNECTION_REFUSED("connection.refused"),
        /** A channel was refused: unknown protocol, untrusted peer, a limit, the handler's own decision. */
        OPEN_REFUSED("open.refused"),
        /** A channel that this end wanted did not come about. */
        OPEN_FAILED("open.failed"),
        /** A peer sent a length or a frame type that cannot be. */
        FRAME_REFUSED("frame.refused"),
        /** A channel goes another way: its fabric could not be had, or its lanes on it broke. */
        SHORTCUT_FAILED("shortcut.failed"),
        /** A handler threw. */
        HANDLER_FAILED("handler.failed"),
        /** A channel ended with a cause. */
        CHANNEL_BROKEN("channel.broken"),
        /** A channel lost a lane and went on over the others. */
        LANE_LOST("lane.lost");

        final String label;

        Trouble(String label) {
            this.label = label;
        }
    }

    Counters() {
        for (var trouble : Trouble.values()) {
            troubles.put(trouble, new LongAdder());
        }
    }

    void count(Trouble trouble) {
        troubles.get(trouble).increment();
    }

    Map<String, Long> errors() {
        return troubles.entrySet().stream().collect(Collectors.toMap(entry -> entry.getKey().label, entry -> entry.getValue().sum()));
    }
}
