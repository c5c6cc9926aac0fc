// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.LinkReport;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transport.Transport;
import org.dwcp.orchestrator.config.LinkSettings;
import org.dwcp.orchestrator.decide.GradualMove;
import org.dwcp.orchestrator.decide.LinkMode;
import org.dwcp.orchestrator.decide.Split;
import org.dwcp.orchestrator.route.FlowMeter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the modes of the links into the table, step by step. Work that has begun ends on its provider, as every swap lets it; so nothing is waited
 * for before a step. A forced mode, and {@code per.connection=false}, take the links' own modes away in the same commit. Everything but
 * {@link #changed} runs on the swap loop.
 */
final class LinkFollower {
    /** Steps that are taken in one commit when none has flows. Source: more than any list of steps has. */
    private static final int STEPS_AT_ONCE_MAX = 16;
    private static final Logger LOG = LoggerFactory.getLogger(LinkFollower.class);

    private final Switchboard switchboard;
    private final FlowMeter flows;
    private final ModeDetector detector;
    private final Supplier<LinkSettings> settings;
    private final NodeClock clock;
    private final ControlLoop swaps;
    private Map<NodeId, GradualMove> moves = Map.of();
    private volatile boolean running;

    LinkFollower(Switchboard switchboard, FlowMeter flows, ModeDetector detector, Supplier<LinkSettings> settings, NodeClock clock, ControlLoop swaps) {
        this.switchboard = switchboard;
        this.flows = flows;
        this.detector = detector;
        this.settings = settings;
        this.clock = clock;
        this.swaps = swaps;
    }

    void start() {
        running = true;
        changed();
    }

    void stop() {
        running = false;
    }

    /** Notes that a link's mode may differ from the table. */
    void changed() {
        swaps.execute(this::follow);
    }

    /** Looks at the flows, and whether a step is over. */
    void reconcile() {
        swaps.execute(() -> {
            flows.look();
            follow();
        });
    }

    private void follow() {
        if (!running) {
            return;
        }
        ModeReport node = switchboard.state().mode();
        Map<NodeId, GradualMove> wanted = node.forced() || !settings.get().perConnection() ? Map.of() : wanted(node);
        Map<NodeId, LinkMode> modes = new HashMap<>();
        wanted.forEach((peer, move) -> modes.put(peer, move.linkMode()));
        if (!modes.equals(switchboard.state().links())) {
            try {
                switchboard.prepared(Request.of(state -> state.withLinks(state.mode().forced() ? Map.of() : modes), SwapRecord.Trigger.MODE,
                        reason(wanted)));
            } catch (DwcpException e) {
                LOG.warn("link mode put off retryMs={} cause='{}'", RoutingCore.TICK.toMillis(), e.getMessage());
                return;
            }
        }
        moves = wanted;
    }

    private Map<NodeId, GradualMove> wanted(ModeReport node) {
        GradualMove.Rules rules = settings.get().rules();
        Map<NodeId, GradualMove> wanted = new TreeMap<>();
        for (LinkReport link : detector.links()) {
            if (link.detected()) {
                LinkMode.Kind mode = new LinkMode.Kind(link.mode(), true);
                GradualMove move = moves.getOrDefault(link.peer(), GradualMove.settled(new LinkMode.Kind(node.mode(), node.detected()), 0))
                        .toward(mode, rules, clock.nanoTime());
                for (int i = 0; i < STEPS_AT_ONCE_MAX; i++) {
                    move = move.next(seen(link.peer(), move, rules), rules, clock.nanoTime(), clock.now());
                }
                wanted.put(link.peer(), move);
            }
        }
        return wanted;
    }

    private GradualMove.Seen seen(NodeId peer, GradualMove move, GradualMove.Rules rules) {
        if (move.step() == GradualMove.SETTLED) {
            return GradualMove.Seen.NOTHING;
        }
        long salt = Split.salt(move.salt(), peer.value());
        List<FlowMeter.Goodput> moved = flows.around(Transport.SLOT.name(), peer, move.sinceNs(), rules.dwellNs()).stream()
                .filter(flow -> Split.below(flow.key().hash(), salt, move.percent()) && !Split.below(flow.key().hash(), salt, move.percentBefore(rules)))
                .toList();
        List<FlowMeter.Goodput> judged = moved.stream().filter(FlowMeter.Goodput::isJudged).toList();
        return new GradualMove.Seen(moved.size(), judged.size(), judged.stream().mapToDouble(FlowMeter.Goodput::beforeBps).sum(),
                judged.stream().mapToDouble(FlowMeter.Goodput::afterBps).sum());
    }

    /** Says what changes for which links. */
    private String reason(Map<NodeId, GradualMove> wanted) {
        List<String> all = wanted.entrySet().stream().filter(link -> !link.getValue().equals(moves.get(link.getKey()))).map(link -> {
            GradualMove move = link.getValue();
            String step = move.step() == GradualMove.SETTLED && move.percent() == 100 ? "follows " + move.to()
                    : move.percent() == 0 ? "stays with " + move.from() : "to " + move.to() + ", step of " + move.percent() + " %";
            return "link " + link.getKey() + " " + step + (move.note().isEmpty() ? "" : "; " + move.note());
        }).limit(4).toList();
        return all.isEmpty() ? "links follow the node" : String.join("; ", all);
    }
}
