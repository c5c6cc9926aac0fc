// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.transfer.TransferException;

/**
 * The receiver's book: which bytes are written, which are being written, and over which links an acknowledgement is owed. Pure and not thread-safe:
 * {@link FlowReceiver} guards it. Invariant: a byte is reserved before it is written and reserved once, so what comes again is written never.
 *
 * @param <W> the way chunks come and acknowledgements go
 */
final class ReceiveLedger<W> {
    /** An acknowledgement goes out after so many chunks, or when none waits. */
    private static final int ACK_CHUNKS = 8;
    /** Most separate ranges a sender may make; a fair one has at most one for each chunk of its window. */
    private static final int RANGES_MAX = 1 << 16;

    private final Ranges done;
    private final Ranges reserved = new Ranges();
    private final Set<W> owed = new HashSet<>();
    private final long windowBytes;
    private long total;
    private int unacked;

    /** What is to be done with a chunk. */
    enum Verdict {
        /** It brings something new. */
        TAKE,
        /** All of it is written or being written. */
        DROP
    }

    /** Takes over {@code have}. */
    ReceiveLedger(Ranges have, long total, long windowBytes) {
        done = have;
        this.total = total;
        this.windowBytes = windowBytes;
        reserved.addAll(have.list(0, Integer.MAX_VALUE));
    }

    void total(long bytes) {
        total = bytes;
    }

    /**
     * Looks at a chunk that came in. One that was written before is owed an acknowledgement: its sender does not know.
     *
     * @throws TransferException of kind REJECTED when it cannot belong to this flow
     */
    Verdict arrived(ChunkHeader chunk, W way) {
        if (total >= 0 && chunk.end() > total) {
            throw new TransferException(Kind.REJECTED, "chunk at " + chunk.offset() + " ends behind the flow's " + total + " bytes");
        }
        // A sink without a limit of its own may have large ranges from earlier, so that what is missing lies far apart.
        boolean far = windowBytes < FlowSettings.WINDOW_BYTES_LIMIT && chunk.end() > done.contiguous() + windowBytes;
        if (far || reserved.count() > RANGES_MAX) {
            throw new TransferException(Kind.REJECTED, "chunk at " + chunk.offset() + " is too far ahead of " + done.contiguous());
        }
        if (!reserved.contains(chunk.offset(), chunk.end())) {
            return Verdict.TAKE;
        }
        if (done.contains(chunk.offset(), chunk.end())) {
            owed.add(way);
        }
        return Verdict.DROP;
    }

    /** Reserves what is new in a chunk. */
    List<Range> reserve(ChunkHeader chunk) {
        List<Range> parts = reserved.missing(chunk.offset(), chunk.end());
        parts.forEach(part -> reserved.add(part.start(), part.end()));
        return parts;
    }

    /** The reserved parts are written. */
    void written(List<Range> parts) {
        parts.forEach(part -> done.add(part.start(), part.end()));
        unacked++;
    }

    /** The reserved parts could not be written; they will come again. */
    void notWritten(List<Range> parts) {
        parts.forEach(part -> reserved.remove(part.start(), part.end()));
    }

    boolean isWhole() {
        return total >= 0 && done.contiguous() >= total;
    }

    void owe(W way) {
        owed.add(way);
    }

    boolean owes() {
        return !owed.isEmpty();
    }

    /** A way is gone. */
    void forget(W way) {
        owed.remove(way);
    }

    /** The acknowledgement that is to go out now, over the ways that are owed one; empty when it can wait for the chunks that do. */
    Optional<Due<W>> due(long checked, boolean chunksWait) {
        if (owed.isEmpty() || unacked < ACK_CHUNKS && chunksWait) {
            return Optional.empty();
        }
        unacked = 0;
        List<W> ways = List.copyOf(owed);
        owed.clear();
        long contiguous = done.contiguous();
        return Optional.of(new Due<>(ways, new Message.Ack(contiguous, checked, done.list(contiguous + 1, Wire.ACK_RANGES_MAX))));
    }

    List<Range> have() {
        return done.list(0, Wire.HAVE_RANGES_MAX);
    }

    long contiguous() {
        return done.contiguous();
    }

    long bytes() {
        return done.bytes();
    }

    long total() {
        return total;
    }

    /** An acknowledgement and where it is owed. */
    record Due<W>(List<W> ways, Message.Ack ack) {
    }
}
