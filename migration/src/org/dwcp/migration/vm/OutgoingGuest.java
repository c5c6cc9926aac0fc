// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import com.google.gson.JsonObject;
import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.api.vm.Migration;
import org.dwcp.api.vm.MigrationOptions;
import org.dwcp.api.vm.MigrationStatus;
import org.dwcp.api.vm.MigrationStatus.Step;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.FlowOutcome;
import org.dwcp.migration.flow.FlowProgress;
import org.dwcp.migration.flow.FlowSender;
import org.dwcp.migration.flow.FlowSink;
import org.dwcp.migration.flow.Outgoing;
import org.dwcp.migration.flow.Texts;
import org.dwcp.migration.flow.Ticker;
import org.dwcp.migration.transfer.RateMeter;
import org.dwcp.migration.vm.stream.PageEncoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The move of a guest from here: QEMU writes its stream into a local socket, and what travels of it goes as a flow. When QEMU has written all and stands still the
 * guest is given away by the stream's end; before that any failure leaves it running here, after that only the peer's word does.
 */
final class OutgoingGuest implements Migration, Ticker.Task {
    private static final Logger LOG = LoggerFactory.getLogger(OutgoingGuest.class);
    private static final Duration PREPARE_MAX = Duration.ofSeconds(60);
    private static final Duration ASK_MAX = Duration.ofSeconds(5);
    private static final Duration ASK_PAUSE = Duration.ofMillis(500);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration END_POLL = Duration.ofMillis(2);
    /** Longest time that a guest stands still for a line that is dead at the moment of its handing over. Source: chosen; a connection is anew in less. */
    private static final Duration DEAD_LINE_MAX = Duration.ofSeconds(3);
    /** Source: measured where two cores emulate both ends: 50 ms from the last page until QEMU runs the guest at the target, as long again until it speaks. */
    private static final Duration AFTER_THE_LAST_COPY = Duration.ofMillis(70);

    /** What a move needs of its node. */
    record Tools(FlowNode node, Calls calls, Guests guests) {
        NodeId self() {
            return node.peers().self();
        }
    }

    private final Tools tools;
    private final String name;
    private final NodeId peer;
    private final FlowId id;
    private final MigrationOptions options;
    private final int level;
    private final FlowProgress flow = new FlowProgress();
    private final RateMeter rate = new RateMeter();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final long startedNs;
    private final StreamRing ring;
    private FlowSender sender;
    private boolean cancelled;
    private boolean handed;
    private volatile Machine.Progress progress = Machine.Progress.NONE;
    private volatile Step step = Step.PREPARE;
    private volatile State end;
    private volatile String why = "";
    private volatile String waiting = "";
    private volatile long streamBytes;
    private volatile long stoppedNs;
    private volatile long stoppedAtBytes;
    private volatile long givenNs;
    private volatile long downtimeNs;
    private volatile long endedNs;

    /** @param level of zstd, 0 for none */
    OutgoingGuest(Tools tools, String name, NodeId peer, FlowId id, MigrationOptions options, int level) {
        this.tools = tools;
        this.name = name;
        this.peer = peer;
        this.id = id;
        this.options = options;
        this.level = level;
        startedNs = now();
        ring = new StreamRing(tools.node().clock());
    }

    private long now() {
        return tools.node().clock().nanoTime();
    }

    NodeId peer() {
        return peer;
    }

    boolean isOver() {
        return end != null;
    }

