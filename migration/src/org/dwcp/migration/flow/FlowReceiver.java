// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.TransportException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receiving end of a flow. Frames are copied on the transport's thread into bounded buffers; two threads of the flow's own decode, check,
 * write and acknowledge them: what is acknowledged was written by the sink before. The {@link ReceiveLedger} sees to it that every byte is
 * written once, over whatever channels it comes; the {@link Intake} keeps the memory within its limits.
 */
public final class FlowReceiver implements Link.Owner, Ticker.Task {
    private static final Logger LOG = LoggerFactory.getLogger(FlowReceiver.class);
    /** Source: chosen; one decodes and writes while the other hashes. */
    private static final int WORKERS = 2;

    private final FlowNode node;
    private final NodeId peer;
    private final String label;
    private final FlowSink sink;
    private final FlowProgress progress;
    private final FlowSettings settings;
    private final long instance;
    private final CompletableFuture<FlowOutcome> end = new CompletableFuture<>();

    private final Guard guard = new Guard();
    private final RateLimit limit;
    private final ReentrantLock advancing = new ReentrantLock();
    private final Intake intake;
    private final ChunkWriter writer;
    private final ReceiveLedger<Link> ledger;
    private final Set<Link> links = new LinkedHashSet<>();
    private int workers = WORKERS;
    private boolean attachedBefore;
    private boolean finishing;
    private long aloneSinceNs;
    private volatile long checked;
    private volatile long progressNs;
    private FlowSink.Fate fate = FlowSink.Fate.KEEP;
    private volatile FlowOutcome outcome;

    /** One without a rate limit. */
    public FlowReceiver(FlowNode node, NodeId peer, String label, long total, FlowSink sink, FlowProgress progress) {
        this(node, peer, label, total, sink, progress, new RateLimit(node.clock()));
    }

    /** A receiver that has no link yet; {@link #start} it, then {@link #attach} links. It owns the sink. */
    public FlowReceiver(FlowNode node, NodeId peer, String label, long total, FlowSink sink, FlowProgress progress, RateLimit limit) {
        this.node = node;
        this.limit = limit;
        this.peer = peer;
        this.label = label;
        this.sink = sink;
        this.progress = progress;
        settings = node.settings();
        intake = new Intake(node, peer, settings);
        writer = new ChunkWriter(node, sink, progress);
        Ranges have = sink.have();
        progress.resumed(have.bytes());
        progress.acked(have.bytes(), 0);
        ledger = new ReceiveLedger<>(have, total, sink.windowBytes());
        instance = node.newInstance();
        aloneSinceNs = node.clock().nanoTime();
        progressNs = aloneSinceNs;
    }

    /** Starts its threads. */
    public FlowReceiver start() {
        node.ticker().add(this);
        int started = 0;
        try {
            for (; started < WORKERS; started++) {
                node.threads().start("receive", this::work);
            }
        } catch (DwcpException e) {
            suspend();
            for (; started < WORKERS; started++) {
                leave();
            }
            throw e;
        }
        return this;
    }

    /** Completes when the flow is over, whatever way. */
    public CompletableFuture<FlowOutcome> end() {
        return end;
    }

    /** Nothing more will be taken. */
    public boolean isOver() {
        return outcome != null;
    }

    long progressNs() {
        return progressNs;
    }

    /** Takes the flow's chunks from this link too. When the flow is over it gets the last word alone: it carries nothing, so that it is no move. */
    void attach(Link link) {
        Optional<Message.Have> have = guard.get(() -> {
            if (outcome != null || !link.isOpen()) {
                return Optional.empty();
            }
            if (links.add(link) && attachedBefore) {
                progress.moved();
            }
            attachedBefore = true;
            progress.running(link.provider());
            return Optional.of(have());
        });
        link.owner(this);
        link.answer().complete(Optional.empty());
        FlowOutcome over = outcome;
        if (over != null) {
            link.endWith(lastWord(over));
        } else {
            have.ifPresent(link::send);
        }
    }

    /** Says all of it anew on a link that is attached; on one that ended meanwhile nothing is left to say. */
    void sayAgain(Link link) {
        guard.get(() -> links.contains(link) ? Optional.of(have()) : Optional.<Message.Have>empty()).ifPresent(link::send);
    }

