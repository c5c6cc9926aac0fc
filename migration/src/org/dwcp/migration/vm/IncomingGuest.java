// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.FlowOutcome;
import org.dwcp.migration.flow.FlowReceiver;
import org.dwcp.migration.flow.FlowSink;
import org.dwcp.migration.flow.Ranges;
import org.dwcp.migration.flow.Texts;
import org.dwcp.migration.vm.stream.PageDecoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guest on its way to this node: a QEMU that waits for it, paused, and the flow whose bytes become its migration stream. The stream's end is the source's word
 * that it runs the guest no more: only after that, and after this node has written down that the guest is its own, it is let run.
 *
 * <p>Invariant: {@code verdict} leaves OPEN once; on REFUSED the guest never runs here, on TAKEN the source is never told no unless QEMU has ended.
 */
final class IncomingGuest implements FlowSink {
    private static final Logger LOG = LoggerFactory.getLogger(IncomingGuest.class);
    /** How far chunks may come ahead of one that is late. Source: twice what a source sends at once. */
    private static final long WINDOW = 2L * StreamRing.BOUND_MAX;
    /** Bytes in order that wait for QEMU; more are held back at their source. Source: chosen; two chunks. */
    private static final long LAG_MAX = 512 << 10;
    /** What QEMU finds when it looks at its socket; less makes it wait for this node at every turn. Source: chosen; 10 ms at 100 MB/s. */
    private static final int SOCKET_BYTES = 1 << 20;
    private static final long LOOK_MS = 20;
    private static final Duration POLL = Duration.ofMillis(2);
    /** Longest time from the stream's end until QEMU has it all in place. Source: chosen. */
    private static final Duration LOAD_MAX = Duration.ofSeconds(60);
    /** A move whose source sends nothing is over after so long. Source: chosen; the flow comes within seconds of the order. */
    private static final Duration BEGIN_MAX = Duration.ofMinutes(2);

    private enum Verdict { OPEN, TAKEN, RUNS, REFUSED }

    private final Guests guests;
    private final NodeId peer;
    private final GuestWire order;
    private final Ownership.Written starting;
    private final Guests.Launched qemu;
    private final SocketChannel stream;
    private final TreeMap<Long, byte[]> chunks = new TreeMap<>();
    private FlowReceiver flow;
    private Verdict verdict = Verdict.OPEN;
    private boolean begun;
    private boolean over;
    private long contiguous;
    private long consumed;
    private DwcpException failure;

