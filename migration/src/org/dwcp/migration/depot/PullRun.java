// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.image.ImageStatus.Step;
import org.dwcp.api.image.Images.Existing;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.chunk.ChunkId;
import org.dwcp.migration.chunk.ChunkLostException;
import org.dwcp.migration.chunk.ChunkStore;
import org.dwcp.migration.chunk.StoreDisk;
import org.dwcp.migration.chunk.Version;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.FlowOutcome;
import org.dwcp.migration.flow.Wanted;
import org.dwcp.migration.image.ImagePack;
import org.dwcp.migration.image.ImageStore;
import org.dwcp.migration.image.disk.ImageTarget;
import org.dwcp.migration.image.disk.ImageTargets;

/**
 * Writes a peer's newest version of an image into a file: tells the peer what is here, fetches a pack of the rest, takes it into the store, and writes
 * the file out of that. When something that was here turns out to be damaged, everything comes once.
 */
final class PullRun extends ImageRun {
    private static final int TRIES = 3;
    private final long number;

    PullRun(Tools tools, ImageJob job, long number) {
        super(tools, job);
        this.number = number;
    }

    @Override
    void work() throws IOException, InterruptedException {
        boolean device = job.existing() == Existing.OVERWRITE; // it is held from now on, so that it stays free and the same one
        try (ImageTarget target = device ? ImageTargets.device(job.local()) : ImageTargets.file(StoreDisk.REAL, job.local(), job.format())) {
            pull(tools.depot().store(), target);
        }
    }

    private void pull(ImageStore store, ImageTarget target) throws IOException, InterruptedException {
        step(Step.ASK, 0);
        requireFree();
        Version wanted = newest();
        version = wanted.sha256().hex();
        packed = new ImagePack.Packed(job.name(), wanted.sha256(), wanted.bytes(), 0, 0, 0);
        if (job.existing() == Existing.OVERWRITE) {
            ImageTargets.requireRoom(job.local(), wanted.bytes());
        }
        Optional<Version> own = store.chunks().versions().find(wanted.name(), wanted.sha256());
        boolean whole = false;
        if (own.isPresent()) {
            try {
                step(Step.CHECK, wanted.bytes());
                store.restore(own.get(), target, this::progress);
                return;
            } catch (ChunkLostException _) {
                whole = true; // what is damaged here comes again
            }
        }
        for (int round = 1;; round++) {
            try {
                pull(store, wanted, target, whole, number + round);
                return;
            } catch (ChunkLostException | TransferException e) {
                if (round == TRIES || e instanceof TransferException refused && refused.kind() != Kind.RETRY && !isGone(e)) {
                    throw e;
                }
                progress(0); // a cancel ends here
                whole |= !isGone(e);
            }
        }
    }

    /** The peer was started again, or others have asked for much meanwhile. */
    private static boolean isGone(Exception e) {
        return String.valueOf(e.getMessage()).endsWith(PackFlows.GONE);
    }

    private void requireFree() {
        if (job.existing() == Existing.REFUSE && Files.exists(job.local(), LinkOption.NOFOLLOW_LINKS)) {
            throw new TransferException(Kind.REJECTED, job.local() + " is there already; name another file, or say --replace");
        }
    }

    private Version newest() throws InterruptedException {
        List<Version> versions = Asking.list(this::ask, job.name()).versions();
        if (versions.isEmpty()) {
            List<String> names = Asking.list(this::ask, "").versions().stream().map(Version::name).distinct().limit(20).toList();
            throw new TransferException(Kind.REJECTED, "there is no image '" + job.name() + "' at " + job.peer() + "; there is " + names);
        }
        return versions.getFirst();
    }

    private void pull(ImageStore store, Version wanted, ImageTarget target, boolean whole, long order) throws IOException, InterruptedException {
        step(Step.ASK, 0);
        Optional<Version> base = whole ? Optional.empty() : common(store);
        BitSet known = whole || base.isPresent() || store.chunks().chunks() == 0 ? new BitSet() : known(store.chunks(), wanted);
        byte[] bits = known.toByteArray();
        ByteBuffer question = Asking.work(ImageWire.PREPARE, order, job.name(), 2 * ChunkId.BYTES + ImageWire.size(job.name()) + 5 + bits.length);
        wanted.sha256().write(question);
        question.put((byte) (base.isPresent() ? 1 : 0));
        if (base.isPresent()) {
            ImageWire.text(question, base.get().name());
            base.get().sha256().write(question);
        }
        step(Step.PACK, wanted.bytes());
        ByteBuffer answer = have(ImageWire.bytes(question.putInt(bits.length).put(bits)));
        String key = ImageWire.text(answer, 32);
        packed = new ImagePack.Packed(job.name(), wanted.sha256(), answer.getLong(), answer.getLong(), answer.getLong(), answer.getLong());
        FlowId[] id = {FlowId.NONE};
        step(Step.SEND, packed.packBytes());
        Wanted flowWanted = new Wanted(tools.node(), job.peer(), PackFlows.KIND, job.id(), key.getBytes(StandardCharsets.ISO_8859_1), offer -> {
            id[0] = offer.id();
            return tools.flows().wanted(job.peer(), offer, flow);
        }, flow).start(job.patience());
        await(flowWanted.end(), flowWanted::cancel, () -> flowWanted.cancel(FlowOutcome.SUSPENDED));
        step(Step.CHECK, wanted.bytes());
        Path pack = tools.depot().incoming(job.peer(), id[0]);
        requireFree();
        try {
            store.take(pack, job.name(), Optional.of(target), tools.depot().clock().now().toEpochMilli(), this::progress);
        } finally {
            if (!stops()) {
                Files.deleteIfExists(pack);
            }
        }
    }

    /** The newest version of this name that both ends have. */
    private Optional<Version> common(ImageStore store) throws InterruptedException {
        List<Version> theirs = Asking.list(this::ask, job.name()).versions();
        return store.chunks().versions().list(job.name()).stream().filter(mine -> mine.chunks() > 0
                && theirs.stream().anyMatch(other -> other.sha256().equals(mine.sha256()))).findFirst();
    }

    private BitSet known(ChunkStore chunks, Version wanted) throws InterruptedException {
        long[] halves = Asking.outline(this::ask, wanted, 16);
        BitSet known = new BitSet();
        for (int i = 0; i < halves.length; i += 2) {
            known.set(i / 2, chunks.contains(new ChunkId(halves[i], halves[i + 1], 0, 0)));
        }
        return known;
    }
}