    private Message.Have have() {
        return new Message.Have(instance, Math.max(1, sink.windowBytes()), checked, ledger.have());
    }

    /** Gives the flow up and tells the sender. */
    public void cancel(FlowOutcome how) {
        finish(how, FlowSink.Fate.KEEP);
    }

    /** Ends without a word: this node stops. */
    public void suspend() {
        finish(FlowOutcome.SUSPENDED, FlowSink.Fate.KEEP);
    }

    @Override
    public void onMessage(Link link, Message message) {
        switch (message) {
            case Message.Cancel cancel -> finish(
                    cancel.kind() == Kind.RETRY ? FlowOutcome.cancelled(cancel.why()) : FlowOutcome.failed(cancel.kind(), cancel.why()),
                    cancel.discard() ? FlowSink.Fate.DISCARD : FlowSink.Fate.KEEP);
            case Message.End known -> guard.run(() -> {
                ledger.total(known.total());
                guard.wakeAll();
            });
            case Message.Offer _ -> node.threads().start("attach", () -> sayAgain(link)); // offered once more: the answer is late
            case Message.Refuse refuse -> {
                if (refuse.kind() == Kind.REJECTED || refuse.kind() == Kind.BROKEN) {
                    finish(FlowOutcome.failed(refuse.kind(), peer + " refused: " + refuse.why()), FlowSink.Fate.KEEP);
                }
                link.broken(new TransportException(Kind.RETRY, peer + " refused: " + refuse.why()));
            }
            default -> link.refuse(Kind.REJECTED, "a receiver does not take " + message.getClass().getSimpleName());
        }
    }

    @Override
    public void onChunk(Link link, ChunkHeader chunk, ByteBuffer payload) {
        boolean pause = guard.get(() -> {
            if (outcome != null) {
                return false;
            }
            progress.wire(Wire.CHUNK_HEADER + payload.remaining());
            guard.wakeOne();
            return ledger.arrived(chunk, link) == ReceiveLedger.Verdict.TAKE && intake.add(link, chunk, payload);
        });
        if (pause) {
            link.pause();
        }
    }

    /** Acknowledgements may be lost, or the answer to an offer. */
    @Override
    public void onLaneLost(Link link, int lane) {
        node.threads().start("attach", () -> sayAgain(link));
    }

    @Override
    public void onBroken(Link link, String why) {
        guard.run(() -> {
            ledger.forget(link);
            intake.forget(link);
            if (links.remove(link) && links.isEmpty() && outcome == null) {
                aloneSinceNs = node.clock().nanoTime();
                progress.waiting(why);
            }
        });
    }