    /** Starts the QEMU and connects to it. */
    IncomingGuest(Guests guests, NodeId peer, GuestWire order, GuestFile file) {
        this.guests = guests;
        this.peer = peer;
        this.order = order;
        qemu = guests.launch(file, List.of("-S", "-incoming", "defer"));
        Path socket = null;
        SocketChannel opened = null;
        try {
            socket = Files.createTempDirectory("dwcp-vm").resolve("in"); // short: a local socket's path has 107 bytes at most
            qemu.machine().plain();
            qemu.machine().incoming(socket);
            opened = SocketChannel.open(StandardProtocolFamily.UNIX);
            opened.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BYTES);
            opened.connect(UnixDomainSocketAddress.of(socket));
            starting = guests.prepare(order.name(), owned(Ownership.State.STARTING)); // the standstill has no time for it
            stream = opened;
            guests.threads().start("vm-wait", this::waitForFlow);
        } catch (IOException | RuntimeException e) {
            qemu.process().kill();
            qemu.machine().close();
            close(opened);
            throw e instanceof DwcpException known ? known : new TransferException(Kind.UNAVAILABLE, "QEMU of guest '" + order.name() + "' takes no stream: "
                    + (e instanceof IOException io ? Texts.of(io) : e.toString()));
        } finally {
            remove(socket);
        }
    }

    private static void close(SocketChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("socket of a QEMU not closed: {}", e.toString());
            }
        }
    }

    static void remove(Path socket) {
        if (socket != null) {
            try {
                Files.deleteIfExists(socket);
                Files.deleteIfExists(socket.getParent());
            } catch (IOException e) {
                LOG.debug("{} not removed: {}", socket, e.toString());
            }
        }
    }

    NodeId peer() {
        return peer;
    }

    String name() {
        return order.name();
    }

    long generation() {
        return order.generation();
    }

    FlowId migration() {
        return order.migration();
    }

    /** The flow has come; once. */
    synchronized FlowSink begin() {
        if (begun || over) {
            throw new TransferException(Kind.REJECTED, "the move of guest '" + name() + "' has begun already, or is over");
        }
        begun = true;
        guests.threads().startPlatform("vm-decode", this::decode);
        return this;
    }

    synchronized void flow(FlowReceiver receiver) {
        flow = receiver;
    }

    private void waitForFlow() {
        try {
            synchronized (this) {
                for (long slice = 0; slice < BEGIN_MAX.toMillis() / LOOK_MS && !begun && !over; slice++) {
                    wait(LOOK_MS);
                }
                if (begun || over) {
                    return;
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        abandon();
    }

    @Override
    public Ranges have() {
        return new Ranges();
    }

    @Override
    public long windowBytes() {
        return WINDOW;
    }

    @Override
    public void write(long offset, ByteBuffer bytes, int checksum) throws IOException {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        synchronized (this) {
            try {
                while (!over && failure == null && contiguous - consumed > LAG_MAX && (flow == null || !flow.isOver())) {
                    wait(LOOK_MS);
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new IOException("this node stops");
            }
            requireGood();
            chunks.put(offset, copy);
            notifyAll();
        }
    }

    private synchronized void requireGood() {
        if (failure != null) {
            throw failure;
        }
        if (over) {
            throw new TransferException(Kind.RETRY, "the move of guest '" + name() + "' is over");
        }
    }

    @Override
    public long advance(long bytes) {
        synchronized (this) {
            contiguous = Math.max(contiguous, bytes);
            notifyAll();
        }
        return 0;
    }

    /** All bytes are there: waits until the guest runs, which is what the source hears by the flow's end. */
    @Override
    public void finish() throws IOException {
        synchronized (this) {
            try {
                while (!over && failure == null && verdict != Verdict.RUNS && !(flow != null && flow.isOver())) {
                    wait(LOOK_MS);
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new IOException("this node stops");
            }
            if (verdict != Verdict.RUNS) {
                requireGood();
                throw new TransferException(Kind.UNAVAILABLE, "the stream of guest '" + name() + "' ended and was not whole");
            }
        }
    }

    @Override
    public void close(Fate fate) {
        abandon();
    }

    /** Ends it, unless the guest runs or is about to. */
    void abandon() {
        synchronized (this) {
            over = true;
            notifyAll();
            if (verdict == Verdict.TAKEN) {
                return; // whoever lets it run ends it
            }
            if (verdict == Verdict.OPEN) {
                verdict = Verdict.REFUSED;
            }
        }
        end();
    }

    private void end() {
        close(stream);
        if (verdict() == Verdict.REFUSED) {
            qemu.process().kill();
        }
        qemu.machine().close();
        guests.gone(this);
        try {
            starting.discard();
        } catch (TransferException e) {
            LOG.warn("vm name={} a file that means nothing is left: {}", name(), e.getMessage());
        }
    }

    private synchronized Verdict verdict() {
        return verdict;
    }

    /** Answers a source that did not hear: a no is for good. */
    byte settle() {
        synchronized (this) {
            if (verdict == Verdict.OPEN) {
                guests.save(name(), new Ownership(Ownership.State.REFUSED, generation(), peer.value(), migration()));
                verdict = Verdict.REFUSED;
            }
        }
        return switch (verdict()) {
            case RUNS -> GuestWire.RUNS;
            case TAKEN, OPEN -> GuestWire.LATER;
            case REFUSED -> {
                abandon();
                yield GuestWire.NO;
            }
        };
    }

    private void decode() {
        try (PageDecoder decoder = new PageDecoder(guests.settings().cachePages(), this::toQemu)) {
            while (!decoder.isWhole()) {
                byte[] next = next();
                if (next == null) {
                    return;
                }
                decoder.feed(ByteBuffer.wrap(next));
            }
            take();
        } catch (IOException e) {
            fail(new TransferException(Kind.UNAVAILABLE, "QEMU of guest '" + name() + "' at the target takes no more: " + Texts.of(e)));
        } catch (DwcpException e) {
            fail(new TransferException(e.kind(), e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("vm name={} arriving failed", name(), e);
            fail(new TransferException(Kind.BROKEN, "the guest could not be taken: " + e));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            fail(new TransferException(Kind.UNAVAILABLE, "this node stops"));
        }
    }

    private void toQemu(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            stream.write(bytes);
        }
    }

    /** Waits for the next bytes in order; null when it is over. */
    private byte[] next() throws IOException, InterruptedException {
        synchronized (this) {
            while (!over && failure == null && !chunks.containsKey(consumed)) {
                wait(LOOK_MS);
                if (!qemu.machine().isOpen()) {
                    throw new IOException("it has ended");
                }
            }
            if (over || failure != null) {
                return null;
            }
            byte[] bytes = chunks.remove(consumed);
            consumed += bytes.length;
            notifyAll();
            return bytes;
        }
    }

    /** The stream is whole, so the source has let go: claims the guest, waits until QEMU has it in place, lets it run. */
    private void take() throws IOException, InterruptedException {
        long begun = guests.clock().nanoTime();
        synchronized (this) {
            if (verdict != Verdict.OPEN) {
                return;
            }
            verdict = Verdict.TAKEN;
        }
        boolean runs = false;
        try {
            stream.shutdownOutput();
            guests.commit(starting, owned(Ownership.State.STARTING));
            awaitLoaded();
            qemu.machine().run();
            runs = true;
        } finally {
            if (!runs) {
                qemu.process().kill(); // first the end of QEMU, then the word that it will never run
                guests.save(name(), owned(Ownership.State.REFUSED));
                synchronized (this) {
                    verdict = Verdict.REFUSED;
                }
            }
        }
        guests.save(name(), owned(Ownership.State.OWNED));
        LOG.info("vm name={} runs here generation={} from={} ms.after.stream={}", name(), generation(), peer, (guests.clock().nanoTime() - begun) / 1_000_000);
        boolean closed;
        synchronized (this) {
            verdict = Verdict.RUNS;
            closed = over;
            notifyAll();
        }
        if (closed) {
            end();
        }
    }

    private Ownership owned(Ownership.State state) {
        return new Ownership(state, generation(), peer.value(), migration());
    }

    private void awaitLoaded() throws InterruptedException {
        long begun = guests.clock().nanoTime();
        String status = qemu.machine().status();
        while (status.equals("inmigrate")) {
            if (guests.clock().nanoTime() - begun > LOAD_MAX.toNanos()) {
                throw new TransferException(Kind.UNAVAILABLE, "QEMU of guest '" + name() + "' has not taken its stream in within " + LOAD_MAX.toSeconds() + " s");
            }
            guests.clock().sleep(POLL);
            status = qemu.machine().status();
        }
        if (!status.equals("paused")) {
            throw new TransferException(Kind.UNAVAILABLE, "QEMU of guest '" + name() + "' says '" + status + "' after its stream, not 'paused'");
        }
    }

    private void fail(TransferException why) {
        FlowReceiver receiver;
        boolean closed;
        synchronized (this) {
            failure = why;
            receiver = flow;
            closed = over;
            if (verdict == Verdict.OPEN) {
                verdict = Verdict.REFUSED;
            }
            notifyAll();
        }
        if (receiver != null) {
            receiver.cancel(FlowOutcome.failed(why.kind(), why.getMessage()));
        }
        if (closed) {
            end();
        }
    }
}
