// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.Swappable;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.ModeChange;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.config.LinkSettings;
import org.dwcp.orchestrator.decide.Decision;
import org.dwcp.orchestrator.health.Breaker;
import org.dwcp.orchestrator.health.BreakerSettings;
import org.dwcp.orchestrator.health.HealthMonitor;
import org.dwcp.orchestrator.health.Patient;
import org.dwcp.orchestrator.route.Board;
import org.dwcp.orchestrator.route.Infos;
import org.dwcp.orchestrator.route.ProviderHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a routing, wired: providers come and go here, and what one part finds reaches the others. Thread-safe.
 *
 * <p>Threads, each started when first needed: {@code control} drains, tells callbacks and ticks; {@code swap} carries automatic swaps out, which may
 * wait for providers; {@code timer} ends what overruns. Operators' swaps run on their own threads.
 */
final class RoutingCore implements Switchboard.Events, HealthMonitor.Findings, AutoCloseable {
    /** Time between two looks at health, readiness and what has to follow. Source: chosen; a trial is looked at when it is due. */
    static final Duration TICK = Duration.ofSeconds(1);
    /** Most refused providers that are remembered for {@code validate}. */
    static final int REFUSALS_MAX = 100;

    private static final Logger LOG = LoggerFactory.getLogger(RoutingCore.class);

    final NodeClock clock;
    final Board board;
    final SlotRegistry slots;
    final History history = new History();
    final LongAdder callbackFailures = new LongAdder();
    final Listeners<ModeChange> modeListeners = new Listeners<>("mode", callbackFailures);
    final Listeners<SwapRecord> swapListeners = new Listeners<>("swap", callbackFailures);
    final ControlLoop control;
    final ControlLoop swaps;
    final Callouts callouts;
    final Switchboard switchboard;
    final ModeFollower mode;
    final LinkFollower links;
    final FlagFollower flags;
    final RolloutFollower rollouts;
    final Figures figures;
    private final ControlLoop timers;
    private final Drains drains;
    private final HealthMonitor health;
    private final Supplier<BreakerSettings> breakers;
    private final AtomicLong orders = new AtomicLong();
    private final Map<String, String> refusals = new TreeMap<>();
    private volatile Runnable onPublished = () -> { };
    private volatile Runnable onTick = () -> { };
    private boolean ticking;

    RoutingCore(FeatureFlags flags, ModeDetector detector, Supplier<HybridConfig> config, Supplier<LinkSettings> linkSettings,
            Supplier<BreakerSettings> breakers, NodeClock clock, boolean threaded) {
        this.breakers = breakers;
        this.clock = clock;
        this.board = new Board(detector.report(), clock);
        this.slots = new SlotRegistry(board);
        this.control = new ControlLoop("orchestrator.control", clock, threaded);
        this.swaps = new ControlLoop("orchestrator.swap", clock, threaded);
        this.timers = new ControlLoop("orchestrator.timer", clock, threaded);
        this.callouts = new Callouts(timers, threaded);
        this.switchboard = new Switchboard(board, new State(flags.state(), detector.report(), Map.of(), List.of(), List.of()), clock, callouts, history, this);
        this.drains = new Drains(control, clock, callouts, () -> config.get().drainTimeout(), this::ended);
        this.mode = new ModeFollower(switchboard, detector, config, clock, swaps);
        this.links = new LinkFollower(switchboard, board.flows(), detector, linkSettings, clock, swaps);
        this.flags = new FlagFollower(switchboard, flags, history, swaps);
        this.rollouts = new RolloutFollower(switchboard, this.flags, clock, swaps);
        this.figures = new Figures(switchboard, () -> board.table().decision(), callbackFailures);
        this.health = new HealthMonitor(breakers, clock, callouts::start, this);
    }

    /** Asks to be told, on the control loop, when rankings may have changed. */
    void onPublished(Runnable listener) {
        onPublished = listener;
    }

    /** Asks to be called once a tick, on the control loop. */
    void onTick(Runnable listener) {
        onTick = listener;
    }

    // Providers

