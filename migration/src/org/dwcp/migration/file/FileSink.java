// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.stream.Stream;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.Crc32c;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.flow.FlowSink;
import org.dwcp.migration.flow.Ranges;
import org.dwcp.migration.flow.Texts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes files and folders. Bytes go to their place in the part folder as they come; a {@link HashCursor} follows; when every hash is right all is
 * made durable and renamed to the target in one step. What exists under the target's name is never replaced: when it may be the same content, only
 * hashes travel and are compared with it.
 */
public final class FileSink implements FlowSink {
    private static final Logger LOG = LoggerFactory.getLogger(FileSink.class);

    private enum Mode {
        /** Bytes are collected. */
        COLLECT,
        /** The target exists and is compared. */
        COMPARE,
        /** It was all done before. */
        DONE
    }

    private final SinkHost host;
    private final Path target;
    private final FilesOffer offer;
    private final PartFolder part;
    private final String key;
    private final Optional<DoneMarks> marks;
    private final Ranges have = new Ranges();
    private Mode mode = Mode.COLLECT;
    private volatile Manifest manifest;
    private long manifestWritten;
    private RangeJournal journal;
    private HashCursor cursor;
    private boolean discard;
    private boolean closed;

    private FileSink(SinkHost host, Path target, FilesOffer offer, Path beside, String key, Optional<DoneMarks> marks) {
        this.host = host;
        this.key = key;
        this.marks = marks;
        this.target = target;
        this.offer = offer;
        part = new PartFolder(host.disk(), beside, key);
    }

    /**
     * Opens the part folder and looks what is there from an earlier try.
     *
     * @param host   what it needs of its node
     * @param target final path; does not exist, or is compared
     * @param beside folder on the target's file system that gets the part folder
     * @param key    name of the part folder, the same for each try
     * @param marks  remembers what is done; empty when nobody would ask
     * @throws TransferException of kind REJECTED when the target has other content or the disk is too small
     */
    public static FileSink open(SinkHost host, Path target, FilesOffer offer, Path beside, String key, Optional<DoneMarks> marks) throws IOException {
        FileSink sink = new FileSink(host, target, offer, beside, key, marks);
        try {
            sink.open();
            return sink;
        } catch (IOException | DwcpException e) {
            sink.close(sink.have.bytes() > offer.manifestBytes() ? Fate.KEEP : Fate.DISCARD);
            throw e;
        }
    }

    private void open() throws IOException {
        if (marks.filter(known -> known.has(key, target)).isPresent()) {
            mode = Mode.DONE;
            have.add(0, offer.total());
            return;
        }
        part.create();
        if (offer.inline().length > 0 && !Manifest.isAt(part.manifest(), offer)) {
            part.clear();
            Trees.replace(part.manifest(), offer.inline());
        }
        if (Manifest.isAt(part.manifest(), offer)) {
            openManifest();
        } else {
            part.clear();
        }
        if (mode == Mode.COLLECT) {
            recall();
            requireSpace();
            journal = new RangeJournal(host.disk(), part.journal());
        }
    }

    private void openManifest() throws IOException {
        Manifest opened = Manifest.open(part.manifest(), offer);
        manifest = opened;
        manifestWritten = offer.manifestBytes();
        have.add(0, offer.manifestBytes());
        if (SafeName.exists(target)) {
            requireLikeTarget(opened);
            mode = Mode.COMPARE;
            for (int i = 0; i < opened.count(); i++) {
                Item item = opened.item(i);
                long start = offer.manifestBytes() + item.start();
                have.add(start, start + item.size());
            }
        }
        cursor = new HashCursor(opened, offer.manifestBytes(), part, mode == Mode.COMPARE ? this::targetPath : part::path, this::compared);
    }

    private Path targetPath(Item item) {
        return item.path().isEmpty() ? target : target.resolve(item.path());
    }