    /** Moves the guest; on a thread of its own. */
    void run() {
        tools.node().ticker().add(this);
        State how = State.FAILED;
        try {
            how = move();
        } catch (DwcpException e) {
            why = e.getMessage();
            how = isCancelled() ? State.CANCELLED : State.FAILED;
        } catch (IOException e) {
            why = Texts.of(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            why = "this node stops; the guest runs on here";
        } catch (RuntimeException e) {
            LOG.error("vm name={} migration failed", name, e);
            why = "the move failed: " + e;
        } finally {
            tools.node().ticker().remove(this);
            over(how);
        }
    }

    private void over(State how) {
        endedNs = now();
        step = Step.END;
        if (how == State.CANCELLED) {
            why = "cancelled; the guest runs on at " + tools.self();
        }
        end = how;
        ended.countDown();
        MigrationStatus status = status();
        LOG.info("vm name={} migration={} to={} state={} ms={} downtime.ms={} given.ms={} last.bytes={} stream.bytes={} wire.bytes={} rounds={} why={}", name, id.hex(), peer,
                how, status.elapsed().toMillis(), status.downtime().toMillis(), givenNs == 0 ? 0 : (givenNs - stoppedNs) / 1_000_000,
                stoppedNs == 0 ? 0 : streamBytes - stoppedAtBytes, streamBytes, status.wireBytes(), status.rounds(), why);
    }

    private synchronized boolean isCancelled() {
        return cancelled;
    }

    private State move() throws IOException, InterruptedException {
        Guests guests = tools.guests();
        GuestFile file = guests.file(name);
        try (Machine qemu = Machine.connect(guests.threads(), file.qmp(), this::event)) {
            Ownership mine = guests.ownership(name);
            String status = qemu.status();
            if (mine.state() != Ownership.State.OWNED || !status.equals("running")) {
                throw new TransferException(Kind.REJECTED, "guest '" + name + "' does not run here as this node's own: QEMU says '" + status + "', generation "
                        + mine.generation() + " is " + mine.state());
            }
            GuestWire order = new GuestWire(GuestWire.PREPARE, id, mine.generation() + 1, name);
            int pages = Math.min(guests.settings().cachePages(), pagesOf(tools.calls().call(peer, GuestWire.METHOD, order.write(), PREPARE_MAX)));
            guests.save(name, new Ownership(Ownership.State.HANDING, order.generation(), peer.value(), id));
            FlowOutcome how;
            try {
                qemu.plain();
                how = stream(qemu, pages);
            } catch (IOException | RuntimeException | InterruptedException e) {
                if (!isHanded()) {
                    boolean interrupted = Thread.interrupted();
                    keep(qemu, order);
                    if (interrupted) {
                        Thread.currentThread().interrupt();
                    }
                    throw e;
                }
                how = FlowOutcome.failed(Kind.UNAVAILABLE, String.valueOf(e.getMessage()));
            }
            if (how.state() == FlowOutcome.State.DONE) {
                downtimeNs = now() - stoppedNs;
                released(tools, qemu, order, peer);
                return State.DONE;
            }
            why = how.why();
            if (!isHanded()) {
                keep(qemu, order);
                return isCancelled() ? State.CANCELLED : State.FAILED;
            }
            if (!settle(tools, this::waits, order, peer, qemu, why)) {
                return State.FAILED;
            }
            downtimeNs = now() - stoppedNs;
            why = "";
            return State.DONE;
        }
    }

    private static int pagesOf(byte[] answer) {
        int pages = answer.length == 4 ? ByteBuffer.wrap(answer).getInt() : -1;
        if (pages < 0) {
            throw new TransferException(Kind.REJECTED, "the peer's answer of " + answer.length + " bytes says nothing about its memory");
        }
        return pages;
    }

    private void waits(String text) {
        step = Step.SETTLE;
        waiting = text;
    }

    private synchronized boolean isHanded() {
        return handed;
    }

    private void event(JsonObject event) {
        if (event.get("event").getAsString().equals("STOP")) {
            stoppedNs = now();
            stoppedAtBytes = streamBytes;
            step = Step.HANDOVER;
        }
    }

    /** Sends the stream and waits for the flow's end. */
    private FlowOutcome stream(Machine qemu, int pages) throws IOException, InterruptedException {
        Path socket = Files.createTempDirectory("dwcp-vm").resolve("out");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket), 1);
            FlowSender begun = new FlowSender(tools.node(), peer, id, GuestFlows.KIND, name, new byte[0], ring, flow);
            ring.onMore(begun::more);
            synchronized (this) {
                if (cancelled) {
                    throw new TransferException(Kind.RETRY, "cancelled");
                }
                sender = begun.start();
            }
            Outgoing.connect(tools.node(), peer, options.patience(), begun, flow);
            step = Step.COPY;
            tools.node().threads().startPlatform("vm-encode", () -> encode(server, qemu, pages));
            qemu.migrate(socket, lastCopy(options.downtime()));
            try {
                return follow(qemu, begun);
            } finally {
                begun.cancel(FlowOutcome.cancelled("given up at " + tools.self()), FlowSink.Fate.DISCARD);
                ring.stop();
            }
        } finally {
            IncomingGuest.remove(socket);
        }
    }

    /** What of a standstill is left for the last pages: QEMU uses all that it is given for them, and the devices, the last bytes' way and the start at the target follow. */
    private static Duration lastCopy(Duration standstill) {
        Duration left = standstill.minus(AFTER_THE_LAST_COPY);
        Duration least = standstill.dividedBy(3);
        return left.compareTo(least) < 0 ? least : left;
    }

    /** Looks at QEMU until the flow is over. */
    private FlowOutcome follow(Machine qemu, FlowSender begun) throws InterruptedException {
        while (true) {
            try {
                return begun.end().get(POLL.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                throw new IllegalStateException(e); // it is never completed so
            } catch (TimeoutException _) {
                if (isHanded()) {
                    continue;
                }
                progress = qemu.progress();
                if (progress.isOver() && !progress.isCompleted()) {
                    begun.cancel(FlowOutcome.failed(Kind.UNAVAILABLE, "QEMU gave the move up (" + progress.status() + ")"
                            + (progress.error().isEmpty() ? "" : ": " + progress.error())), FlowSink.Fate.DISCARD);
                }
            }
        }
    }

    /** Takes what QEMU writes, on a thread of its own. */
    private void encode(ServerSocketChannel server, Machine qemu, int pages) {
        ReadAhead ahead = new ReadAhead();
        try (SocketChannel in = server.accept(); PageEncoder encoder = new PageEncoder(pages, level, ring::put)) {
            tools.node().threads().startPlatform("vm-read", () -> ahead.run(in));
            for (ByteBuffer read = ahead.next(); read != null; read = ahead.next()) {
                encoder.feed(read);
                ahead.done(read);
                if (!ahead.hasMore()) {
                    encoder.flush(); // what QEMU has written is on its way at once
                }
                streamBytes = encoder.bytes();
            }
            if (giveAway(qemu)) {
                encoder.end();
                ring.end();
                givenNs = now();
            }
        } catch (IOException e) {
            refuse(Kind.UNAVAILABLE, "QEMU's stream broke off: " + Texts.of(e));
        } catch (DwcpException e) {
            refuse(e.kind(), e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("vm name={} stream failed", name, e);
            refuse(Kind.BROKEN, "the stream could not be encoded: " + e);
        } finally {
            ahead.stop();
        }
    }

    private synchronized void refuse(Kind kind, String text) {
        if (sender != null) {
            sender.cancel(FlowOutcome.failed(kind, text), FlowSink.Fate.DISCARD);
        }
    }

    /** The stream has ended: the guest is the peer's now, if QEMU is done with it and nobody has cancelled. */
    private boolean giveAway(Machine qemu) throws InterruptedException {
        Machine.Progress last = qemu.progress();
        while (!last.isOver()) {
            tools.node().clock().sleep(END_POLL);
            last = qemu.progress();
        }
        progress = last;
        long stillNs = now();
        while (last.isCompleted() && !sender.isOver() && (!flow.waiting().isEmpty() || ring.isStuck())) {
            // Given away into a line that is dead it would stand still until the line is back, and nobody could tell whose it is.
            if (now() - stillNs > DEAD_LINE_MAX.toNanos()) {
                refuse(Kind.RETRY, "the line to " + peer + " was dead when the guest was to be handed over: " + flow.waiting());
                break;
            }
            tools.node().clock().sleep(END_POLL);
        }
        synchronized (this) {
            handed = last.isCompleted() && !cancelled && !sender.isOver();
            return handed;
        }
    }

    /** The guest stays: QEMU gives the move up, and the guest runs. */
    private void keep(Machine qemu, GuestWire order) throws InterruptedException {
        ring.stop();
        if (!qemu.progress().isOver() && !qemu.progress().status().equals("none")) {
            qemu.cancel();
        }
        while (!qemu.progress().isOver() && !qemu.progress().status().equals("none")) {
            tools.node().clock().sleep(POLL);
        }
        qemu.resume(tools.node().clock());
        tools.guests().save(name, new Ownership(Ownership.State.OWNED, order.generation(), peer.value(), id));
        // If the peer does not hear of the end by the flow it hears it so, or finds out by itself.
        GuestWire over = new GuestWire(GuestWire.SETTLE, id, order.generation(), name);
        tools.calls().send(peer, GuestWire.METHOD, over.write(), ASK_MAX).exceptionally(e -> {
            LOG.debug("vm name={} {} was not told of the end: {}", name, peer, e.toString());
            return new byte[0];
        });
    }

    private static void released(Tools tools, Machine qemu, GuestWire order, NodeId peer) {
        tools.guests().save(order.name(), new Ownership(Ownership.State.RELEASED, order.generation(), peer.value(), order.migration()));
        if (qemu != null) {
            qemu.quit();
        }
    }

    /** How it waits, for people. */
    interface Waiting {
        void because(String text);
    }

    /**
     * Asks the peer whether it runs a guest that was given away, until it says yes or no: yes ends the QEMU here, no lets it run here.
     *
     * @param qemu the guest's QEMU here, {@code null} when it is gone
     * @return true for yes
     */
    static boolean settle(Tools tools, Waiting waiting, GuestWire order, NodeId peer, Machine qemu, String cause) throws InterruptedException {
        GuestWire question = new GuestWire(GuestWire.SETTLE, order.migration(), order.generation(), order.name());
        LOG.warn("vm name={} generation={} was given to {}, which has not said that it runs: {}; it is paused here until {} answers", order.name(),
                order.generation(), peer, cause, peer);
        while (true) {
            byte answer = GuestWire.LATER;
            try {
                byte[] body = tools.calls().call(peer, GuestWire.METHOD, question.write(), ASK_MAX);
                answer = body.length == 1 ? body[0] : answer;
                waiting.because(peer + " is about to run the guest, or not; it is asked again");
            } catch (DwcpException e) {
                waiting.because("the guest was given to " + peer + " and is paused here until it says whether it runs there: " + e.getMessage());
            }
            if (answer == GuestWire.RUNS) {
                released(tools, qemu, order, peer);
                return true;
            }
            if (answer == GuestWire.NO) {
                tools.guests().save(order.name(), new Ownership(Ownership.State.OWNED, order.generation() + 1, peer.value(), order.migration()));
                if (qemu != null) {
                    qemu.resume(tools.node().clock());
                }
                return false;
            }
            tools.node().clock().sleep(ASK_PAUSE);
        }
    }

    @Override
    public boolean cancel() {
        FlowSender running;
        synchronized (this) {
            if (handed || end != null) {
                return false;
            }
            cancelled = true;
            running = sender;
        }
        if (running != null) {
            running.cancel(FlowOutcome.cancelled("cancelled at " + tools.self()), FlowSink.Fate.DISCARD);
        }
        return true;
    }

    @Override
    public MigrationStatus await(Duration timeout) {
        try {
            ended.await(Math.max(0, timeout.toNanos()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return status();
    }

    @Override
    public void tick(long nowNs) {
        rate.note(nowNs, flow.wireBytes());
    }

    @Override
    public MigrationStatus status() {
        State how = end;
        Machine.Progress now = progress;
        String held = waiting.isEmpty() ? flow.waiting() : waiting;
        State state = how != null ? how : held.isEmpty() ? State.RUNNING : State.WAITING;
        long wire = flow.wireBytes();
        return new MigrationStatus(name, peer, state, step, now.totalBytes(), now.remainingBytes(), streamBytes, wire, how == null ? rate.perSecond(now(), wire) : 0,
                now.dirtyBytesPerSecond(), now.rounds(), now.expectedDowntimeMs() == 0 ? Duration.ZERO : Duration.ofMillis(now.expectedDowntimeMs()).plusNanos(ring.lastNs()),
                Duration.ofNanos(downtimeNs), Duration.ofNanos((how == null ? now() : endedNs) - startedNs), flow.transport(), flow.moves(), how == null ? held : why);
    }
}
