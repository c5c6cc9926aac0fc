// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.image.ImageStatus;
import org.dwcp.api.image.ImageStatus.Step;
import org.dwcp.api.image.ImageTask;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.ChunkLostException;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.FlowOutcome;
import org.dwcp.migration.flow.FlowProgress;
import org.dwcp.migration.flow.Ticker;
import org.dwcp.migration.image.ImagePack;
import org.dwcp.migration.transfer.RateMeter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work on an image that was ordered here: what its kinds have in common. {@link #run} does it on one thread; others look and cancel. It is never
 * interrupted by a cancel: it looks for one at each step of its progress.
 */
abstract class ImageRun implements ImageTask, Ticker.Task {
    private static final Logger LOG = LoggerFactory.getLogger(ImageRun.class);
    /** Between two tries of a call. Source: chosen. */
    private static final Duration PAUSE = Duration.ofMillis(300);
    /** Source: chosen; an answer takes half a second at most, and the way to it some more. */
    private static final Duration CALL = Duration.ofSeconds(30);

    /** What a run needs of its node. */
    record Tools(FlowNode node, Calls calls, Depot depot, PackFlows flows) {
    }

    protected final Tools tools;
    protected final ImageJob job;
    protected volatile FlowProgress flow = new FlowProgress();
    protected volatile String version = "";
    protected volatile int versions;
    protected volatile ImagePack.Packed packed = new ImagePack.Packed("", ChunkId.NONE, 0, 0, 0, 0);
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final long startedNs;
    private volatile RateMeter rate = new RateMeter();
    private volatile Step step = Step.ASK;
    private volatile long stepBytes;
    private volatile long stepDone;
    private volatile String waiting = "";
    private volatile long callBytes;
    private volatile State end;
    private volatile String why = "";
    private volatile long endedNs;
    private volatile boolean suspended;
    private Runnable stopFlow = () -> { };

    ImageRun(Tools tools, ImageJob job) {
        this.tools = tools;
        this.job = job;
        startedNs = tools.node().clock().nanoTime();
    }

    /** Does it; an exception says why it failed. */
    abstract void work() throws IOException, InterruptedException;

    /** Does it and notes how it ended; true unless the node stops. */
    boolean run() {
        tools.node().ticker().add(this);
        try {
            work();
            finish(State.DONE, "");
        } catch (ChunkLostException e) {
            finish(State.FAILED, e.getMessage());
        } catch (IOException e) {
            finish(State.FAILED, Depot.explained(e, job.action() == ImageStatus.Action.PULL ? job.local() : tools.depot().out()).getMessage());
        } catch (DwcpException e) {
            finish(stop.getCount() == 0 && !suspended ? State.CANCELLED : State.FAILED, e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            finish(State.FAILED, "this node stops");
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) { // no native library for this machine; no room for its buffers
            LOG.error("image id={} failed", job.id(), e);
            finish(State.FAILED, "the work on the image failed: " + e);
        } finally {
            tools.node().ticker().remove(this);
        }
        return !suspended;
    }

    private void finish(State how, String reason) {
        endedNs = tools.node().clock().nanoTime();
        why = reason;
        end = how;
        ended.countDown();
        LOG.info("image id={} action={} peer={} name={} version={} state={} pack.bytes={} ms={} why={}", job.id(), job.action(), job.peer(), job.name(),
                version.isEmpty() ? "-" : version.substring(0, 12), suspended ? "SUSPENDED" : how, packed.packBytes(), elapsed().toMillis(), reason);
    }

    /** A step begins. */
    void step(Step begun, long bytes) {
        stepDone = 0;
        stepBytes = bytes;
        rate = new RateMeter();
        step = begun;
    }

    /** A step is so far; throws when the run is to end. */
    void progress(long done) {
        stepDone = done;
        requireGoing();
    }

    boolean stops() {
        return stop.getCount() == 0;
    }

    private void requireGoing() {
        if (stop.getCount() == 0) {
            throw new TransferException(Kind.RETRY, suspended ? "this node stops; it goes on when the node is back" : "cancelled at " + self());
        }
    }

    NodeId self() {
        return tools.node().peers().self();
    }

    /** Asks the peer, again and again while it cannot be reached and patience lasts. */
    byte[] ask(byte[] question) throws InterruptedException {
        long begun = tools.node().clock().nanoTime();
        while (true) {
            requireGoing();
            try {
                byte[] answer = tools.calls().call(job.peer(), ImageWire.METHOD, question, CALL);
                callBytes += question.length + answer.length;
                waiting = "";
                return answer;
            } catch (DwcpException e) {
                boolean later = e.kind() == Kind.UNAVAILABLE || e.kind() == Kind.RETRY;
                if (!later || tools.node().clock().nanoTime() - begun > job.patience().toNanos()) {
                    throw e;
                }
                waiting = e.getMessage();
            }
            if (stop.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                requireGoing();
            }
        }
    }

    /** Has the peer work, and waits for the end of it. */
    ByteBuffer have(byte[] question) throws InterruptedException {
        while (true) {
            ByteBuffer answer = ByteBuffer.wrap(ask(question));
            ImageWire.require(answer.hasRemaining(), "answer of %d bytes is empty", 0);
            byte state = answer.get();
            if (state == ImageWire.DONE) {
                return answer;
            }
            ImageWire.require(state == ImageWire.RUNNING && answer.remaining() == 16 || state == ImageWire.FAILED && answer.remaining() >= 3,
                    "state %d is none", state);
            if (state == ImageWire.FAILED) {
                Kind[] kinds = Kind.values();
                Kind kind = kinds[Math.floorMod(answer.get(), kinds.length)];
                throw new TransferException(kind, ImageWire.text(answer, ImageWire.WHY_MAX));
            }
            progress(answer.getLong());
            stepBytes = answer.getLong();
        }
    }

    /** Waits for a flow, and ends it when this run is cancelled or suspended. */
    void await(CompletableFuture<FlowOutcome> flowEnd, Consumer<FlowOutcome> canceller, Runnable suspender) throws InterruptedException {
        synchronized (this) {
            stopFlow = () -> {
                if (suspended) {
                    suspender.run();
                } else {
                    canceller.accept(FlowOutcome.cancelled("cancelled at " + self()));
                }
            };
        }
        if (stop.getCount() == 0) {
            stopFlow.run();
        }
        FlowOutcome how;
        try {
            how = flowEnd.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // it is never completed so
        } finally {
            synchronized (this) {
                stopFlow = () -> { };
            }
        }
        requireGoing();
        if (how.state() != FlowOutcome.State.DONE) {
            // RETRY would mean that the peer lacks what it said it has.
            throw new TransferException(how.kind() == Kind.RETRY ? Kind.UNAVAILABLE : how.kind(), how.why());
        }
    }

    @Override
    public void cancel() {
        end();
    }

    /** The node stops; the order stays. */
    void suspend() {
        suspended = true;
        end();
    }

    private void end() {
        Runnable how;
        synchronized (this) {
            stop.countDown();
            how = stopFlow;
        }
        how.run();
    }

    boolean isOver() {
        return end != null;
    }

    @Override
    public ImageStatus await(Duration timeout) {
        try {
            ended.await(Math.max(0, timeout.toNanos()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return status();
    }

    private long done() {
        return step == Step.SEND ? Math.clamp(flow.ackedBytes(), 0, stepBytes) : stepDone;
    }

    @Override
    public void tick(long nowNs) {
        rate.note(nowNs, done());
    }

    private Duration elapsed() {
        return Duration.ofNanos((end == null ? tools.node().clock().nanoTime() : endedNs) - startedNs);
    }

    @Override
    public ImageStatus status() {
        State how = end;
        String held = step == Step.SEND ? flow.waiting() : waiting;
        State state = how != null ? how : held.isEmpty() ? State.RUNNING : State.WAITING;
        long now = tools.node().clock().nanoTime();
        long done = how == State.DONE ? stepBytes : done();
        return new ImageStatus(job.id(), job.action(), job.peer(), job.name(), version, versions, state, step, stepBytes, done,
                how == null ? rate.perSecond(now, done) : 0, packed.bytes(), packed.dataBytes(), packed.freshBytes(), packed.packBytes(),
                Math.clamp(flow.resumedBytes(), 0, packed.packBytes()), flow.wireBytes() + callBytes, elapsed(), flow.transport(), flow.moves(),
                how == null ? held : why);
    }
}
