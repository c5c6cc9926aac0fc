// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.image.ImageStatus.Action;
import org.dwcp.api.image.ImageTask;
import org.dwcp.api.image.ImageVersion;
import org.dwcp.api.image.Images;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.migration.chunk.Version;
import org.dwcp.migration.chunk.Versions;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.Texts;
import org.dwcp.migration.image.ImageName;
import org.dwcp.migration.image.disk.BlockDevice;
import org.dwcp.migration.image.disk.ImageSource;
import org.dwcp.migration.image.disk.ImageSources;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pushes, pulls and checks that were ordered at this node. A push or a pull is written to disk before it runs and removed when it is over, so a node
 * that was killed or stopped goes on with it. Thread-safe.
 */
public final class ImageOrders implements Images, AutoCloseable {
    /** Most that run at once. Source: chosen; each takes a core while it scans or packs. */
    static final int RUNNING_MAX = 8;
    private static final Duration LIST_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration STOP = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(ImageOrders.class);

    private final ImageRun.Tools tools;
    private final RandomGenerator numbers;
    private final Map<String, ImageRun> runs = new LinkedHashMap<>();
    private boolean closed;

    /** Goes on with the orders found on disk. */
    public ImageOrders(FlowNode node, Calls calls, Depot depot, PackFlows flows) {
        tools = new ImageRun.Tools(node, calls, depot, flows);
        numbers = node.random().stream("images");
        restore();
    }

    private void restore() {
        Path jobs = tools.depot().jobs();
        if (!Files.isDirectory(jobs)) {
            return;
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(jobs, "*.job")) {
            for (Path file : found) {
                try {
                    ImageJob job = ImageJob.load(file);
                    LOG.info("image id={} action={} peer={} name={} resumed after a restart", job.id(), job.action(), job.peer(), job.name());
                    begin(job);
                } catch (IOException | DwcpException e) {
                    LOG.warn("order file={} not resumed: {}", file, e.getMessage());
                }
            }
        } catch (IOException e) {
            LOG.warn("orders folder={} not read: {}", jobs, Texts.of(e));
        }
    }

    @Override
    public ImageTask push(Path image, Format format, NodeId peer, String name, Duration patience) {
        checkPatience(patience);
        Path real;
        try {
            real = image.toRealPath();
        } catch (IOException _) {
            throw new TransferException(Kind.REJECTED, image + " cannot be pushed: there is no such file");
        }
        if (!Files.isReadable(real) || Files.isDirectory(real)) {
            throw new TransferException(Kind.REJECTED, image + " cannot be pushed: it is no readable file; a folder goes with dwcp send");
        }
        requirePeer(peer);
        try (ImageSource source = ImageSources.open(real, format)) {
            source.stamp(); // what cannot be watched or read is refused now
        } catch (IOException e) {
            throw new TransferException(Kind.REJECTED, image + " cannot be pushed: " + Texts.of(e), e);
        }
        String given = name.isEmpty() ? real.getFileName().toString() : name;
        return order(new ImageJob(Action.PUSH, peer, real, ImageName.check(given), format, Existing.REPLACE, patience));
    }

    @Override
    public ImageTask pull(NodeId peer, String name, Path target, Format format, Existing existing, Duration patience) {
        checkPatience(patience);
        ImageName.check(name);
        requirePeer(peer);
        Path last;
        try {
            last = existing == Existing.OVERWRITE || BlockDevice.is(target) ? device(target, format, existing) : file(target, name, format, existing);
        } catch (IOException e) {
            throw new TransferException(Kind.REJECTED, target + " cannot be written: " + Texts.of(e), e);
        }
        return order(new ImageJob(Action.PULL, peer, last, name, format, existing, patience));
    }

    private static Path device(Path target, Format format, Existing existing) throws IOException {
        if (!BlockDevice.is(target)) {
            throw new TransferException(Kind.REJECTED, target + " is no block device; --overwrite is for those only");
        }
        if (existing != Existing.OVERWRITE) {
            throw new TransferException(Kind.REJECTED, target + " is a block device, and all that it holds would be lost; say --overwrite if that is meant");
        }
        if (format == Format.QCOW2) {
            throw new TransferException(Kind.REJECTED, target + " is a block device, which is written raw; name a file, or say no --format");
        }
        return target.toRealPath();
    }

    private static Path file(Path target, String name, Format format, Existing existing) {
        Path last = target.toAbsolutePath().normalize();
        if (Files.isDirectory(last)) {
            last = last.resolve(name);
        }
        Path parent = last.getParent();
        if (parent == null || !Files.isDirectory(parent) || !Files.isWritable(parent)) {
            throw new TransferException(Kind.REJECTED, parent + " is no folder that can be written; name another target");
        }
        if (Files.exists(last, LinkOption.NOFOLLOW_LINKS) && (existing == Existing.REFUSE || !Files.isRegularFile(last))) {
            throw new TransferException(Kind.REJECTED, last + (Files.isRegularFile(last) ? " is there already; name another file, or say --replace"
                    : " is no regular file; name another target"));
        }
        if (format == Format.AUTO && ImageSources.isNamedQcow2(last)) {
            throw new TransferException(Kind.REJECTED, last + " is named like a qcow2 image; say --format qcow2, or --format raw to write it raw all the same");
        }
        return last;
    }

