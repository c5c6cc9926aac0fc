// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.Handover;
import org.dwcp.api.SwapContext;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.ModeChange;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.decide.Decision;
import org.dwcp.orchestrator.route.Board;
import org.dwcp.orchestrator.route.Epoch;
import org.dwcp.orchestrator.route.ProviderHandle;
import org.dwcp.orchestrator.route.RoutingTable;

/**
 * The only writer of the routing table. A swap is its transaction, in one of two ways:
 * <ul>
 * <li>{@link #atOnce}: decide and commit, microseconds; for the kill switch, a failed provider, a provider that went away.</li>
 * <li>{@link #prepared}: targets are prepared and state is handed over first, in turn with other such transactions; then commit.</li>
 * </ul>
 *
 * <p>Two locks. {@code lock} guards the state and the table (both are read without it) and is held for a decision and a publication: never during a
 * call out, and a change of state takes no other lock. {@code turn} lets one
 * prepared transaction go at a time; it is held while providers prepare (on their own threads, with a deadline), and nothing but
 * such transactions ever waits for it. A commit made meanwhile by {@link #atOnce} is not lost: the prepared transaction decides again, from the
 * state then in force, and prepares who has become a target since. Anything that throws before the commit leaves everything as it was.
 */
final class Switchboard {
    /** Longest time for one provider's prepare, export or adopt. Source: chosen; equals the default drain timeout. */
    static final Duration PREPARE_TIMEOUT = Duration.ofSeconds(10);
    /** Longest wait for other transactions. Source: chosen; three slow preparations. */
    static final Duration TURN_TIMEOUT = Duration.ofSeconds(30);
    /** Most decisions of one transaction. Source: chosen; each further one means that somebody else committed in between. */
    static final int ATTEMPTS_MAX = 16;

    /** What happens with a commit: the slot's change and its place in the history. */
    record Committed(Plan.Move move, History.Entry entry, long committedNs) {
    }

    /** What the switchboard tells of. All are told under no lock, or only hand over to a loop. */
    interface Events {
        /** A swap is committed; its old epochs are to be drained. Called in the order of commits; must not block. */
        void committed(Committed swap);

        /** The mode has changed. Called in the order of commits; must not block. */
        void modeChanged(ModeChange change);

        /** Something was published that the rankings should follow. Must not block. */
        void published();

        /** A swap was given up. */
        void undone(SwapRecord swap);

        /** A provider could not prepare or take over state. */
        void unfit(ProviderHandle handle, DwcpException failure);
    }

    private final Board board;
    private final NodeClock clock;
    private final Callouts callouts;
    private final History history;
    private final Events events;
    private final long idSeed;
    private final AtomicLong ids = new AtomicLong();
    private final LongAdder attempts = new LongAdder();
    private final LongAdder successes = new LongAdder();
    private final LongAdder failures = new LongAdder();

    private final ReentrantLock turn = new ReentrantLock(true);
    private final Object lock = new Object();
    private volatile State state;

    Switchboard(Board board, State initial, NodeClock clock, Callouts callouts, History history, Events events) {
        this.board = board;
        this.state = initial;
        this.clock = clock;
        this.callouts = callouts;
        this.history = history;
        this.events = events;
        this.idSeed = clock.now().toEpochMilli();
    }

    /** Returns the state in force. Takes no lock. */
    State state() {
        return state;
    }

    /** Returns the state in force after every commit that has begun. */
    State settledState() {
        synchronized (lock) {
            return state;
        }
    }

    /** Tells whether a rollout decides about keys: it is neither overruled nor waiting. */
    boolean inForce(String slot, FlagState.Rollout rollout) {
        Decision.OfSlot decided = board.table().decision().slots().get(slot);
        return decided != null && decided.split().rolloutShare() == rollout.share();
    }

    /** Returns what a change would do. */
    Plan preview(UnaryOperator<State> change) {
        synchronized (lock) {
            return Plan.of(board.table(), change.apply(state));
        }
    }

    /** Decides and commits without waiting for anybody. */
    List<SwapRecord> atOnce(Request request) {
        long beganNs = clock.nanoTime() - request.waited().toNanos();
        List<Committed> swaps;
        synchronized (lock) {
            swaps = commit(Plan.of(board.table(), request.change().apply(state)), Set.of(), request, newId(), beganNs);
        }
        return finish(swaps);
    }

    /**
     * Prepares, hands over and commits.
     *
     * @throws DwcpException of kind UNAVAILABLE when a provider cannot take over, RETRY when other transactions take too long; nothing has changed
     */
    List<SwapRecord> prepared(Request request) {
        Check.argument(!callouts.isCurrentThread(), "a provider asked for a swap from within prepare, export, adopt, drain or probe; do it later");
        long beganNs = clock.nanoTime() - request.waited().toNanos();
        String id = newId();
        takeTurn();
        try {
            return finish(prepareAndCommit(request, id, beganNs));
        } finally {
            turn.unlock();
        }
    }