    private void work() {
        try {
            while (true) {
                Optional<Job> job = next();
                if (job.isEmpty()) {
                    return;
                }
                job.get().run();
                acknowledge();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            suspend();
        } catch (IOException e) {
            finish(FlowOutcome.failed(Kind.UNAVAILABLE, "cannot write at " + node.peers().self() + ": " + Texts.of(e)), FlowSink.Fate.KEEP);
        } catch (DwcpException e) {
            finish(FlowOutcome.failed(e.kind(), e.getMessage()), FlowSink.Fate.KEEP);
        } catch (RuntimeException e) {
            LOG.error("receive flow={} peer={} failed", label, peer, e);
            finish(FlowOutcome.failed(Kind.BROKEN, "the receiver failed: " + e), FlowSink.Fate.KEEP);
        } finally {
            leave();
        }
    }

    /** Waits for something to do; empty when the flow is over. */
    private Optional<Job> next() throws InterruptedException {
        return guard.getInterruptibly(() -> {
            while (outcome == null && intake.isEmpty() && !ledger.owes() && !isWhole()) {
                guard.await();
            }
            if (outcome != null) {
                return Optional.empty();
            }
            if (!intake.isEmpty()) {
                Intake.Arrival arrival = intake.poll();
                return Optional.of(() -> process(arrival));
            }
            if (isWhole()) {
                finishing = true;
                return Optional.of(this::complete);
            }
            return Optional.of(this::acknowledgeOrWait);
        });
    }

    /** When the lanes back are full the clock tries again, see {@link #tick}. */
    private void acknowledgeOrWait() throws InterruptedException {
        if (!acknowledge()) {
            guard.getInterruptibly(() -> {
                if (intake.isEmpty() && outcome == null) {
                    guard.await();
                }
                return true;
            });
        }
    }

    private boolean isWhole() {
        return !finishing && ledger.isWhole();
    }

    private void process(Intake.Arrival arrival) throws IOException, InterruptedException {
        try {
            limit.await(arrival.chunk().rawBytes(), this::isOver);
        } catch (InterruptedException e) {
            settle(arrival, List.of(), false);
            throw e;
        }
        List<Range> parts = guard.get(() -> ledger.reserve(arrival.chunk()));
        boolean written = false;
        try {
            written = parts.isEmpty() || writer.land(arrival, parts);
        } finally {
            settle(arrival, parts, written);
        }
        advance();
    }

    private void settle(Intake.Arrival arrival, List<Range> parts, boolean written) {
        guard.run(() -> {
            intake.release(arrival);
            if (!written) {
                ledger.notWritten(parts);
                return;
            }
            ledger.written(parts);
            progressNs = node.clock().nanoTime();
            progress.acked(ledger.bytes(), checked);
            if (links.contains(arrival.link())) {
                ledger.owe(arrival.link());
            }
            if (isWhole()) {
                guard.wakeAll();
            }
        });
        unpause();
    }

    /** One worker at a time; the others go on writing. */
    private void advance() throws IOException {
        if (advancing.tryLock()) {
            try {
                checked = sink.advance(guard.get(ledger::contiguous));
            } finally {
                advancing.unlock();
            }
        }
    }

    /** Sends what is owed, if it is time; false when a lane was full. */
    private boolean acknowledge() {
        Optional<ReceiveLedger.Due<Link>> due = guard.get(() -> ledger.due(checked, !intake.isEmpty()));
        boolean all = true;
        if (due.isPresent()) {
            for (Link link : due.get().ways()) {
                all &= link.offer(due.get().ack()) || owe(link);
            }
        }
        return all;
    }

    /** The lane back is full: it stays owed. Always false. */
    private boolean owe(Link link) {
        guard.run(() -> {
            if (links.contains(link)) {
                ledger.owe(link);
            }
        });
        return false;
    }

    private void unpause() {
        guard.get(intake::toResume).forEach(Link::resume);
    }

    /** All bytes are there: checks the rest, makes them visible, says so. */
    private void complete() throws IOException {
        advancing.lock();
        try {
            checked = sink.advance(guard.get(ledger::contiguous));
            sink.finish();
        } finally {
            advancing.unlock();
        }
        progress.acked(ledger.total(), checked);
        finish(FlowOutcome.DONE, FlowSink.Fate.KEEP);
    }

    @Override
    public void tick(long nowNs) {
        boolean forgotten = guard.get(() -> {
            if (ledger.owes()) {
                guard.wakeOne();
            }
            return outcome == null && links.isEmpty() && nowNs - aloneSinceNs > settings.idleTimeout().toNanos();
        });
        unpause();
        if (forgotten) {
            finish(FlowOutcome.failed(Kind.UNAVAILABLE,
                    peer + " did not come back within " + settings.idleTimeout().toMillis() + " ms; what arrived is kept"), FlowSink.Fate.KEEP);
        }
    }

    /** Ends the flow: the links get the last word now, the sink is closed by the last worker that leaves. */
    private void finish(FlowOutcome how, FlowSink.Fate bytes) {
        List<Link> told = guard.get(() -> {
            if (outcome != null) {
                return List.of();
            }
            outcome = how;
            fate = bytes;
            guard.wakeAll();
            return List.copyOf(links);
        });
        for (Link link : told) {
            if (how.state() == FlowOutcome.State.SUSPENDED) {
                link.close();
            } else {
                link.endWith(lastWord(how));
            }
        }
    }

    private Message lastWord(FlowOutcome how) {
        return how.state() == FlowOutcome.State.DONE ? new Message.Done(checked) : new Message.Failed(how.kind(), how.why());
    }

    private void leave() {
        boolean last = guard.get(() -> {
            if (--workers == 0) {
                intake.clear();
            }
            return workers == 0;
        });
        if (!last) {
            return;
        }
        node.ticker().remove(this);
        try {
            sink.close(fate);
        } finally {
            end.complete(outcome);
        }
    }

    /** What a worker does next. */
    private interface Job {
        void run() throws IOException, InterruptedException;
    }
}
