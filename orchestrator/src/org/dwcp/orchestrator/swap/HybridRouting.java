// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.Registration;
import org.dwcp.api.Swappable;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.FlowMove;
import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.ModeChange;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.RolloutPlan;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.config.LinkSettings;
import org.dwcp.orchestrator.decide.Decision;
import org.dwcp.orchestrator.health.BreakerSettings;
import org.dwcp.orchestrator.health.HealthMonitor;
import org.osgi.service.cm.ConfigurationAdmin;

/**
 * The routing of one node, or of an embedded manager, as plain objects: the operator's commands here, the routes through {@link #adapter()}, the
 * figures through {@link #figures()}. Thread-safe; close it when done. Not final only for its own component.
 */
public class HybridRouting implements HybridOrchestrator, AutoCloseable {
    private final RoutingCore core;
    private final RoutingAdapter adapter;
    private final RankingPublisher rankings;
    private final ModeDetector detector;
    private final Supplier<HybridConfig> config;
    private final Registration flagListener;
    private final Registration linkListener;
    private final Object lifecycle = new Object();
    private Optional<Registration> detection = Optional.empty();

    /**
     * Makes a routing with no providers. Its threads start when they are first needed.
     *
     * @param flags          the node's flags; operator commands are kept there
     * @param detector       the node's mode detector
     * @param config         asked again at each use
     * @param breaker        when providers are taken out and tried again
     * @param clock          the node's time
     * @param configurations where rankings are written; empty: nowhere
     */
    public HybridRouting(FeatureFlags flags, ModeDetector detector, Supplier<HybridConfig> config, BreakerSettings breaker, NodeClock clock,
            Optional<ConfigurationAdmin> configurations) {
        this(flags, detector, config, () -> LinkSettings.DEFAULT, () -> breaker, clock, () -> configurations, true);
    }

    HybridRouting(FeatureFlags flags, ModeDetector detector, Supplier<HybridConfig> config, Supplier<LinkSettings> links, Supplier<BreakerSettings> breaker,
            NodeClock clock, Supplier<Optional<ConfigurationAdmin>> configurations, boolean threaded) {
        this.detector = detector;
        this.config = config;
        this.core = new RoutingCore(flags, detector, config, links, breaker, clock, threaded);
        this.adapter = new RoutingAdapter(core);
        this.rankings = new RankingPublisher(core, configurations, clock, threaded);
        this.flagListener = flags.onChange(state -> core.flags.follow());
        this.linkListener = detector.onLinkChange(link -> core.links.changed());
    }

    RoutingCore core() {
        return core;
    }

    RankingPublisher rankings() {
        return rankings;
    }

    /** Returns the face for consumers: routes, proxies, registration of plain objects. */
    public ModeAwareAdapter adapter() {
        return adapter;
    }

    /** Returns what the routing counts. */
    public RoutingFigures figures() {
        return core.figures;
    }

    @Override
    public void start() {
        synchronized (lifecycle) {
            if (detection.isEmpty()) {
                core.mode.start();
                core.links.start();
                core.tickFromNowOn();
                detection = Optional.of(config.get().enabled()
                        ? detector.autoDetectLoop(config.get().detectionInterval(), change -> core.mode.changed())
                        : () -> { });
            }
        }
    }

    @Override
    public void stop() {
        synchronized (lifecycle) {
            core.mode.stop();
            core.links.stop();
            detection.ifPresent(Registration::close);
            detection = Optional.empty();
        }
    }

    @Override
    public boolean isRunning() {
        synchronized (lifecycle) {
            return detection.isPresent();
        }
    }

    /** The mode of the table in force, with the detector's newest samples while both agree. */
    @Override
    public ModeReport mode() {
        ModeReport committed = core.board.table().mode();
        ModeReport newest = detector.report();
        return ModeFollower.sameGrounds(committed, newest) ? newest : committed;
    }

    @Override
    public List<SwapRecord> promote(String slot, String provider, int share, String reason) {
        String name = candidate(slot, provider, share);
        if (share > 0) {
            requireWorking(slot, name);
        }
        return core.flags.command(rollout(slot, name, share), SwapRecord.Trigger.OPERATOR, reason);
    }