    /**
     * Takes a provider in. It serves at once when the slot has nobody else; otherwise the swap loop prepares it first if it is to get keys.
     *
     * @throws DwcpException of kind REJECTED when its name is taken or it is not of the slot's interface
     */
    ProviderHandle add(ProviderHandle.Identity identity, Object service, int ranking) {
        ProviderHandle handle = newHandle(identity, service);
        State.Member member = new State.Member(handle, ranking, HealthMonitor.readiness(handle), "");
        boolean ready = member.readiness() == Swappable.Readiness.READY;
        admit(List.of(member),
                state -> state.with(ready && serves(state, identity.slot()) ? member.ready(Swappable.Readiness.STARTING) : member));
        if (ready) {
            swaps.execute(() -> settleReadiness(handle, Swappable.Readiness.READY));
        }
        return handle;
    }

    /** Takes several providers in by one commit, prepared, on the caller's thread. */
    List<ProviderHandle> addTogether(List<ProviderHandle.Identity> identities, List<?> services) {
        List<State.Member> members = new ArrayList<>();
        for (int i = 0; i < identities.size(); i++) {
            ProviderHandle handle = newHandle(identities.get(i), services.get(i));
            members.add(new State.Member(handle, 0, HealthMonitor.readiness(handle), ""));
        }
        admit(members, state -> {
            State next = state;
            for (State.Member member : members) {
                boolean waits = member.readiness() == Swappable.Readiness.READY && serves(state, member.handle().slot());
                next = next.with(waits ? member.ready(Swappable.Readiness.STARTING) : member);
            }
            return next;
        });
        members.forEach(member -> settleReadiness(member.handle(), member.readiness()));
        return members.stream().map(State.Member::handle).toList();
    }

    private ProviderHandle newHandle(ProviderHandle.Identity identity, Object service) {
        return new ProviderHandle(identity, service, orders.getAndIncrement(), new Breaker(breakers, clock), clock, this::opened);
    }

    private static boolean serves(State state, String slot) {
        return state.of(slot).stream().anyMatch(member -> member.facts().works());
    }

    private void admit(List<State.Member> members, UnaryOperator<State> change) {
        State.Member first = members.getFirst();
        switchboard.atOnce(Request.of(state -> {
            members.forEach(member -> check(state, member.handle()));
            return change.apply(state);
        }, SwapRecord.Trigger.REGISTRY, first.handle() + " was installed"));
        members.forEach(member -> slots.provided(member.handle().slot()));
        tickFromNowOn();
    }

    private void check(State state, ProviderHandle handle) {
        Check.argument(state.member(handle.slot(), handle.name()).isEmpty(),
                "provider name %s is taken in slot %s; give the second one another %s", handle.name(), handle.slot(), Swappable.PROVIDER);
        slots.type(handle.slot()).ifPresent(type -> Check.argument(type.isInstance(handle.service()),
                "provider %s of slot %s is no %s of this class space; build it against the API that is installed", handle.name(), handle.slot(),
                type.getName()));
    }

    /** Takes a provider out: the table first, so that no new work reaches it. */
    void remove(List<ProviderHandle> handles, String reason) {
        handles.forEach(figures::departing);
        switchboard.atOnce(Request.of(state -> {
            State next = state;
            for (ProviderHandle handle : handles) {
                next = next.without(handle);
            }
            return next;
        }, SwapRecord.Trigger.REGISTRY, reason));
    }

