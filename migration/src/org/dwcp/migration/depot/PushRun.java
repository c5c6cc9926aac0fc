// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.image.ImageStatus.Step;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.Recipe;
import org.dwcp.migration.chunk.StoreDisk;
import org.dwcp.migration.chunk.Version;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.FlowSender;
import org.dwcp.migration.flow.FlowSink;
import org.dwcp.migration.flow.Outgoing;
import org.dwcp.migration.image.Baseline;
import org.dwcp.migration.image.ImagePack;
import org.dwcp.migration.image.ImageStore;
import org.dwcp.migration.image.disk.ImageSource;
import org.dwcp.migration.image.disk.ImageSources;

/**
 * Makes a file a version at a peer: scans it, asks what the peer has, packs the rest, sends that, and has the peer check all of it. When the peer turns
 * out to lack or to have lost what it said it had, everything goes once.
 */
final class PushRun extends ImageRun {
    private final Path pack;
    private final long number;
    /** True when the last try counted on something that the peer said it has. */
    private boolean packedKnown;

    PushRun(Tools tools, ImageJob job, long number) {
        super(tools, job);
        this.number = number;
        pack = tools.depot().out().resolve("push-" + job.id() + "-" + Long.toHexString(number));
    }

    @Override
    void work() throws IOException, InterruptedException {
        tools.depot().store(); // its folders
        ImageSource.Stamp before;
        Recipe recipe;
        try (ImageSource source = ImageSources.open(job.local(), job.format())) {
            before = source.stamp();
            step(Step.SCAN, source.bytes());
            recipe = ImageStore.scan(source, job.name(), this::progress);
            requireSame(before, source);
        }
        version = recipe.version().sha256().hex();
        packed = new ImagePack.Packed(job.name(), recipe.version().sha256(), recipe.version().bytes(), data(recipe), 0, 0);
        try {
            try {
                push(recipe, before, false);
            } catch (TransferException e) {
                if (e.kind() != Kind.RETRY || !packedKnown) {
                    throw e;
                }
                progress(0); // a cancel ends here
                push(recipe, before, true);
            }
        } finally {
            Files.deleteIfExists(pack);
        }
    }

    private void requireSame(ImageSource.Stamp before, ImageSource source) throws IOException {
        if (!source.stamp().equals(before)) {
            throw new TransferException(Kind.REJECTED, job.local() + " changed while it was pushed; stop what writes to it, or take a snapshot and push that");
        }
    }

    private static long data(Recipe recipe) {
        long sum = 0;
        for (int i = 0; i < recipe.count(); i++) {
            sum += recipe.length(i);
        }
        return sum;
    }

    private void push(Recipe recipe, ImageSource.Stamp before, boolean whole) throws IOException, InterruptedException {
        step(Step.ASK, 0);
        packedKnown = false;
        Asking.Kept kept = Asking.list(this::ask, job.name());
        boolean there = kept.versions().stream().anyMatch(other -> other.sha256().equals(recipe.version().sha256()));
        if (there && !whole) {
            packedKnown = true;
            take(recipe, FlowId.NONE);
            return;
        }
        Optional<Baseline> base = whole ? Optional.empty() : base(kept);
        BitSet known = new BitSet();
        if (!whole && kept.chunks() > 0) {
            BitSet based = new BitSet();
            base.ifPresent(version -> version.places(recipe, based));
            known = Asking.have(this::ask, recipe, based);
            packedKnown = !based.isEmpty() || !known.isEmpty();
        }
        step(Step.PACK, recipe.version().bytes());
        try (ImageSource source = ImageSources.open(job.local(), job.format())) {
            packed = ImageStore.pack(StoreDisk.REAL, source, recipe, new ImagePack.Known(base, known), pack, ImageStore.LEVEL, this::progress);
            requireSame(before, source);
        }
        PackFlows.stamp(pack, before.time().toMillis());
        FlowId id = PackFlows.key("push", job.peer(), job.name(), recipe.version().sha256(), base.map(Baseline::sha256).orElse(ChunkId.NONE),
                known.toByteArray());
        step(Step.SEND, packed.packBytes());
        FlowSender sender = tools.flows().send(job.peer(), id, job.id(), job.name(), pack, flow);
        Outgoing.connect(tools.node(), job.peer(), job.patience(), sender, flow);
        await(sender.end(), how -> sender.cancel(how, FlowSink.Fate.KEEP), sender::suspend);
        take(recipe, id);
    }

    /** The peer's newest version of this name, whose chunks' ids this node knows or asks for. */
    private Optional<Baseline> base(Asking.Kept kept) throws IOException, InterruptedException {
        if (kept.versions().isEmpty() || kept.versions().getFirst().chunks() == 0) {
            return Optional.empty();
        }
        Version newest = kept.versions().getFirst();
        var own = tools.depot().store().chunks().versions();
        Optional<Version> same = own.find(newest.name(), newest.sha256());
        return Optional.of(same.isPresent() && same.get().chunks() == newest.chunks() ? Baseline.of(own.recipe(same.get()))
                : new Baseline(newest.name(), newest.sha256(), Asking.outline(this::ask, newest, 8)));
    }

    private void take(Recipe recipe, FlowId id) throws InterruptedException {
        step(Step.CHECK, recipe.version().bytes());
        var question = Asking.work(ImageWire.TAKE, number + (packedKnown ? 0 : 1), job.name(), ChunkId.BYTES + 24);
        recipe.version().sha256().write(question);
        have(question.putLong(id.high()).putLong(id.low()).putLong(recipe.version().bytes()).array());
        step(Step.CHECK, recipe.version().bytes());
    }
}