    @Override
    public ImageTask verify(NodeId node, String name) {
        ImageName.check(name);
        if (!node.equals(self())) {
            requirePeer(node);
        }
        return order(new ImageJob(Action.VERIFY, node, Path.of(""), name, Format.AUTO, Existing.REFUSE, LIST_TIMEOUT));
    }

    private static void checkPatience(Duration patience) {
        new TransferOptions("", patience); // the same limits
    }

    private NodeId self() {
        return tools.node().peers().self();
    }

    private void requirePeer(NodeId peer) {
        if (peer.equals(self())) {
            throw new TransferException(Kind.REJECTED, peer + " is this node itself; name a peer");
        }
        tools.node().requireKnown(peer);
    }

    private Path file(ImageJob job) {
        return tools.depot().jobs().resolve(job.id() + ".job");
    }

    private ImageTask order(ImageJob job) {
        synchronized (runs) {
            ImageRun same = runs.get(job.id());
            if (same != null && !same.isOver()) {
                return same;
            }
            if (runs.size() >= RUNNING_MAX) {
                throw new TransferException(Kind.RETRY, runs.size() + " images are worked on already; try again later");
            }
            if (job.isKept()) {
                try {
                    Files.createDirectories(tools.depot().jobs());
                    job.save(file(job));
                } catch (IOException e) {
                    throw new TransferException(Kind.UNAVAILABLE, "the order cannot be written: " + Texts.of(e));
                }
            }
            return begin(job);
        }
    }

    private ImageRun begin(ImageJob job) {
        synchronized (runs) {
            if (closed) {
                throw new TransferException(Kind.UNAVAILABLE, "images are being stopped on this node; try again when it is up");
            }
            // Below what separates two orders lie the numbers of the tries of one.
            long number = numbers.nextLong() & ~0xffL;
            ImageRun run = switch (job.action()) {
                case PUSH -> new PushRun(tools, job, number);
                case PULL -> new PullRun(tools, job, number);
                case VERIFY -> new VerifyRun(tools, job, number);
            };
            runs.put(job.id(), run);
            tools.depot().threads().startPlatform("image", () -> {
                boolean over = false;
                try {
                    over = run.run();
                } finally {
                    over(job, run, over);
                }
            });
            return run;
        }
    }

    private void over(ImageJob job, ImageRun run, boolean over) {
        synchronized (runs) {
            if (over && runs.get(job.id()) == run) {
                try {
                    Files.deleteIfExists(file(job));
                } catch (IOException e) {
                    LOG.warn("order id={} not removed, it will run again after a restart: {}", job.id(), Texts.of(e));
                }
            }
            runs.remove(job.id(), run);
        }
    }

    @Override
    public List<ImageVersion> list(NodeId node) {
        if (!node.equals(self())) {
            requirePeer(node);
        }
        try {
            return Asking.list(question -> tools.calls().call(node, ImageWire.METHOD, question, LIST_TIMEOUT), "").versions().stream()
                    .map(version -> new ImageVersion(version.name(), version.sha256().hex(), version.bytes(), version.chunks(),
                            Instant.ofEpochMilli(version.createdMs()))).toList();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransferException(Kind.RETRY, "interrupted while " + node + " was asked");
        }
    }

    @Override
    public int remove(String name, String sha256) {
        ImageName.check(name);
        Versions versions = tools.depot().store().chunks().versions();
        List<Version> all = versions.list(name);
        if (!sha256.isEmpty()) {
            ImageName.checkDigits(sha256);
        }
        List<Version> found = all.stream().filter(version -> version.sha256().hex().startsWith(sha256)).toList();
        if (all.isEmpty()) {
            throw DepotAnswers.unknown(tools.depot(), name);
        }
        if (found.isEmpty() || !sha256.isEmpty() && found.size() > 1) {
            throw new TransferException(Kind.REJECTED, (found.isEmpty() ? "no version" : found.size() + " versions") + " of image '" + name + "' begin with "
                    + sha256 + "; there is " + all.stream().map(Version::sha256).toList());
        }
        for (Version version : found) {
            tools.depot().pins().of(name, version.sha256().hex()).ifPresent(pin -> {
                throw new TransferException(Kind.REJECTED, "version " + version.sha256() + " of image '" + name + "' is pinned by " + pin.by() + (pin.note().isEmpty() ? "" : " (" + pin.note()
                        + ")") + "; nothing was removed. baselines unpin " + name + " " + version.sha256() + " takes the pin back");
            });
        }
        int removed = 0;
        try {
            for (Version version : found) {
                if (!versions.remove(version)) {
                    throw new TransferException(Kind.RETRY, "version " + version.sha256() + " of image '" + name + "' is in use; try again later");
                }
                removed++;
            }
            tools.depot().store().chunks().collect();
        } catch (IOException e) {
            throw Depot.explained(e, tools.depot().out());
        }
        return removed;
    }

    /** Suspends what runs; orders stay on disk. Close the depot then. */
    @Override
    public void close() {
        List<ImageRun> left;
        synchronized (runs) {
            closed = true;
            left = List.copyOf(runs.values());
        }
        left.forEach(ImageRun::suspend);
        for (ImageRun run : left) {
            run.await(STOP.dividedBy(left.size()));
        }
    }
}