    @Override
    public SlotStatus preview(String slot, String provider, int share) {
        UnaryOperator<FlagState> change = rollout(slot, candidate(slot, provider, share), share);
        return core.status(core.switchboard.preview(state -> state.with(change.apply(state.flags()))).decision().slots().get(slot));
    }

    private String candidate(String slot, String provider, int share) {
        Check.argument(share >= 0 && share <= 100, "share %d is not in 0..100; give a percentage", share);
        return resolve(slot, provider);
    }

    private UnaryOperator<FlagState> rollout(String slot, String provider, int share) {
        String id = provider + "@" + core.clock.now().toEpochMilli();
        return flags -> {
            Map<String, FlagState.Rollout> rollouts = new LinkedHashMap<>(flags.rollouts());
            FlagState.Rollout running = rollouts.get(slot);
            if (share == 0) {
                rollouts.remove(slot);
            } else { // the same rollout keeps its id: its first keys stay the first
                boolean goesOn = running != null && running.provider().equals(provider);
                rollouts.put(slot, new FlagState.Rollout(provider, share, goesOn ? running.id() : id));
            }
            return flags.withRouting(flags.pins(), rollouts);
        };
    }

    @Override
    public List<SwapRecord> rollout(String slot, String provider, RolloutPlan plan, String reason) {
        String name = resolve(slot, provider);
        requireWorking(slot, name);
        FlagState.Rollout running = core.flags.wanted().rollouts().get(slot);
        FlagState.Rollout first = first(name, plan, Optional.ofNullable(running).filter(r -> r.provider().equals(name)));
        return core.flags.command(flags -> with(flags, slot, first), SwapRecord.Trigger.OPERATOR, reason);
    }

    /** The same rollout keeps its id and what it has. */
    private FlagState.Rollout first(String provider, RolloutPlan plan, Optional<FlagState.Rollout> running) {
        if (running.isEmpty()) {
            return new FlagState.Rollout(provider, plan.steps().getFirst(), provider + "@" + core.clock.now().toEpochMilli(), Optional.of(plan));
        }
        int share = running.get().share();
        Check.argument(plan.after(share - 1).isPresent(), "the rollout has %d %% already, more than the plan's last step %d; give a last step up to 100", share,
                plan.steps().getLast());
        return new FlagState.Rollout(provider, Math.max(share, plan.steps().getFirst()), running.get().id(), Optional.of(plan));
    }

    @Override
    public void pauseRollout(String slot, String reason) {
        paused(slot, true, reason);
    }

    @Override
    public void resumeRollout(String slot, String reason) {
        paused(slot, false, reason);
    }

    private void paused(String slot, boolean paused, String reason) {
        known(slot);
        FlagState.Rollout running = core.flags.wanted().rollouts().get(slot);
        Check.argument(running != null && running.plan().isPresent(), "slot %s has no planned rollout; `rollout %s PROVIDER` begins one", slot, slot);
        core.flags.command(flags -> {
            FlagState.Rollout now = flags.rollouts().get(slot); // the plan may have gone on or ended meanwhile
            return now == null || now.plan().isEmpty() ? flags : with(flags, slot,
                    new FlagState.Rollout(now.provider(), now.share(), now.id(), now.plan().map(plan -> plan.withPaused(paused))));
        }, SwapRecord.Trigger.OPERATOR, reason);
    }

    private static FlagState with(FlagState flags, String slot, FlagState.Rollout rollout) {
        Map<String, FlagState.Rollout> rollouts = new LinkedHashMap<>(flags.rollouts());
        rollouts.put(slot, rollout);
        return flags.withRouting(flags.pins(), rollouts);
    }

    @Override
    public List<SwapRecord> rollback(String slot, String reason) {
        known(slot);
        return core.flags.command(flags -> flags.withRouting(without(flags.pins(), slot), without(flags.rollouts(), slot)), SwapRecord.Trigger.OPERATOR,
                reason);
    }

