// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.transfer;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.TransferStatus.Direction;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.migration.file.FilesOffer;
import org.dwcp.migration.flow.FlowOutcome;
import org.dwcp.migration.flow.FlowProgress;
import org.dwcp.migration.flow.RateLimit;
import org.dwcp.migration.flow.Ticker;

/** What people see of a transfer, at either end. Its figures come from the flow; it ends once. Thread-safe. */
final class TrackedTransfer implements Transfer, Ticker.Task {
    private final NodeClock clock;
    private final String id;
    private final Direction direction;
    private final NodeId peer;
    private final String name;
    private final FlowProgress progress = new FlowProgress();
    private final RateLimit limit;
    private final Instant started;
    private final long startedNs;
    private final RateMeter rate = new RateMeter();
    private final CompletableFuture<FlowOutcome> end = new CompletableFuture<>();
    private Runnable canceller;
    private Runnable suspender = () -> { };
    private boolean cancelled;
    private volatile FilesOffer offer;
    private volatile long endedNs;

    TrackedTransfer(NodeClock clock, String id, Direction direction, NodeId peer, String name) {
        this.clock = clock;
        this.id = id;
        this.direction = direction;
        this.peer = peer;
        this.name = name;
        limit = new RateLimit(clock);
        started = clock.now();
        startedNs = clock.nanoTime();
    }

    String id() {
        return id;
    }

    Direction direction() {
        return direction;
    }

    RateLimit limit() {
        return limit;
    }

    @Override
    public void limit(long bytesPerSecondMax) {
        limit.change(bytesPerSecondMax);
    }

    FlowProgress progress() {
        return progress;
    }

    /** Tells what is in it, once known. */
    void describe(FilesOffer known) {
        offer = known;
    }

    /** Says how to give it up; done at once when that was asked for before. */
    void onCancel(Runnable how) {
        boolean now;
        synchronized (this) {
            canceller = how;
            now = cancelled;
        }
        if (now) {
            how.run();
        }
    }

    /** Says how to end it without a word when this node stops. */
    synchronized void onSuspend(Runnable how) {
        suspender = how;
    }

    void suspend() {
        Runnable how;
        synchronized (this) {
            how = suspender;
        }
        how.run();
    }

    boolean isCancelled() {
        synchronized (this) {
            return cancelled;
        }
    }

    boolean isOver() {
        return end.isDone();
    }

    void end(FlowOutcome how) {
        endedNs = clock.nanoTime();
        end.complete(how);
    }

    /** Waits for the end without a limit. */
    FlowOutcome join() throws InterruptedException {
        try {
            return end.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // it is never completed so
        }
    }

    @Override
    public void cancel() {
        Runnable how;
        synchronized (this) {
            if (cancelled) {
                return;
            }
            cancelled = true;
            how = canceller;
        }
        if (how != null) {
            how.run();
        }
    }

    @Override
    public TransferStatus await(Duration timeout) {
        try {
            end.get(Math.max(0, timeout.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            return status();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return status();
    }

    @Override
    public void tick(long nowNs) {
        rate.note(nowNs, bytesDone());
    }

    private long bytesDone() {
        FilesOffer known = offer;
        if (known == null) {
            return 0;
        }
        long hashes = progress.checked() * FilesOffer.HASH_BYTES;
        return Math.clamp(progress.ackedBytes() - known.manifestBytes() - hashes, 0, known.bytes());
    }

    @Override
    public TransferStatus status() {
        FlowOutcome how = end.getNow(null);
        FilesOffer known = offer;
        long files = known == null ? 0 : known.files();
        long bytes = known == null ? 0 : known.bytes();
        long now = how == null ? clock.nanoTime() : endedNs;
        boolean done = how != null && how.state() == FlowOutcome.State.DONE;
        long bytesDone = done ? bytes : bytesDone();
        long resumed = known == null ? 0 : Math.clamp(progress.resumedBytes() - known.manifestBytes(), 0, bytes);
        String waiting = progress.waiting();
        return new TransferStatus(id, direction, peer, name, state(how, waiting), files, done ? files : Math.min(files, progress.checked()), bytes, bytesDone,
                resumed, progress.wireBytes(), how == null ? rate.perSecond(now, bytesDone) : 0, started, Duration.ofNanos(now - startedNs),
                how == null ? progress.transport() : "", progress.encoding(), progress.moves(), how == null ? waiting : how.why());
    }

    private static State state(FlowOutcome how, String waiting) {
        if (how == null) {
            return waiting.isEmpty() ? State.RUNNING : State.WAITING;
        }
        return switch (how.state()) {
            case DONE -> State.DONE;
            case FAILED -> State.FAILED;
            case CANCELLED -> State.CANCELLED;
            case SUSPENDED -> State.WAITING;
        };
    }
}
