// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.file.Disk;
import org.dwcp.migration.file.FileSink;
import org.dwcp.migration.file.FileSource;
import org.dwcp.migration.file.FilesOffer;
import org.dwcp.migration.file.ManifestWriter;
import org.dwcp.migration.file.SinkHost;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.FlowKind;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.FlowOutcome;
import org.dwcp.migration.flow.FlowProgress;
import org.dwcp.migration.flow.FlowReceiver;
import org.dwcp.migration.flow.FlowSender;
import org.dwcp.migration.flow.Message;
import org.dwcp.migration.image.ImageName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packs as flows of kind {@code image}: each is a file that lands in the depot under the flow's id and stays there until it is taken. A flow's id
 * follows from what is in the pack and who gets it, so that the same pack resumes.
 */
public final class PackFlows implements FlowKind {
    static final String KIND = "image";
    /** Ends what a peer says whose pack is gone: it is made again from the same question. */
    static final String GONE = "any more; pull the image again";
    private static final Pattern KEY = Pattern.compile("[0-9a-f]{32}");
    private static final Logger LOG = LoggerFactory.getLogger(PackFlows.class);

    private final FlowNode node;
    private final Depot depot;
    private final Prepared prepared;
    private final SinkHost host;
    private final AtomicLong lists = new AtomicLong();

    public PackFlows(FlowNode node, Depot depot, Disk disk) {
        this.node = node;
        this.depot = depot;
        prepared = depot.prepared();
        host = new SinkHost(disk, node.peers().self().value(), node.threads());
    }

    /** Name of what a pack holds: the same words, versions and bits give the same. */
    static FlowId key(String use, NodeId to, String name, ChunkId version, ChunkId base, byte[] bits) {
        MessageDigest digest = ChunkId.sha256();
        for (String text : new String[] {use, to.value(), name}) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            digest.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
            digest.update(bytes);
        }
        ByteBuffer ids = ByteBuffer.allocate(2 * ChunkId.BYTES);
        version.write(ids);
        base.write(ids);
        digest.update(ids.flip());
        digest.update(bits);
        return FlowId.of(digest.digest());
    }

    /** Gives a pack a time that is the same when it is made again: the offer of a flow names it. */
    static void stamp(Path pack, long timeMs) throws IOException {
        Files.setLastModifiedTime(pack, FileTime.fromMillis(timeMs / 1_000 * 1_000));
    }

    @Override
    public String name() {
        return KIND;
    }

    @Override
    public FlowReceiver accept(NodeId peer, Message.Offer offer) throws IOException {
        FilesOffer pack = checked(offer);
        depot.store().chunks().requireRoom(pack.bytes());
        FlowReceiver receiver = receiver(peer, offer, pack, new FlowProgress());
        receiver.end().thenAccept(how -> LOG.info("pack image={} peer={} flow={} state={} bytes={} why={}", pack.name(), peer, offer.id().hex(), how.state(),
                pack.bytes(), how.why()));
        return receiver;
    }

    private static FilesOffer checked(Message.Offer offer) {
        FilesOffer pack = FilesOffer.read(offer.meta());
        ImageName.check(pack.name());
        if (pack.entries() != 1 || pack.files() != 1 || offer.total() != pack.total()) {
            throw new TransferException(Kind.REJECTED, "offer of an image has " + pack.entries() + " files and " + offer.total() + " bytes; a pack is one file");
        }
        return pack;
    }

    private FlowReceiver receiver(NodeId peer, Message.Offer offer, FilesOffer pack, FlowProgress progress) throws IOException {
        FileSink sink = FileSink.open(host, depot.incoming(peer, offer.id()), pack, depot.incoming(), peer + "-" + offer.id().hex(), Optional.empty());
        return new FlowReceiver(node, peer, offer.label(), offer.total(), sink, progress).start();
    }

    /** Takes the pack that this node has asked for. */
    FlowReceiver wanted(NodeId peer, Message.Offer offer, FlowProgress progress) throws IOException {
        return receiver(peer, offer, checked(offer), progress);
    }

    @Override
    public FlowSender serve(NodeId peer, Message.Want want) throws IOException {
        String key = new String(want.meta(), StandardCharsets.ISO_8859_1);
        Prepared.Pack pack = Optional.of(key).filter(text -> KEY.matcher(text).matches()).flatMap(text -> prepared.find(peer, text))
                .orElseThrow(() -> new TransferException(Kind.REJECTED, "the pack is not at " + node.peers().self() + " " + GONE));
        FlowId id = FlowId.of(HexFormat.of().parseHex(key));
        FlowSender sender = send(peer, id, want.label(), pack.packed().name(), pack.file(), new FlowProgress());
        sender.end().thenAccept(how -> {
            if (how.state() == FlowOutcome.State.DONE) {
                prepared.done(key);
            }
        });
        return sender;
    }

    /** Begins to send a pack. */
    FlowSender send(NodeId peer, FlowId id, String label, String name, Path pack, FlowProgress progress) throws IOException {
        Path list = depot.out().resolve("list-" + lists.incrementAndGet());
        FileSource source = null;
        try {
            FilesOffer offer = ManifestWriter.write(pack, name, list, () -> Thread.currentThread().isInterrupted());
            source = new FileSource(pack, node.peers().self().value(), list, offer);
            FlowSender sender = new FlowSender(node, peer, id, KIND, label, offer.write(), source, progress).start();
            sender.end().whenComplete((_, _) -> remove(list));
            return sender;
        } catch (IOException | DwcpException e) {
            if (source != null) {
                source.close();
            }
            remove(list);
            throw e;
        }
    }

    private static void remove(Path list) {
        try {
            Files.deleteIfExists(list);
        } catch (IOException e) {
            LOG.debug("list {} not removed: {}", list, e.toString());
        }
    }
}
