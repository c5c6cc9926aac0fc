// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.decide.RolloutStage;
import org.dwcp.orchestrator.route.ProviderHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries planned rollouts on. What step a rollout is at stands in the flags alone; here is only what was seen since it began, so a step begins anew
 * after a restart, after a pause, and whenever the rollout was not in force (kill switch, pin, flag, provider not there). {@link #reconcile} works on the swap
 * loop, {@link #words} on any thread.
 */
final class RolloutFollower {
    private static final Logger LOG = LoggerFactory.getLogger(RolloutFollower.class);

    private record Watched(RolloutStage stage, ProviderHandle candidate, String words) {
    }

    private final Switchboard switchboard;
    private final FlagFollower flags;
    private final NodeClock clock;
    private final ControlLoop swaps;
    private final Map<String, Watched> watched = new ConcurrentHashMap<>();
    /** Why the last planned rollout of a slot went back, until the next rollout or a restart. */
    private final Map<String, String> gone = new ConcurrentHashMap<>();

    RolloutFollower(Switchboard switchboard, FlagFollower flags, NodeClock clock, ControlLoop swaps) {
        this.switchboard = switchboard;
        this.flags = flags;
        this.clock = clock;
        this.swaps = swaps;
    }

    /** Says what is seen of a slot's step, or why its last rollout went back. */
    Optional<String> words(String slot) {
        Watched now = watched.get(slot);
        return Optional.ofNullable(now == null ? gone.get(slot) : "rollout watched: " + now.words());
    }

    /** Looks whether a step is over, or must go back. */
    void reconcile() {
        swaps.execute(() -> {
            State state = switchboard.state();
            watched.keySet().removeIf(slot -> state.flags().rollouts().get(slot) == null);
            state.flags().rollouts().forEach((slot, rollout) -> look(state, slot, rollout));
        });
    }

    /** A breaker has opened: a planned rollout to its provider goes back for good, paused or not, and however soon the provider works again. */
    void failed(ProviderHandle handle, String reason) {
        swaps.execute(() -> {
            FlagState.Rollout rollout = switchboard.state().flags().rollouts().get(handle.slot());
            if (rollout != null && rollout.plan().isPresent() && rollout.provider().equals(handle.name()) && !goBack(handle.slot(), rollout, reason)) {
                swaps.schedule(RoutingCore.TICK, () -> failed(handle, reason));
            }
        });
    }

    private void look(State state, String slot, FlagState.Rollout rollout) {
        gone.remove(slot);
        Optional<State.Member> candidate = state.member(slot, rollout.provider());
        if (rollout.plan().isEmpty() || candidate.isEmpty()) {
            watched.remove(slot);
            return;
        }
        ProviderHandle handle = candidate.get().handle();
        Watched before = watched.get(slot);
        boolean same = before != null && before.stage().rollout().equals(rollout) && before.candidate() == handle;
        if (rollout.plan().get().paused() || !switchboard.inForce(slot, rollout)) {
            watched.remove(slot);
            return;
        }
        RolloutStage.Arm counted = arm(candidate.get());
        RolloutStage.Arm others = state.of(slot).stream().filter(m -> m.handle() != handle).map(RolloutFollower::arm)
                .reduce(RolloutStage.Arm.NONE, RolloutStage.Arm::plus);
        RolloutStage stage = same ? before.stage() : new RolloutStage(rollout, clock.nanoTime(), counted, others);
        RolloutStage.Judgement judgement = stage.judge(counted, others, clock.nanoTime());
        watched.put(slot, new Watched(stage, handle, judgement.words()));
        switch (judgement.verdict()) {
            case NEXT -> change(slot, rollout, Optional.of(stage.next()), "rollout passed " + judgement.words());
            case BACK -> goBack(slot, rollout, judgement.words());
            case HOLD -> { }
        }
    }

    private static RolloutStage.Arm arm(State.Member member) {
        var totals = member.handle().totals();
        return new RolloutStage.Arm(totals.requests(), totals.errors(), totals.timeNs(), totals.timed());
    }

    private boolean goBack(String slot, FlagState.Rollout rollout, String why) {
        String reason = "rollout to " + rollout.provider() + " went back from " + rollout.share() + " %: " + why;
        boolean done = change(slot, rollout, Optional.empty(), reason);
        if (done) {
            LOG.warn("rollout went back slot={} provider={} share={} cause='{}'", slot, rollout.provider(), rollout.share(), why);
            gone.put(slot, reason);
        }
        return done;
    }

    /** Replaces a rollout unless somebody else has changed it meanwhile; tells whether it did. What a provider refuses is tried again at the next look. */
    private boolean change(String slot, FlagState.Rollout from, Optional<FlagState.Rollout> to, String reason) {
        UnaryOperator<FlagState> change = state -> {
            if (!from.equals(state.rollouts().get(slot))) {
                return state;
            }
            Map<String, FlagState.Rollout> rollouts = new LinkedHashMap<>(state.rollouts());
            to.ifPresentOrElse(next -> rollouts.put(slot, next), () -> rollouts.remove(slot));
            return state.withRouting(state.pins(), rollouts);
        };
        try {
            List<SwapRecord> swaps = flags.command(change, SwapRecord.Trigger.ROLLOUT, reason);
            LOG.info("rollout slot={} share={} swaps={} reason='{}'", slot, to.map(FlagState.Rollout::share).orElse(0), swaps.size(), reason);
            watched.remove(slot);
            return flags.wanted().rollouts().get(slot) == null == to.isEmpty();
        } catch (DwcpException e) {
            LOG.warn("rollout put off slot={} retryMs={} cause='{}'", slot, RoutingCore.TICK.toMillis(), e.getMessage());
            return false;
        }
    }
}