    @Override
    public List<SwapRecord> pin(String slot, String provider, String reason) {
        String name = resolve(slot, provider);
        requireWorking(slot, name);
        return core.flags.command(flags -> {
            Map<String, String> pins = new LinkedHashMap<>(flags.pins());
            pins.put(slot, name);
            return flags.withRouting(pins, flags.rollouts());
        }, SwapRecord.Trigger.OPERATOR, reason);
    }

    @Override
    public List<SwapRecord> unpin(String slot, String reason) {
        known(slot);
        return core.flags.command(flags -> flags.withRouting(without(flags.pins(), slot), flags.rollouts()), SwapRecord.Trigger.OPERATOR, reason);
    }

    private static <V> Map<String, V> without(Map<String, V> map, String key) {
        Map<String, V> less = new LinkedHashMap<>(map);
        less.remove(key);
        return less;
    }

    @Override
    public List<SwapRecord> killSwitch(String reason) {
        return core.flags.command(flags -> flags.withForceV1(true), SwapRecord.Trigger.KILL_SWITCH, reason);
    }

    @Override
    public List<SwapRecord> releaseKillSwitch(String reason) {
        return core.flags.command(flags -> flags.withForceV1(false), SwapRecord.Trigger.OPERATOR, reason);
    }

    @Override
    public SlotStatus show(String slot) {
        return core.status(known(slot));
    }

    private Decision.OfSlot known(String slot) {
        Map<String, Decision.OfSlot> slots = core.board.table().decision().slots();
        Decision.OfSlot found = slot == null ? null : slots.get(slot);
        Check.argument(found != null, "slot '%s' is unknown; known: %s", slot, slots.keySet());
        return found;
    }

    /** Finds a provider by name, or by generation or version when only one has it. */
    private String resolve(String slot, String provider) {
        known(slot);
        List<State.Member> members = core.switchboard.state().of(slot);
        List<State.Member> found = Stream.<java.util.function.Predicate<State.Member>>of(
                        m -> m.handle().name().equals(provider),
                        m -> m.handle().generation().label().equals(provider),
                        m -> m.handle().identity().version().equals(provider))
                .map(test -> members.stream().filter(test).toList())
                .filter(matches -> !matches.isEmpty()).findFirst().orElse(List.of());
        Check.argument(found.size() == 1, "provider '%s' of slot %s is %s; installed: %s", provider, slot, found.isEmpty() ? "unknown" : "not unique",
                members.stream().map(m -> m.handle().name() + " " + m.handle().identity().version()).toList());
        return found.getFirst().handle().name();
    }

    /** An operator who asks for a provider that cannot serve hears that now, rather than finding nothing changed. */
    private void requireWorking(String slot, String name) {
        core.switchboard.state().member(slot, name).ifPresent(member -> {
            if (member.handle().implementsOwn("readiness")) {
                core.settleReadiness(member.handle(), HealthMonitor.readiness(member.handle()));
            }
        });
        State.Member member = core.switchboard.state().member(slot, name).orElseThrow(() -> new DwcpException(DwcpException.Kind.UNAVAILABLE,
                "provider " + name + " of slot " + slot + " has just gone away; nothing has changed"));
        if (!member.facts().works()) {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "provider " + name + " of slot " + slot + " cannot serve: "
                    + (member.readiness() == Swappable.Readiness.READY ? member.failure() : "it is " + member.readiness())
                    + "; nothing has changed, try again when `why " + slot + "` shows it working");
        }
    }

    @Override
    public List<SwapRecord> history() {
        return core.history.list();
    }

    @Override
    public List<FlowMove> flowMoves() {
        return core.board.flows().moves();
    }

    @Override
    public Registration onModeChange(Consumer<ModeChange> listener) {
        return core.modeListeners.add(listener);
    }

    @Override
    public Registration onSwap(Consumer<SwapRecord> listener) {
        return core.swapListeners.add(listener);
    }

    @Override
    public void close() {
        stop();
        flagListener.close();
        linkListener.close();
        rankings.close();
        core.close();
    }
}
