// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v0;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32C;

import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;

/**
 * One file of frames; a frame is a batch of entries that became durable together. Frame: magic, CRC-32C of the rest, bytes of the body, index of the first entry,
 * count; then per entry its length and bytes. Used by one thread.
 */
final class FrameLog implements AutoCloseable {
    static final int MAGIC = 0x4457_4c31; // DWL1
    static final int HEADER_BYTES = 4 + 4 + 4 + 8 + 4;
    /** Most bytes of a frame's body. Source: chosen; some entries of the largest size. */
    static final int BODY_BYTES_MAX = 4 << 20;

    private final Path file;
    private final FileChannel channel;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(64 << 10);

    /** Takes an entry that was read back. */
    interface Reader {
        void entry(long index, byte[] entry);
    }

    private FrameLog(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Opens a file, gives what it holds to the reader and cuts a torn end off.
     *
     * @param file  the file; made when it is missing
     * @param first index that its first entry must have
     */
    static FrameLog open(Path file, long first, Reader reader) throws IOException {
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        var log = new FrameLog(file, channel);
        try {
            log.recover(first, reader);
            return log;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void recover(long first, Reader reader) throws IOException {
        long end = 0;
        long next = first;
        for (var frame = readAt(0); frame != null; frame = readAt(end)) {
            long index = frame.getLong(12);
            if (index != next) {
                throw damaged("frame at byte " + end + " begins with index " + index + " instead of " + next);
            }
            int count = frame.getInt(20);
            frame.position(HEADER_BYTES);
            for (int i = 0; i < count; i++) {
                byte[] entry = new byte[frame.getInt()];
                frame.get(entry);
                reader.entry(next++, entry);
            }
            end += frame.limit();
        }
        if (end < channel.size()) {
            refuseIfMoreFollows(end, next);
            channel.truncate(end);
            channel.force(true);
        }
        channel.position(end);
    }

    /** A frame is written only after the one before is durable: a whole one behind a broken one means that durable bytes have changed. */
    private void refuseIfMoreFollows(long end, long next) throws IOException {
        long size = channel.size();
        if (size - end > 2L * (HEADER_BYTES + BODY_BYTES_MAX)) {
            throw damaged("frame at byte " + end + " is broken and " + (size - end) + " bytes follow, more than one torn frame can be");
        }
        for (long at = end + 1; at + HEADER_BYTES <= size; at++) {
            var frame = readAt(at);
            if (frame != null && frame.getLong(12) >= next) {
                throw damaged("frame at byte " + end + " is broken and a whole one follows at byte " + at);
            }
        }
    }

    private ConsensusException damaged(String what) {
        return new ConsensusException(Reason.STORAGE, "log " + file.getFileName() + " is damaged: " + what + "; restore the folder from a copy");
    }

    /** Returns the whole frame at a place, or null when there is none. */
    private ByteBuffer readAt(long at) throws IOException {
        var header = ByteBuffer.allocate(HEADER_BYTES);
        if (!readFully(header, at) || header.getInt(0) != MAGIC) {
            return null;
        }
        int length = header.getInt(8);
        int count = header.getInt(20);
        if (length < 0 || length > BODY_BYTES_MAX || count < 1 || count > length / 4 || at + HEADER_BYTES + length > channel.size()) {
            return null;
        }
        var frame = ByteBuffer.allocate(HEADER_BYTES + length);
        return readFully(frame, at) && crc(frame) == frame.getInt(4) && fits(frame, count) ? frame : null;
    }

    private boolean readFully(ByteBuffer into, long at) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into, at + into.position()) < 0) {
                return false;
            }
        }
        into.flip();
        return true;
    }

    private static boolean fits(ByteBuffer frame, int count) {
        int at = HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            if (at + 4 > frame.limit()) {
                return false;
            }
            int length = frame.getInt(at);
            if (length < 1 || length > Consensus.ENTRY_BYTES_MAX || length > frame.limit() - at - 4) {
                return false;
            }
            at += 4 + length;
        }
        return at == frame.limit();
    }

    private static int crc(ByteBuffer frame) {
        var crc = new CRC32C();
        crc.update(frame.duplicate().position(8));
        return (int) crc.getValue();
    }

    /** Returns the bytes of a body that holds an entry. */
    static int bytes(byte[] entry) {
        return 4 + entry.length;
    }

    /** Writes one frame and makes it durable. After a failure the file is not to be used any more: nobody knows what of it is durable. */
    void append(long first, List<byte[]> entries) throws IOException {
        int length = entries.stream().mapToInt(FrameLog::bytes).sum();
        if (buffer.capacity() < HEADER_BYTES + length) {
            buffer = ByteBuffer.allocateDirect(HEADER_BYTES + length);
        }
        buffer.clear();
        buffer.putInt(MAGIC).putInt(0).putInt(length).putLong(first).putInt(entries.size());
        for (byte[] entry : entries) {
            buffer.putInt(entry.length).put(entry);
        }
        buffer.flip();
        buffer.putInt(4, crc(buffer));
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        channel.force(false);
    }

    long bytes() throws IOException {
        return channel.position();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