    /** Waits until nothing runs on a provider that was taken out; false at the deadline. */
    boolean awaitIdle(ProviderHandle handle, Duration bound) {
        long deadlineNs = clock.nanoTime() + bound.toNanos();
        while (!handle.idle()) {
            if (clock.nanoTime() - deadlineNs >= 0) {
                return false;
            }
            try {
                clock.sleep(Duration.ofMillis(1));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    void refused(String provider, String why) {
        synchronized (refusals) {
            if (refusals.size() < REFUSALS_MAX) {
                refusals.put(provider, why);
            }
        }
        LOG.warn("provider refused provider={} cause='{}'", provider, why);
    }

    void refusalOver(String provider) {
        synchronized (refusals) {
            refusals.remove(provider);
        }
    }

    List<String> refusals() {
        synchronized (refusals) {
            return List.copyOf(refusals.values());
        }
    }

    /** Returns the index of a slot in every table from now on. */
    int index(String slot) {
        if (!switchboard.state().slots().contains(slot)) {
            switchboard.atOnce(Request.of(state -> state.withSlot(slot), SwapRecord.Trigger.REGISTRY, "slot " + slot + " is asked for"));
        }
        return switchboard.state().slots().indexOf(slot);
    }

    SlotStatus status(Decision.OfSlot slot) {
        State state = switchboard.state();
        List<String> reasons = new ArrayList<>(slot.reasons());
        rollouts.words(slot.slot()).ifPresent(reasons::add);
        return new SlotStatus(slot.slot(), slot.entries().stream()
                .flatMap(entry -> state.member(slot.slot(), entry.provider().name()).map(m -> Infos.of(entry, m.handle())).stream()).toList(),
                reasons, board.table().generation());
    }

    // Health

    /** The breaker of a provider has opened, on the thread of the call that failed: its traffic moves before that call returns. */
    private void opened(ProviderHandle handle, String reason) {
        switchboard.atOnce(Request.of(state -> state.change(handle, member -> member.failed(reason)), SwapRecord.Trigger.FALLBACK,
                handle + " is out: " + reason));
        rollouts.failed(handle, reason);
        control.schedule(handle.breaker().untilTrial(), this::look);
    }

    @Override
    public void failed(Patient patient) {
        opened((ProviderHandle) patient, patient.breaker().reason());
    }

    @Override
    public void recovered(Patient patient) {
        ProviderHandle handle = (ProviderHandle) patient;
        swaps.execute(() -> {
            try {
                switchboard.prepared(Request.of(state -> state.change(handle, member -> member.failed("")), SwapRecord.Trigger.RECOVERY,
                        handle + " passed its trial"));
                handle.breaker().close();
            } catch (DwcpException e) {
                LOG.info("recovery put off provider={} cause='{}'", handle, e.getMessage());
                control.schedule(handle.breaker().untilTrial(), this::look);
            }
        });
    }

    @Override
    public void readiness(Patient patient, Swappable.Readiness readiness) {
        ProviderHandle handle = (ProviderHandle) patient;
        boolean differs = switchboard.state().member(handle).map(member -> member.readiness() != readiness).orElse(false);
        if (differs) {
            swaps.execute(() -> settleReadiness(handle, readiness));
        }
    }

    /** Brings what a provider says of its readiness into force; gaining keys is prepared, losing them is not. */
    void settleReadiness(ProviderHandle handle, Swappable.Readiness readiness) {
        boolean differs = switchboard.state().member(handle).map(member -> member.readiness() != readiness).orElse(false);
        if (!differs) {
            return;
        }
        Request request = Request.of(state -> state.change(handle, member -> member.ready(readiness)), SwapRecord.Trigger.REGISTRY,
                handle + " is " + readiness.name().toLowerCase(java.util.Locale.ROOT));
        try {
            if (readiness == Swappable.Readiness.READY) {
                switchboard.prepared(request);
            } else {
                switchboard.atOnce(request);
            }
        } catch (DwcpException e) {
            LOG.info("provider not taken into service provider={} cause='{}'", handle, e.getMessage());
        }
    }

    @Override
    public void unfit(ProviderHandle handle, DwcpException failure) {
        if (handle.breaker().probeFailed(failure)) {
            opened(handle, handle.breaker().reason());
        }
    }

    // Events of the switchboard

    @Override
    public void committed(Switchboard.Committed swap) {
        board.flows().decided(swap.move().slot(), swap.committedNs() - swap.entry().swap().toCommit().toNanos());
        drains.begin(swap);
    }

    @Override
    public void modeChanged(ModeChange change) {
        control.execute(() -> modeListeners.tell(change));
    }

    @Override
    public void published() {
        onPublished.run();
    }

    @Override
    public void undone(SwapRecord swap) {
        control.execute(() -> ended(swap));
    }

    private void ended(SwapRecord swap) {
        swapListeners.tell(swap);
        Records.log(swap);
    }

    // Time

    /** Starts the tick with the first need for it. */
    synchronized void tickFromNowOn() {
        if (!ticking) {
            ticking = true;
            control.schedule(TICK, this::tick);
        }
    }

    private void tick() {
        control.schedule(TICK, this::tick);
        look();
        mode.reconcile();
        links.reconcile();
        figures.settle();
        flags.reconcile();
        rollouts.reconcile();
        onTick.run();
    }

    private void look() {
        List<ProviderHandle> handles = switchboard.state().members().stream().map(State.Member::handle).toList();
        handles.forEach(ProviderHandle::fold);
        health.tick(handles);
    }

    @Override
    public void close() {
        callouts.close();
        swaps.close();
        control.close();
        timers.close();
    }
}
