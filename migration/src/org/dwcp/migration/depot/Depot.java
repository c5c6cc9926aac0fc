// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.chunk.ChunkStore;
import org.dwcp.migration.chunk.StoreDisk;
import org.dwcp.migration.file.PartFolder;
import org.dwcp.migration.file.Trees;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.Texts;
import org.dwcp.migration.flow.Threads;
import org.dwcp.migration.image.ImageStore;
import org.dwcp.migration.pin.Pins;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node keeps of images, in {@code data/migration/images}: {@code store} with chunks and versions, {@code incoming} with packs that came or are
 * coming, {@code out} with packs that go, {@code jobs} with orders, {@code pins} with what is to stay. The store is opened when it is first asked for. Thread-safe.
 */
public final class Depot implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Depot.class);

    private final NodeClock clock;
    private final Path folder;
    private final Threads threads = new Threads();
    private final Works works = new Works(threads);
    private final Prepared prepared = new Prepared(this);
    private volatile DepotSettings settings;
    private ImageStore store;
    private Pins pins;
    private boolean closed;

    /** Makes one in the node's data folder. */
    public Depot(NodeClock clock, NodeFolders folders, DepotSettings settings) {
        this.clock = clock;
        this.settings = settings;
        folder = folders.data("migration").resolve("images");
    }

    /** Changes the limits; what is there already stays. */
    public synchronized void apply(DepotSettings changed) {
        settings = changed;
        if (store != null) {
            store.chunks().apply(changed.store());
        }
    }

    NodeClock clock() {
        return clock;
    }

    Threads threads() {
        return threads;
    }

    Works works() {
        return works;
    }

    Prepared prepared() {
        return prepared;
    }

    Path jobs() {
        return folder.resolve("jobs");
    }

    Path incoming() {
        return folder.resolve("incoming");
    }

    /** Where the pack of a flow lands. */
    Path incoming(NodeId peer, FlowId flow) {
        return incoming().resolve(peer + "-" + flow.hex());
    }

    Path out() {
        return folder.resolve("out");
    }

    /**
     * The store, opened if it is not.
     *
     * @throws TransferException of kind UNAVAILABLE when it cannot be opened
     */
    public synchronized ImageStore store() {
        if (closed) {
            throw new TransferException(Kind.RETRY, "images are being stopped on this node; try again when it is up");
        }
        if (store == null) {
            try {
                Files.createDirectories(incoming());
                Trees.remove(out()); // a pack is made again from what it was made of
                Files.createDirectories(out());
                prune();
                Pins known = pins();
                ImageStore opened = new ImageStore(StoreDisk.REAL, new ChunkStore(StoreDisk.REAL, folder.resolve("store"), settings.store()));
                opened.chunks().versions().keep(version -> known.of(version.name(), version.sha256().hex()).isPresent());
                store = opened;
            } catch (IOException e) {
                throw new TransferException(Kind.UNAVAILABLE, "images cannot be opened: " + Texts.of(e), e);
            }
        }
        return store;
    }

    /**
     * What is to stay, read when it is first asked for.
     *
     * @throws TransferException when it cannot be read
     */
    public synchronized Pins pins() {
        if (pins == null) {
            pins = new Pins(clock, folder.resolve("pins"));
        }
        return pins;
    }

    /** Removes what nobody came back for. A pack has a time of its own, so the file system's note of its last change counts. */
    private void prune() throws IOException {
        Instant before = clock.now().minus(Duration.ofDays(settings.partDaysMax()));
        int old = PartFolder.prune(incoming(), before);
        try (DirectoryStream<Path> packs = Files.newDirectoryStream(incoming(), Files::isRegularFile)) {
            for (Path pack : packs) {
                if (Files.getAttribute(pack, "unix:ctime") instanceof FileTime changed && changed.toInstant().isBefore(before)) {
                    Files.delete(pack);
                    old++;
                }
            }
        }
        if (old > 0) {
            LOG.info("images packs.removed={} reason=older than {} days", old, settings.partDaysMax());
        }
    }

    /** Says what a failure of the disk means to people. */
    static TransferException explained(IOException e, Path where) {
        String said = Texts.of(e);
        if (said.contains("No space left") || said.contains("quota")) {
            return new TransferException(Kind.REJECTED, "disk is full at " + where + ": " + said + "; make room and give the same command again", e);
        }
        return new TransferException(Kind.UNAVAILABLE, said, e);
    }

    /** Ends all work and closes the store; twice is fine. Ends within 2 s. */
    @Override
    public void close() {
        ImageStore open;
        synchronized (this) {
            closed = true;
            open = store;
            store = null;
        }
        works.stop();
        threads.stop(Duration.ofMillis(1_500));
        if (open != null) {
            try {
                open.chunks().close();
            } catch (IOException e) {
                LOG.warn("chunk store not closed: {}", Texts.of(e));
            }
        }
    }
}