    private void takeTurn() {
        try {
            if (turn.tryLock(TURN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new DwcpException(DwcpException.Kind.RETRY,
                "other swaps are under way for " + TURN_TIMEOUT.toSeconds() + " s; try again, or use the kill switch, which waits for nobody");
    }

    private List<Committed> prepareAndCommit(Request request, String id, long beganNs) {
        Set<ProviderHandle> done = new HashSet<>();
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            Plan plan;
            synchronized (lock) {
                plan = Plan.of(board.table(), request.change().apply(state));
                if (asksNobody(plan) || attempt > 0 && done.containsAll(plan.targets())) {
                    return commit(plan, Set.of(), request, id, beganNs);
                }
            }
            try {
                plan.targets().stream().filter(target -> !done.contains(target)).forEach(target -> prepare(target, plan, id));
                handOver(plan, id);
                done.addAll(plan.targets());
            } catch (DwcpException failure) {
                undone(plan, request, id, beganNs, failure);
                throw failure;
            }
        }
        throw new DwcpException(DwcpException.Kind.RETRY, "the routing changed " + ATTEMPTS_MAX + " times while this swap was prepared; try again");
    }

    private void prepare(ProviderHandle target, Plan plan, String id) {
        if (target.implementsOwn("prepare")) {
            Plan.Move move = plan.moves().stream().filter(m -> m.slot().equals(target.slot())).findFirst().orElseThrow();
            SwapContext context = new SwapContext(id, move.slot(), move.from(), target.name(), PREPARE_TIMEOUT);
            callout(target, "prepare", () -> target.swappable().orElseThrow().prepare(context));
        }
    }

    /** Whether no provider has a part in it: then the first look is as good as a second. */
    private static boolean asksNobody(Plan plan) {
        return plan.targets().stream().noneMatch(target -> target.implementsOwn("prepare")) && !handsOver(plan);
    }

    private static boolean handsOver(Plan plan) {
        return plan.moves().stream().anyMatch(move -> !move.gaining().isEmpty()
                && move.losing().stream().anyMatch(source -> source.handle().implementsOwn("exportState")));
    }

    /** State follows keys: from each provider that loses some to each that gains some. */
    private void handOver(Plan plan, String id) {
        for (Plan.Move move : plan.moves()) {
            for (Epoch losing : move.losing()) {
                ProviderHandle source = losing.handle();
                if (source.implementsOwn("exportState")) {
                    move.gaining().forEach(gain -> handOver(source, gain.handle(), id));
                }
            }
        }
    }

    private void handOver(ProviderHandle source, ProviderHandle target, String id) {
        SwapContext context = new SwapContext(id, source.slot(), source.name(), target.name(), PREPARE_TIMEOUT);
        List<Handover> exported = new ArrayList<>(1);
        callout(source, "exportState", () -> source.swappable().orElseThrow().exportState(context).ifPresent(exported::add));
        if (!exported.isEmpty() && target.swappable().isPresent()) {
            callout(target, "adopt", () -> target.swappable().orElseThrow().adopt(context, exported.getFirst()));
        }
    }

    private void callout(ProviderHandle provider, String method, Runnable call) {
        try {
            callouts.call(provider.name() + "." + method, PREPARE_TIMEOUT, call);
        } catch (DwcpException failure) {
            events.unfit(provider, failure);
            throw failure;
        }
    }

    /**
     * Gives fresh epochs to the providers that a change would take keys from, without changing anything else: the calls in flight now can then be
     * waited for while new ones begin.
     *
     * @return the retired epochs
     */
    List<Epoch> renew(UnaryOperator<State> change) {
        synchronized (lock) {
            List<Epoch> old = Plan.of(board.table(), change.apply(state)).moves().stream().flatMap(move -> move.losing().stream()).toList();
            Set<ProviderHandle> renewed = new HashSet<>();
            old.forEach(epoch -> renewed.add(epoch.handle()));
            publish(state, board.table().decision(), renewed);
            return old;
        }
    }

    private List<Committed> commit(Plan plan, Set<ProviderHandle> renewed, Request request, String id, long beganNs) {
        RoutingTable before = board.table();
        publish(plan.next(), plan.decision(), renewed);
        long nowNs = clock.nanoTime();
        List<Committed> swaps = new ArrayList<>();
        for (Plan.Move move : plan.moves()) {
            long cutOff = swaps.isEmpty() ? request.cutOff() : 0;
            SwapRecord swap = new SwapRecord(id, move.slot(), move.from(), move.to(), move.share(), request.trigger(), request.reason(),
                    plan.next().mode().mode(), clock.now(), Duration.ofNanos(nowNs - beganNs), Duration.ZERO, 0, cutOff,
                    SwapRecord.Outcome.COMMITTED, "");
            swaps.add(new Committed(move, history.add(swap), nowNs));
        }
        // Handed over under the lock, so that the events come in the order of the commits.
        if (before.mode().mode() != plan.next().mode().mode()) {
            events.modeChanged(new ModeChange(before.mode().mode(), plan.next().mode().mode(), request.reason(), clock.now()));
        }
        swaps.forEach(events::committed);
        request.onCommit().run();
        return swaps;
    }

    private void publish(State next, Decision decision, Set<ProviderHandle> renewed) {
        board.publish(board.table().next(next.mode(), decision, next.slots(), next.handles(), renewed));
        state = next;
    }

    private List<SwapRecord> finish(List<Committed> swaps) {
        attempts.add(swaps.size());
        successes.add(swaps.size());
        events.published();
        return swaps.stream().map(swap -> swap.entry().swap()).toList();
    }

    private void undone(Plan plan, Request request, String id, long beganNs, DwcpException failure) {
        for (Plan.Move move : plan.moves()) {
            attempts.increment();
            failures.increment();
            SwapRecord swap = new SwapRecord(id, move.slot(), move.from(), move.to(), move.share(), request.trigger(), request.reason(),
                    state().mode().mode(), clock.now(), Duration.ofNanos(clock.nanoTime() - beganNs), Duration.ZERO, 0, 0,
                    SwapRecord.Outcome.UNDONE, String.valueOf(failure.getMessage()));
            history.add(swap);
            events.undone(swap);
        }
    }

    private String newId() {
        return String.format("%08x", (int) RouteKey.mix(idSeed + ids.incrementAndGet()));
    }

    long attempts() {
        return attempts.sum();
    }

    long successes() {
        return successes.sum();
    }

    long failures() {
        return failures.sum();
    }
}
