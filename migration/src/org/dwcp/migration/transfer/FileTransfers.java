// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.transfer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.TransferStatus.Direction;
import org.dwcp.api.transfer.Transfers;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.migration.file.Disk;
import org.dwcp.migration.file.DoneMarks;
import org.dwcp.migration.file.FileSink;
import org.dwcp.migration.file.FileSource;
import org.dwcp.migration.file.FilesOffer;
import org.dwcp.migration.file.ManifestWriter;
import org.dwcp.migration.file.PartFolder;
import org.dwcp.migration.file.SafeName;
import org.dwcp.migration.file.SinkHost;
import org.dwcp.migration.file.Trees;
import org.dwcp.migration.flow.FlowAcceptor;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.FlowKind;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.FlowOutcome;
import org.dwcp.migration.flow.FlowReceiver;
import org.dwcp.migration.flow.FlowSender;
import org.dwcp.migration.flow.FlowSink;
import org.dwcp.migration.flow.Message;
import org.dwcp.migration.flow.Outgoing;
import org.dwcp.migration.flow.Texts;
import org.dwcp.migration.flow.Wanted;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transfers of a node. An order is written to disk before it runs and removed when it is over, so a node that was killed goes on with what was
 * unfinished; so does a node that is stopped. At most so many run at once, the rest waits in line. Thread-safe.
 */