    private void requireLikeTarget(Manifest opened) throws IOException {
        boolean like;
        try (Stream<Path> there = Files.walk(target)) {
            like = there.limit(offer.entries() + 1L).count() == offer.entries();
        }
        for (int i = 0; like && i < opened.count(); i++) {
            like = HashCursor.looksLike(opened.item(i), targetPath(opened.item(i)));
        }
        if (!like) {
            throw occupied();
        }
    }

    private TransferException occupied() {
        return new TransferException(Kind.REJECTED, String.format("'%s' exists at %s with other content; use another name (--as NAME) or remove it there",
                offer.name(), host.self()));
    }

    /** Takes over the pieces that the journal names and that are still right. */
    private void recall() throws IOException {
        if (manifest == null) {
            return;
        }
        long[] lost = new long[1];
        RangeJournal.scan(part.journal(), (offset, bytes, checksum) -> {
            if (offset >= offer.manifestBytes() && bytes > 0 && offset + bytes <= offer.total() && isThere(offset, bytes, checksum)) {
                have.add(offset, offset + bytes);
            } else {
                lost[0]++;
            }
        });
        if (lost[0] > 0) {
            LOG.info("resume name={} pieces.lost={} reason=checksum", offer.name(), lost[0]);
        }
    }

    private boolean isThere(long offset, int bytes, int checksum) {
        ByteBuffer piece = ByteBuffer.allocate(bytes);
        try {
            each(offset, piece, (item, within, slice) -> {
                if (within < item.size()) {
                    try (FileChannel file = FileChannel.open(part.path(item), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
                        PartFolder.readFully(file, within, slice);
                    }
                } else {
                    part.readHash(item, (int) (within - item.size()), slice);
                }
            });
        } catch (IOException _) {
            return false; // not there any more: it comes again
        }
        return Crc32c.of(piece.rewind()) == checksum;
    }

    private void requireSpace() throws IOException {
        long needed = offer.total() - have.bytes();
        long free = host.disk().usableBytes(part.folder());
        if (needed > free) {
            throw full(needed, free, null);
        }
    }

    private TransferException full(long needed, long free, IOException cause) {
        return new TransferException(Kind.REJECTED, String.format("disk of %s is full: %s needed, %s free; make room and send it again, what arrived is kept",
                host.self(), Texts.bytes(needed), Texts.bytes(free)), cause);
    }

    @Override
    public Ranges have() {
        Ranges copy = new Ranges();
        copy.addAll(have.list(0, Integer.MAX_VALUE));
        return copy;
    }

    @Override
    public void write(long offset, ByteBuffer bytes, int checksum) throws IOException {
        int length = bytes.remaining();
        try {
            long split = Math.clamp(offer.manifestBytes() - offset, 0, length);
            if (split > 0) {
                writeManifest(offset, bytes.slice(0, (int) split));
            }
            if (split < length) {
                if (manifest == null) {
                    throw new TransferException(Kind.REJECTED, "contents came before the list of files was whole");
                }
                each(offset + split, bytes.slice((int) split, (int) (length - split)), this::writeItem);
            }
            if (mode == Mode.COLLECT) {
                journal.append(offset, length, checksum);
                have.add(offset, offset + length);
            }
        } catch (IOException e) {
            throw failure(e, length);
        }
    }

    private void writeManifest(long offset, ByteBuffer bytes) throws IOException {
        manifestWritten += bytes.remaining();
        try (FileChannel file = FileChannel.open(part.manifest(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            host.disk().write(file, bytes, offset);
        }
        if (manifestWritten == offer.manifestBytes()) {
            if (SafeName.exists(target)) {
                throw occupied(); // only a small list of files is compared with what exists
            }
            openManifest();
        }
    }

    private void writeItem(Item item, long within, ByteBuffer bytes) throws IOException {
        if (within >= item.size()) {
            part.writeHash(item, (int) (within - item.size()), bytes);
        } else if (mode == Mode.COLLECT) {
            part.write(item, within, bytes);
        }
    }

    /** Cuts a piece of the flow at the borders of files and hashes. */
    private void each(long offset, ByteBuffer bytes, Piece piece) throws IOException {
        long at = offset - offer.manifestBytes();
        while (bytes.hasRemaining()) {
            Item item = manifest.at(at);
            long within = at - item.start();
            long end = within < item.size() ? item.size() : item.span();
            int length = (int) Math.min(bytes.remaining(), end - within);
            piece.at(item, within, bytes.slice(bytes.position(), length));
            bytes.position(bytes.position() + length);
            at += length;
        }
    }

    private interface Piece {
        void at(Item item, long within, ByteBuffer bytes) throws IOException;
    }

    private RuntimeException failure(IOException e, int length) throws IOException {
        long free = host.disk().usableBytes(part.folder());
        String said = String.valueOf(e.getMessage());
        if (said.contains("No space left") || said.contains("not enough space") || said.contains("quota") || free < length) {
            return full(offer.total() - have.bytes(), free, new IOException(said));
        }
        throw e;
    }

    @Override
    public long advance(long contiguous) throws IOException {
        if (mode == Mode.DONE) {
            return offer.files();
        }
        return manifest == null || contiguous < offer.manifestBytes() ? 0 : cursor.advance(contiguous);
    }

    /** A file was hashed; one that is right gets its time and mode. */
    private void compared(Item item, boolean right) throws IOException {
        if (mode == Mode.COMPARE) {
            if (!right) {
                throw occupied();
            }
            return;
        }
        part.close(item.index());
        if (!right) {
            discard = true;
            throw new TransferException(Kind.BROKEN, String.format("SHA-256 of %s at %s is not that of the source; what arrived is removed, send it again",
                    item.path().isEmpty() ? offer.name() : offer.name() + "/" + item.path(), host.self()));
        }
        Path path = part.path(item);
        if (item.size() == 0) {
            part.write(item, 0, ByteBuffer.allocate(0));
            part.close(item.index());
        }
        if (item.executable()) {
            Trees.makeExecutable(path);
        }
        Files.setLastModifiedTime(path, item.modified());
    }

    @Override
    public void finish() throws IOException {
        if (mode == Mode.DONE) {
            return;
        }
        Check.state(cursor != null && cursor.isAtEnd(), "transfer of %s is finished before all files are checked", offer.name());
        if (mode == Mode.COLLECT) {
            part.close();
            try {
                complete();
            } catch (IOException e) {
                throw failure(e, 0);
            }
            Path parent = target.getParent();
            Files.createDirectories(parent);
            if (SafeName.exists(target)) {
                throw occupied();
            }
            Files.move(part.tree(), target, StandardCopyOption.ATOMIC_MOVE);
            Trees.sync(parent);
        }
        if (marks.isPresent()) {
            marks.get().add(key, target);
        }
        discard = true; // nothing is left that a resume could use
    }

    /** Folders without files, times of folders (children first, or their making would change them), everything onto the disk. */
    private void complete() throws IOException {
        for (int i = 0; i < manifest.count(); i++) {
            if (manifest.item(i).folder()) {
                Files.createDirectories(part.path(manifest.item(i)));
            }
        }
        for (int i = manifest.count() - 1; i >= 0; i--) {
            if (manifest.item(i).folder()) {
                Files.setLastModifiedTime(part.path(manifest.item(i)), manifest.item(i).modified());
            }
        }
        Syncing.all(host.threads(), manifest.count(), index -> Trees.sync(part.path(manifest.item(index))));
    }

    @Override
    public void close(Fate fate) {
        if (closed) {
            return;
        }
        closed = true;
        try (part; Manifest m = manifest; RangeJournal j = journal; HashCursor c = cursor) {
            LOG.trace("close part={} manifest={} journal={} cursor={}", part.folder(), m, j, c);
        } catch (IOException e) {
            LOG.debug("part folder={} not closed: {}", part.folder(), e.toString());
        }
        if (fate == Fate.DISCARD || discard) {
            part.remove();
        }
    }

}
