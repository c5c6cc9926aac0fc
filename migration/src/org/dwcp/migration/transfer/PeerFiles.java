// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.transfer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.transfer.TransferStatus.Direction;
import org.dwcp.migration.file.DoneMarks;
import org.dwcp.migration.file.FileSink;
import org.dwcp.migration.file.FileSource;
import org.dwcp.migration.file.FilesOffer;
import org.dwcp.migration.file.ManifestWriter;
import org.dwcp.migration.file.SafeName;
import org.dwcp.migration.file.SinkHost;
import org.dwcp.migration.file.Trees;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.FlowKind;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.FlowOutcome;
import org.dwcp.migration.flow.FlowReceiver;
import org.dwcp.migration.flow.FlowSender;
import org.dwcp.migration.flow.FlowSink;
import org.dwcp.migration.flow.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What peers begin: files that they send into the inbox and files that they fetch from it. A peer sees and reaches nothing else. A name is taken
 * by one transfer at a time.
 */
final class PeerFiles implements FlowKind {
    /** Name of the kind on the wire. */
    static final String KIND = "files";
    private static final Logger LOG = LoggerFactory.getLogger(PeerFiles.class);
    private static final Pattern LABEL = Pattern.compile("[0-9a-f]{12}");

    private final FlowNode node;
    private final Path inbox;
    private final Path work;
    private final SinkHost host;
    private final TransferLog log;
    private final DoneMarks marks;
    private final Map<Path, String> taken = new HashMap<>();
    private final AtomicLong served = new AtomicLong();

    /** {@code work} is a folder for lists of files, emptied here. */
    PeerFiles(FlowNode node, Path inbox, Path work, DoneMarks marks, SinkHost host, TransferLog log) throws IOException {
        this.node = node;
        this.inbox = inbox;
        this.work = work;
        this.host = host;
        this.log = log;
        this.marks = marks;
        Trees.remove(work);
        Files.createDirectories(work);
    }

    @Override
    public String name() {
        return KIND;
    }

    @Override
    public FlowReceiver accept(NodeId peer, Message.Offer offer) throws IOException {
        FilesOffer files = FilesOffer.read(offer.meta());
        if (offer.total() != files.total()) {
            throw new TransferException(Kind.REJECTED, "offer of " + offer.total() + " bytes has files of " + files.total());
        }
        Path target = SafeName.below(inbox, files.name());
        take(target, peer);
        try {
            TrackedTransfer transfer = new TrackedTransfer(node.clock(), label(offer.label(), offer.id()), Direction.FETCH, peer, files.name());
            transfer.describe(files);
            FlowSink sink = FileSink.open(host, target, files, inbox, peer + "-" + offer.id().hex(), Optional.of(marks));
            FlowReceiver receiver = new FlowReceiver(node, peer, transfer.id(), offer.total(), sink, transfer.progress(), transfer.limit()).start();
            track(transfer, receiver.end(), () -> receiver.cancel(cancelled()));
            receiver.end().whenComplete((_, _) -> free(target));
            return receiver;
        } catch (IOException | RuntimeException e) {
            free(target);
            throw e;
        }
    }

    private void take(Path target, NodeId peer) {
        synchronized (taken) {
            String other = taken.putIfAbsent(target, peer.value());
            if (other != null) {
                throw new TransferException(Kind.RETRY, String.format("'%s' is being received at %s from %s; try again when that is over",
                        inbox.relativize(target), node.peers().self(), other));
            }
        }
    }

    private void free(Path target) {
        synchronized (taken) {
            taken.remove(target);
        }
    }

    @Override
    public FlowSender serve(NodeId peer, Message.Want want) throws IOException {
        String name = SafeName.check(new String(want.meta(), StandardCharsets.UTF_8));
        Path source = SafeName.below(inbox, name);
        if (!Files.exists(source)) {
            throw new TransferException(Kind.REJECTED, String.format("%s has no '%s' in its inbox", node.peers().self(), name));
        }
        Path list = work.resolve("list-" + served.incrementAndGet());
        FileSource files = null;
        try {
            FilesOffer offer = ManifestWriter.write(source, name, list, () -> Thread.currentThread().isInterrupted());
            FlowId id = flowId("serve", node.peers().self(), peer, offer);
            TrackedTransfer transfer = new TrackedTransfer(node.clock(), label(want.label(), id), Direction.SEND, peer, name);
            transfer.describe(offer);
            files = new FileSource(source, node.peers().self().value(), list, offer);
            FlowSender sender = new FlowSender(node, peer, id, KIND, transfer.id(), offer.write(), files, transfer.progress(), transfer.limit()).start();
            track(transfer, sender.end(), () -> sender.cancel(cancelled(), FlowSink.Fate.KEEP));
            sender.end().whenComplete((_, _) -> remove(list));
            return sender;
        } catch (IOException | DwcpException e) {
            if (files != null) {
                files.close();
            }
            remove(list);
            throw e;
        }
    }

    /** Id of a flow: the same for the same unchanged files between the same ends. */
    static FlowId flowId(String use, NodeId from, NodeId to, FilesOffer offer) {
        return FlowId.of(Job.hash(use, from.value(), to.value(), offer.name(), HexFormat.of().formatHex(offer.manifestHash())));
    }

    private static String label(String offered, FlowId id) {
        return LABEL.matcher(offered).matches() ? offered : id.hex().substring(0, 12);
    }

    private FlowOutcome cancelled() {
        return FlowOutcome.cancelled("cancelled at " + node.peers().self());
    }

    private void track(TrackedTransfer transfer, CompletableFuture<FlowOutcome> end, Runnable cancel) {
        log.add(transfer);
        node.ticker().add(transfer);
        transfer.onCancel(cancel);
        end.whenComplete((how, _) -> {
            node.ticker().remove(transfer);
            transfer.end(how);
            LOG.info("transfer id={} direction={} peer={} name={} state={} bytes={} why={}", transfer.id(), transfer.direction(),
                    transfer.status().peer(), transfer.status().name(), how.state(), transfer.status().bytes(), how.why());
        });
    }

    private static void remove(Path list) {
        try {
            Files.deleteIfExists(list);
        } catch (IOException e) {
            LOG.debug("list {} not removed: {}", list, e.toString());
        }
    }
}
