// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.Crc32c;
import org.dwcp.api.transfer.TransferException;

/** Brings one chunk from the wire to the sink: decodes, checks, writes the parts that are wanted. Decoding runs concurrently, writing does not. */
final class ChunkWriter {
    private final FlowNode node;
    private final FlowSink sink;
    private final FlowProgress progress;
    private final ReentrantLock writing = new ReentrantLock();

    ChunkWriter(FlowNode node, FlowSink sink, FlowProgress progress) {
        this.node = node;
        this.sink = sink;
        this.progress = progress;
    }

    /**
     * Writes parts of a chunk.
     *
     * @return false when it cannot be read; it was asked for again then
     * @throws IOException when the sink cannot write
     */
    boolean land(Intake.Arrival arrival, List<Range> parts) throws IOException {
        ChunkHeader chunk = arrival.chunk();
        if (!chunk.encoded()) {
            return isRight(arrival, arrival.payload(), -1) && write(chunk, arrival.payload(), parts);
        }
        ByteBuffer raw = node.buffers().take(chunk.rawBytes());
        try {
            return decode(arrival, raw) && write(chunk, raw, parts);
        } finally {
            node.buffers().give(raw);
        }
    }

    private boolean decode(Intake.Arrival arrival, ByteBuffer raw) {
        ByteBuffer frame = arrival.payload();
        int codec = frame.remaining() > 3 ? frame.get(frame.position() + 3) & 0xff : -1;
        try {
            progress.encoding(node.codecs().decode(frame, raw));
        } catch (DwcpException e) {
            return ask(arrival, codec, String.valueOf(e.getMessage()));
        }
        return isRight(arrival, raw.flip(), codec);
    }

    private static boolean isRight(Intake.Arrival arrival, ByteBuffer raw, int codec) {
        ChunkHeader chunk = arrival.chunk();
        boolean right = raw.remaining() == chunk.rawBytes() && Crc32c.of(raw) == chunk.checksum();
        return right || ask(arrival, codec, "length or checksum of the chunk is wrong");
    }

    /** Asks for a chunk again; always false. */
    private static boolean ask(Intake.Arrival arrival, int codec, String why) {
        try {
            arrival.link().post(new Message.Nak(arrival.chunk().offset(), arrival.chunk().rawBytes(), codec, why));
        } catch (DwcpException e) {
            throw new TransferException(Kind.RETRY, e.getMessage()); // the node stops
        }
        return false;
    }

    private boolean write(ChunkHeader chunk, ByteBuffer raw, List<Range> parts) throws IOException {
        writing.lock();
        try {
            for (Range part : parts) {
                int from = (int) (part.start() - chunk.offset());
                int length = (int) part.bytes();
                ByteBuffer bytes = raw.slice(from, length);
                sink.write(part.start(), bytes, length == chunk.rawBytes() ? chunk.checksum() : Crc32c.of(bytes));
            }
            return true;
        } finally {
            writing.unlock();
        }
    }
}
