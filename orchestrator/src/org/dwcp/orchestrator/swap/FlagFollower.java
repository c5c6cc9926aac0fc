// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.SwapRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps table and flags together, whoever changes them. A command is in force first and in the flags after it, so that no disk delays it;
 * a change of the flags from elsewhere brings the table after it. What was commanded and is not in the flags yet is applied on top of them, so that a
 * change from elsewhere never takes it back. Thread-safe.
 *
 * <p>Invariant: the flags in force are the node's flags with the pending commands applied in the order of their commits. Commands are pure and give
 * the same when applied twice.
 */
final class FlagFollower {
    private static final Logger LOG = LoggerFactory.getLogger(FlagFollower.class);

    /** A command that is in force and on its way to the flags. */
    private static final class Pending {
        private final UnaryOperator<FlagState> change;
        private boolean saved;
        private String error = "";

        private Pending(UnaryOperator<FlagState> change) {
            this.change = change;
        }
    }

    private final Switchboard switchboard;
    private final FeatureFlags flags;
    private final History history;
    private final ControlLoop swaps;
    /** In order of commits. Guarded by itself; no other lock is taken under it. */
    private final List<Pending> pending = new ArrayList<>();
    /** One saver at a time keeps the order. Held during the write on purpose: who waits here has committed already. */
    private final ReentrantLock saving = new ReentrantLock();

    FlagFollower(Switchboard switchboard, FeatureFlags flags, History history, ControlLoop swaps) {
        this.switchboard = switchboard;
        this.flags = flags;
        this.history = history;
        this.swaps = swaps;
    }

    /** Carries a command out and keeps it in the flags. Only the kill switch prepares nobody. */
    List<SwapRecord> command(UnaryOperator<FlagState> change, SwapRecord.Trigger trigger, String reason) {
        Pending mine = new Pending(change);
        Request request = new Request(state -> state.with(change.apply(state.flags())), trigger, reason, Duration.ZERO, 0, () -> add(mine));
        return save(mine, trigger == SwapRecord.Trigger.KILL_SWITCH ? switchboard.atOnce(request) : switchboard.prepared(request));
    }

    private void add(Pending mine) {
        synchronized (pending) {
            pending.add(mine);
        }
    }

    /** A change that cannot be written is in force until restart: the operator reads that in the record. */
    private List<SwapRecord> save(Pending mine, List<SwapRecord> records) {
        saving.lock();
        try {
            if (!mine.saved) {
                saveAll();
            }
        } finally {
            saving.unlock();
        }
        if (mine.error.isEmpty()) {
            return records;
        }
        String error = "flags not saved, in force until restart: " + mine.error;
        LOG.error("flags not saved swapId={} cause='{}'", records.isEmpty() ? "none" : records.getFirst().id(), mine.error);
        records.stream().map(SwapRecord::id).distinct().forEach(id -> history.amend(id, swap -> Records.withError(swap, error)));
        return records.stream().map(swap -> Records.withError(swap, error)).toList();
    }

    private void saveAll() {
        List<Pending> all;
        synchronized (pending) {
            all = List.copyOf(pending);
        }
        String error = "";
        try {
            flags.update(state -> applied(all, state));
        } catch (RuntimeException e) { // the table has moved already: the operator must hear of it as a command that is in force
            error = String.valueOf(e.getMessage());
        }
        for (Pending one : all) {
            one.saved = true;
            one.error = error;
        }
        synchronized (pending) {
            pending.removeAll(all);
        }
    }

    private static FlagState applied(List<Pending> changes, FlagState state) {
        FlagState after = state;
        for (Pending one : changes) {
            after = one.change.apply(after);
        }
        return after;
    }

    /** What the table must follow now. */
    FlagState wanted() {
        synchronized (pending) {
            return applied(pending, flags.state());
        }
    }

    /** Brings the table after the flags; in force when this returns, unless a provider cannot take over: then it is tried again. */
    void follow() {
        FlagState now = switchboard.state().flags();
        FlagState wanted = wanted();
        if (wanted.equals(now)) {
            return;
        }
        boolean kill = wanted.forceV1Mode() && !now.forceV1Mode();
        Request request = Request.of(state -> state.with(wanted()), kill ? SwapRecord.Trigger.KILL_SWITCH : SwapRecord.Trigger.FLAG,
                kill ? "ForceV1Mode was turned on" : "the flags changed");
        try {
            if (kill) {
                switchboard.atOnce(request);
            } else {
                switchboard.prepared(request);
            }
        } catch (DwcpException e) {
            LOG.warn("flags not in force yet retryMs={} cause='{}'", RoutingCore.TICK.toMillis(), e.getMessage());
        }
    }

    /** Looks whether an event was lost or a change was put off. */
    void reconcile() {
        if (!wanted().equals(switchboard.state().flags())) {
            swaps.execute(this::follow);
        }
    }
}