public final class FileTransfers implements Transfers, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileTransfers.class);

    private final FlowNode node;
    private final Path jobs;
    private final SinkHost host;
    private final TransferLog log = new TransferLog();
    private final FlowAcceptor acceptor;
    private final Deque<Runnable> line = new ArrayDeque<>();
    private volatile TransferSettings settings;
    private int running;
    private boolean closed;

    /** One that takes files and nothing else. */
    public FileTransfers(FlowNode node, NodeFolders folders, Disk disk, TransferSettings settings) {
        this(node, folders, disk, settings, List.of());
    }

    /** Goes on with the orders found on disk. It owns the node. {@code others} are what else peers may begin. */
    public FileTransfers(FlowNode node, NodeFolders folders, Disk disk, TransferSettings settings, List<FlowKind> others) {
        this.node = node;
        host = new SinkHost(disk, node.peers().self().value(), node.threads());
        this.settings = settings;
        try {
            Path data = folders.data("migration");
            jobs = Files.createDirectories(data.resolve("jobs"));
            List<FlowKind> kinds = new ArrayList<>(others);
            kinds.add(new PeerFiles(node, folders.inbox(), data.resolve("lists"), new DoneMarks(data.resolve("done")), host, log));
            acceptor = new FlowAcceptor(node, kinds);
            int old = PartFolder.prune(folders.inbox(), node.clock().now().minus(Duration.ofDays(settings.partDaysMax())));
            if (old > 0) {
                LOG.info("parts removed={} reason=older than {} days", old, settings.partDaysMax());
            }
            restore();
        } catch (IOException e) {
            node.close();
            throw new TransferException(Kind.UNAVAILABLE, "transfers cannot start: " + Texts.of(e));
        }
    }

    /** Takes the channels of protocol {@code dwcp.flow}. */
    public ProtocolHandler acceptor() {
        return acceptor;
    }

    /** Changes the limits. */
    public void apply(TransferSettings changed) {
        settings = changed;
    }

    private void restore() throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(jobs)) {
            for (Path folder : found) {
                try {
                    Job job = Job.load(folder);
                    LOG.info("transfer id={} direction={} peer={} name={} resumed after a restart", job.id(), job.direction(), job.peer(), job.name());
                    begin(job);
                } catch (NoSuchFileException _) {
                    Trees.remove(folder); // killed between making the folder and writing the order
                } catch (IOException | DwcpException e) {
                    LOG.warn("order folder={} not resumed: {}", folder, e.getMessage());
                }
            }
        }
    }

    @Override
    public Transfer send(Path source, NodeId peer, TransferOptions options) {
        Path real;
        try {
            real = source.toRealPath();
        } catch (IOException e) {
            throw new TransferException(Kind.REJECTED, source + " cannot be sent: " + (e instanceof NoSuchFileException ? "there is no such file or folder"
                    : Texts.of(e)));
        }
        if (!Files.isReadable(real) || !Files.isRegularFile(real) && !Files.isDirectory(real)) {
            throw new TransferException(Kind.REJECTED, source + " cannot be sent: it is no readable file or folder");
        }
        node.requireKnown(peer);
        String name = options.name();
        if (name.isEmpty() || name.endsWith("/")) {
            if (real.getFileName() == null) {
                throw new TransferException(Kind.REJECTED, source + " has no name of its own; give one (--as NAME)");
            }
            name += real.getFileName();
        }
        return order(new Job(Direction.SEND, peer, real, SafeName.check(name), options.patience(), options.bytesPerSecondMax()));
    }

    @Override
    public Transfer fetch(NodeId peer, String name, Path target, TransferOptions options) {
        SafeName.check(name);
        node.requireKnown(peer);
        Path last = target.toAbsolutePath().normalize();
        if (Files.isDirectory(last)) {
            last = last.resolve(name.substring(name.lastIndexOf('/') + 1));
        }
        if (last.getParent() == null || !Files.isDirectory(last.getParent()) || !Files.isWritable(last.getParent())) {
            throw new TransferException(Kind.REJECTED, last.getParent() + " is no folder that can be written; name another target");
        }
        return order(new Job(Direction.FETCH, peer, last, name, options.patience(), options.bytesPerSecondMax()));
    }

    private Transfer order(Job job) {
        synchronized (this) {
            Optional<TrackedTransfer> same = log.running(job.direction(), job.id());
            if (same.isPresent() && same.get().limit().bytesPerSecond() == job.bytesPerSecondMax()) {
                return same.get();
            }
            if (closed) {
                throw new TransferException(Kind.UNAVAILABLE, "transfers are being stopped on this node; try again when it is up");
            }
            if (same.isEmpty() && line.size() >= settings.queueMax()) {
                throw new TransferException(Kind.RETRY, String.format("%d transfers wait already, queue.transfers.max; try again later", line.size()));
            }
            try {
                job.save(folder(job));
            } catch (IOException e) {
                throw new TransferException(Kind.UNAVAILABLE, "the order cannot be written: " + Texts.of(e));
            }
            if (same.isPresent()) {
                same.get().limit(job.bytesPerSecondMax());
                LOG.info("transfer id={} limit.bytes.per.second={}", job.id(), job.bytesPerSecondMax());
                return same.get();
            }
            return begin(job);
        }
    }

    private Path folder(Job job) {
        return jobs.resolve(job.id());
    }

    private synchronized TrackedTransfer begin(Job job) {
        TrackedTransfer transfer = new TrackedTransfer(node.clock(), job.id(), job.direction(), job.peer(), job.name());
        transfer.limit(job.bytesPerSecondMax());
        log.add(transfer);
        Runnable work = () -> run(job, transfer);
        if (running < settings.transfersMax()) {
            running++;
            node.threads().start("transfer", work);
        } else {
            transfer.progress().waiting(running + " transfers run, transfers.max; " + line.size() + " wait before this one");
            transfer.onCancel(() -> leaveLine(job, transfer, work));
            line.add(work);
        }
        return transfer;
    }

    private void leaveLine(Job job, TrackedTransfer transfer, Runnable work) {
        synchronized (this) {
            if (!line.remove(work)) {
                return;
            }
        }
        over(job, transfer, cancelled());
    }

    private void run(Job job, TrackedTransfer transfer) {
        FlowOutcome how = FlowOutcome.SUSPENDED;
        node.ticker().add(transfer);
        try {
            transfer.progress().waiting("");
            how = (job.direction() == Direction.SEND ? send(job, transfer) : fetch(job, transfer)).get();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            how = isClosed() ? how : FlowOutcome.failed(Kind.UNAVAILABLE, "cannot read " + job.local() + ": " + Texts.of(e));
        } catch (DwcpException e) {
            how = isClosed() ? how : transfer.isCancelled() ? cancelled() : FlowOutcome.failed(e.kind(), e.getMessage());
        } catch (ExecutionException | RuntimeException e) {
            LOG.error("transfer id={} failed", job.id(), e);
            how = FlowOutcome.failed(Kind.BROKEN, "the transfer failed: " + e);
        } finally {
            node.ticker().remove(transfer);
            over(job, transfer, how);
            next();
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private void next() {
        synchronized (this) {
            Runnable waiting = closed ? null : line.poll();
            if (waiting == null) {
                running--;
            } else {
                node.threads().start("transfer", waiting);
            }
        }
    }

    private CompletableFuture<FlowOutcome> send(Job job, TrackedTransfer transfer) throws IOException {
        Path list = folder(job).resolve("manifest");
        FilesOffer offer = ManifestWriter.write(job.local(), job.name(), list, () -> transfer.isCancelled() || Thread.currentThread().isInterrupted());
        transfer.describe(offer);
        NodeId self = node.peers().self();
        FlowId id = PeerFiles.flowId("push", self, job.peer(), offer);
        FileSource source = new FileSource(job.local(), self.value(), list, offer);
        FlowSender sender = new FlowSender(node, job.peer(), id, PeerFiles.KIND, job.id(), offer.write(), source, transfer.progress(), transfer.limit()).start();
        transfer.onSuspend(sender::suspend);
        transfer.onCancel(() -> sender.cancel(cancelled(), FlowSink.Fate.KEEP));
        Outgoing.connect(node, job.peer(), job.patience(), sender, transfer.progress());
        return sender.end();
    }

    private CompletableFuture<FlowOutcome> fetch(Job job, TrackedTransfer transfer) {
        byte[] meta = job.name().getBytes(StandardCharsets.UTF_8);
        Wanted wanted = new Wanted(node, job.peer(), PeerFiles.KIND, job.id(), meta, offer -> take(job, transfer, offer), transfer.progress());
        wanted.start(job.patience());
        transfer.onSuspend(() -> wanted.cancel(FlowOutcome.SUSPENDED));
        transfer.onCancel(() -> wanted.cancel(cancelled()));
        return wanted.end();
    }

    private FlowReceiver take(Job job, TrackedTransfer transfer, Message.Offer offer) throws IOException {
        FilesOffer files = FilesOffer.read(offer.meta());
        if (offer.total() != files.total()) {
            throw new TransferException(Kind.REJECTED, "offer of " + offer.total() + " bytes has files of " + files.total());
        }
        transfer.describe(files);
        FlowSink sink = FileSink.open(host, job.local(), files, job.local().getParent(), offer.id().hex(), Optional.empty());
        return new FlowReceiver(node, job.peer(), job.id(), offer.total(), sink, transfer.progress(), transfer.limit()).start();
    }

    private FlowOutcome cancelled() {
        return FlowOutcome.cancelled("cancelled at " + node.peers().self());
    }

    private void over(Job job, TrackedTransfer transfer, FlowOutcome how) {
        if (how.state() != FlowOutcome.State.SUSPENDED) {
            try {
                Trees.remove(folder(job));
            } catch (IOException e) {
                LOG.warn("order id={} not removed, it will run again after a restart: {}", job.id(), Texts.of(e));
            }
        }
        transfer.end(how);
        TransferStatus status = transfer.status();
        LOG.info("transfer id={} direction={} peer={} name={} state={} bytes={} ms={} moves={} why={}", job.id(), job.direction(), job.peer(), job.name(),
                how.state(), status.bytes(), status.elapsed().toMillis(), status.moves(), how.why());
    }

    @Override
    public List<TransferStatus> list() {
        return log.list();
    }

    @Override
    public Optional<Transfer> find(String id) {
        return log.running(id).map(Transfer.class::cast);
    }

    /** Stops: flows end where they are, orders stay on disk, all threads end within the limit of {@link FlowNode#close}. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            line.clear();
        }
        acceptor.close();
        log.running().forEach(TrackedTransfer::suspend);
        node.close();
    }
}
