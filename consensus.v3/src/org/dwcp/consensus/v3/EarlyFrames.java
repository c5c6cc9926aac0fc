// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import org.dwcp.api.NodeId;
import org.dwcp.consensus.v3.node.Hello;

/**
 * Frames for a replica that is not open yet: of an epoch's members one is always first, and what it sends would be sent again only with the next status message. Of each peer
 * the newest are kept. Not thread-safe.
 */
final class EarlyFrames {
    /** Source: chosen; what a leader sends in the time in which the slowest member opens its replica. */
    static final int FRAMES_MAX = 256;
    static final long BYTES_MAX = 4 << 20;

    /** One of them. */
    record Early(Hello hello, NodeId peer, byte[] frame) {
    }

    private final Map<NodeId, ArrayDeque<Early>> frames = new HashMap<>();

    void add(Hello hello, NodeId peer, byte[] frame) {
        var queue = frames.computeIfAbsent(peer, ignored -> new ArrayDeque<>());
        queue.add(new Early(hello, peer, frame));
        while (queue.size() > FRAMES_MAX || queue.stream().mapToLong(early -> early.frame().length).sum() > BYTES_MAX) {
            queue.remove();
        }
    }

    /** Takes out what is for a replica, in order of each peer. */
    List<Early> take(Predicate<Hello> isFor) {
        var taken = new ArrayList<Early>();
        for (var queue : frames.values()) {
            queue.removeIf(early -> isFor.test(early.hello()) && taken.add(early));
        }
        frames.values().removeIf(ArrayDeque::isEmpty);
        return taken;
    }

    /** The peer's channel is closed: who sent early frames on it sends anew on another. */
    void forget(Hello hello, NodeId peer) {
        var queue = frames.get(peer);
        if (queue != null) {
            queue.removeIf(early -> early.hello() == hello);
            if (queue.isEmpty()) {
                frames.remove(peer);
            }
        }
    }
}
