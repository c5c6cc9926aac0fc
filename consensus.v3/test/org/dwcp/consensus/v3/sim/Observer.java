// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.sim;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import org.dwcp.consensus.v3.core.Effect;
import org.dwcp.consensus.v3.core.Suspicion;
import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Message;

/** Sees everything that correct members do, and says at once when they contradict each other or themselves. */
final class Observer {
    private record Said(int member, Object what, int config, long view, long sequence) {
    }

    private final World world;
    private final Map<Long, Digest> order = new HashMap<>();
    private final Map<Long, Digest> states = new HashMap<>();
    private final Map<Said, Digest> said = new HashMap<>();
    private final Set<Integer> startedOnce = new HashSet<>();
    private long highestView;

    Observer(World world) {
        this.world = world;
    }

    void started(PbftNode node) {
        world.sometimes.reachedIf(!startedOnce.add(node.id) && world.isCorrect(node.id), "a correct member restarted");
    }

    void executed(PbftNode node, Effect.Executed e) {
        world.simulation.trace(() -> node.id + " executes " + e.sequence() + " " + e.digest() + " of view " + e.view());
        if (!world.isCorrect(node.id)) {
            return;
        }
        var before = order.putIfAbsent(e.sequence(), e.digest());
        if (before != null && !before.equals(e.digest())) {
            world.fail("FORK at " + e.sequence() + ": member " + node.id + " executes " + e.digest() + ", another did " + before);
        }
        world.sometimes.reachedIf(e.batch().requests().isEmpty(), "a gap was filled");
        world.sometimes.reachedIf(e.batch().requests().size() > 1, "a batch of several");
        world.sometimes.reachedIf(e.view() > 0, "executed in a later view");
    }

    void installed(PbftNode node, Effect.Installed e) {
        world.simulation.trace(() -> node.id + " installs " + e.sequence());
        world.sometimes.reached("a state was transferred");
        state(node, e.sequence(), e.state());
    }

    void stabilized(PbftNode node, Effect.Stabilized e) {
        world.sometimes.reached("a checkpoint was stable");
        state(node, e.proof().sequence(), e.proof().state());
    }

    private void state(PbftNode node, long sequence, Digest state) {
        if (world.isCorrect(node.id)) {
            var before = states.putIfAbsent(sequence, state);
            if (before != null && !before.equals(state)) {
                world.fail("FORK of states at " + sequence + ": member " + node.id + " has " + state + ", another had " + before);
            }
        }
    }

    void entered(PbftNode node, Effect.Entered e) {
        world.simulation.trace(() -> node.id + " enters view " + e.view() + " of membership " + e.config() + ", leader " + e.leader());
        world.sometimes.reachedIf(e.view() > 0, "a view changed");
        world.sometimes.reachedIf(e.view() > 3, "four views changed");
        world.sometimes.reachedIf(e.config() > 0, "a membership changed");
        highestView = Math.max(highestView, e.view());
    }

    /** A correct member never says two different things in one place, whatever crashes lie between. */
    void said(PbftNode node, Message message) {
        if (!world.isCorrect(node.id)) {
            return;
        }
        switch (message) {
            case Message.Vote m -> once(node, m.phase(), m.config(), m.view(), m.sequence(), m.digest());
            case Message.PrePrepare m -> once(node, "proposal", m.config(), m.view(), m.sequence(), m.batch().digest());
            case Message.Checkpoint m -> once(node, "state", m.config(), 0, m.sequence(), m.state());
            case Message.ViewChange m when m.member() == node.id -> {
                once(node, "leaves", m.config(), m.view(), 0, Digest.of(Codec.toSign(m)));
                world.sometimes.reachedIf(!m.prepared().isEmpty(), "a view change with something prepared");
            }
            case Message.NewView m when m.member() == node.id -> once(node, "leads", m.config(), m.view(), 0, Digest.of(Codec.toSign(m)));
            default -> { }
        }
    }

    private void once(PbftNode node, Object what, int config, long view, long sequence, Digest content) {
        var before = said.putIfAbsent(new Said(node.id, what, config, view, sequence), content);
        if (before != null && !before.equals(content)) {
            world.fail("TWICE: member " + node.id + " says " + what + " " + content + " and " + before + " at " + sequence + " in view " + view);
        }
    }

    void suspected(PbftNode by, Suspicion suspicion) {
        if (!world.isCorrect(by.id)) {
            return;
        }
        world.simulation.trace(() -> by.id + " suspects " + suspicion.member() + " of " + suspicion.kind() + ": " + suspicion.detail());
        world.suspicions.merge(suspicion.kind(), 1, Integer::sum);
        if (!world.isCorrect(suspicion.member())) {
            world.sometimes.reached("suspected: " + suspicion.kind());
            world.sometimes.reachedIf(suspicion.provable(), "proved: " + suspicion.kind());
        } else if (world.slanderFails && suspicion.kind() != Suspicion.Kind.SILENCE && suspicion.kind() != Suspicion.Kind.STALE_VIEW) {
            world.fail("SLANDER: member " + by.id + " suspects correct member " + suspicion.member() + " of " + suspicion.kind() + ": "
                    + suspicion.detail());
        }
    }
}
