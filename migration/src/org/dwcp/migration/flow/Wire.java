// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.transport.Transport;

/**
 * The frames of protocol {@code dwcp.flow}, big-endian. Each begins with 16 bytes: magic "DF" (2), version (1), type (1), body bytes (4), reserved
 * zero (4), CRC-32C (4) over the first 12 bytes and the checked part of the body: all of it, or of a chunk the first {@link #CHUNK_FIXED}
 * bytes, because a chunk's payload has a checksum of its own. Every length is checked against the frame and its limit before it is believed.
 */
public final class Wire {
    static final String PROTOCOL = "dwcp.flow";
    static final short MAGIC = 0x4446;
    static final byte VERSION = 1;
    static final int HEADER = 16;
    static final int CHUNK_FIXED = 20;
    /** Bytes in front of a chunk's payload. */
    static final int CHUNK_HEADER = HEADER + CHUNK_FIXED;
    /** Largest payload of a chunk: one block and the header of an encoding. */
    static final int PAYLOAD_MAX = Transport.FRAME_BYTES_MAX - CHUNK_HEADER;
    /** Most ranges in one HAVE; the rest is sent again and dropped as double. Source: what fits one frame at 16 bytes each. */
    public static final int HAVE_RANGES_MAX = 60_000;
    /** Most ranges in one ACK; the rest is told by the next. Source: 16 KB is small beside one chunk. */
    static final int ACK_RANGES_MAX = 1_000;
    /** Most bytes of text. Source: a screenful. */
    static final int TEXT_MAX = 2_000;
    /** Most bytes of what an OFFER or WANT describes. Source: half a frame. */
    public static final int META_MAX = 512 << 10;

    static final int CHUNK = 1;
    private static final int OFFER = 2;
    private static final int WANT = 3;
    private static final int HAVE = 4;
    private static final int ACK = 5;
    private static final int NAK = 6;
    private static final int END = 7;
    private static final int REFUSE = 8;
    private static final int DONE = 9;
    private static final int FAILED = 10;
    private static final int CANCEL = 11;
    private static final int PING = 12;

    private Wire() {
    }

    /** Head of a chunk frame; the payload follows as a second part. */
    static ByteBuffer chunk(ChunkHeader chunk, int payloadBytes) {
        ByteBuffer out = header(CHUNK, CHUNK_FIXED + payloadBytes, CHUNK_HEADER);
        out.putLong(chunk.offset()).putInt(chunk.rawBytes()).putInt(chunk.checksum()).putInt(chunk.encoded() ? 1 : 0);
        return seal(out);
    }

    /** Checks the common header and gives the type; the position moves to the body. */
    static int open(ByteBuffer frame) {
        require(frame.remaining() >= HEADER, "frame of %d bytes is shorter than its header of " + HEADER, frame.remaining());
        int at = frame.position();
        require(frame.getShort(at) == MAGIC, "frame begins with %04x, not with 4446", frame.getShort(at) & 0xffff);
        require(frame.get(at + 2) == VERSION, "wire version %d is unknown; this node speaks " + VERSION, frame.get(at + 2));
        int type = frame.get(at + 3);
        require(type >= CHUNK && type <= PING, "frame type %d is unknown to wire version " + VERSION, type);
        int body = frame.remaining() - HEADER;
        require(type != CHUNK || body > CHUNK_FIXED, "chunk of %d bytes has no payload", body);
        if (frame.getInt(at + 4) != body || frame.getInt(at + 12) != checksum(frame, at, type == CHUNK ? CHUNK_FIXED : body)) {
            // Not a misunderstanding but damage: another channel may do better.
            throw new TransferException(Kind.RETRY, "length or checksum of a frame of " + (HEADER + body) + " bytes is wrong");
        }
        frame.position(at + HEADER);
        return type;
    }

    /** Reads a chunk's head; what remains is the payload. */
    static ChunkHeader chunk(ByteBuffer body) {
        long offset = body.getLong();
        int raw = body.getInt();
        int crc = body.getInt();
        int flags = body.getInt();
        require(offset >= 0 && offset <= Long.MAX_VALUE - Encoding.BLOCK_BYTES_MAX, "offset %d of a chunk is out of range", offset);
        require(raw >= 1 && raw <= Encoding.BLOCK_BYTES_MAX, "chunk of %d bytes is not in 1.." + Encoding.BLOCK_BYTES_MAX, raw);
        require((flags & ~1) == 0, "flags %x of a chunk are unknown", flags);
        require(flags == 1 || body.remaining() == raw, "plain chunk has %d bytes and says " + raw, body.remaining());
        return new ChunkHeader(offset, raw, crc, flags == 1);
    }

    static ByteBuffer write(Message message) {
        return switch (message) {
            case Message.Offer m -> {
                Body b = new Body(64 + m.meta().length + 2 * TEXT_MAX).id(m.id()).text(m.kind()).text(m.label()).number(m.total()).bytes(m.meta());
                yield b.frame(OFFER);
            }
            case Message.Want m -> new Body(64 + m.meta().length + 2 * TEXT_MAX).id(m.id()).text(m.kind()).text(m.label()).bytes(m.meta()).frame(WANT);
            case Message.Have m -> new Body(40 + 16 * m.ranges().size()).number(m.instance()).number(m.windowBytes()).number(m.checked()).ranges(m.ranges()).frame(HAVE);
            case Message.Ack m -> new Body(32 + 16 * m.ranges().size()).number(m.contiguous()).number(m.checked()).ranges(m.ranges()).frame(ACK);
            case Message.Nak m -> new Body(32 + TEXT_MAX).number(m.offset()).number(m.bytes()).number(m.codec()).text(m.why()).frame(NAK);
            case Message.End m -> new Body(8).number(m.total()).frame(END);
            case Message.Refuse m -> new Body(16 + TEXT_MAX).number(m.kind().ordinal()).text(m.why()).frame(REFUSE);
            case Message.Done m -> new Body(8).number(m.checked()).frame(DONE);
            case Message.Failed m -> new Body(16 + TEXT_MAX).number(m.kind().ordinal()).text(m.why()).frame(FAILED);
            case Message.Cancel m -> new Body(24 + TEXT_MAX).number(m.kind().ordinal()).number(m.discard() ? 1 : 0).text(m.why()).frame(CANCEL);
            case Message.Ping _ -> new Body(0).frame(PING);
        };
    }

    /** Reads a message's body; the type is not CHUNK. */
    static Message read(int type, ByteBuffer body) {
        Message message = switch (type) {
            case OFFER -> new Message.Offer(id(body), text(body), text(body), between(number(body), -1, Long.MAX_VALUE, "total"), bytes(body));
            case WANT -> new Message.Want(id(body), text(body), text(body), bytes(body));
            case HAVE -> new Message.Have(count(body), between(number(body), 1, Long.MAX_VALUE, "window"), count(body), ranges(body, HAVE_RANGES_MAX));
            case ACK -> new Message.Ack(count(body), count(body), ranges(body, ACK_RANGES_MAX));
            case NAK -> new Message.Nak(count(body), (int) between(number(body), 1, Encoding.BLOCK_BYTES_MAX, "length"),
                    (int) between(number(body), -1, 255, "codec"), text(body));
            case END -> new Message.End(count(body));
            case REFUSE -> new Message.Refuse(kind(body), text(body));
            case DONE -> new Message.Done(count(body));
            case FAILED -> new Message.Failed(kind(body), text(body));
            case CANCEL -> {
                Kind kind = kind(body);
                boolean discard = between(number(body), 0, 1, "flag") == 1;
                yield new Message.Cancel(kind, text(body), discard);
            }
            default -> new Message.Ping();
        };
        require(!body.hasRemaining(), "frame has %d bytes too many", body.remaining());
        return message;
    }

    private static ByteBuffer header(int type, int bodyBytes, int capacity) {
        return ByteBuffer.allocate(capacity).putShort(MAGIC).put(VERSION).put((byte) type).putInt(bodyBytes).putInt(0).putInt(0);
    }

    private static ByteBuffer seal(ByteBuffer written) {
        ByteBuffer frame = written.flip();
        return frame.putInt(12, checksum(frame, 0, frame.limit() - HEADER));
    }

    private static int checksum(ByteBuffer frame, int at, int bodyBytes) {
        CRC32C crc = new CRC32C();
        crc.update(frame.slice(at, 12));
        crc.update(frame.slice(at + HEADER, bodyBytes));
        return (int) crc.getValue();
    }

    private static long number(ByteBuffer body) {
        require(body.remaining() >= 8, "frame ends %d bytes into a number of 8", body.remaining());
        return body.getLong();
    }

    private static long count(ByteBuffer body) {
        return between(number(body), 0, Long.MAX_VALUE, "number");
    }

    private static long between(long value, long min, long max, String what) {
        require(value >= min && value <= max, what + " %d is not in " + min + ".." + max, value);
        return value;
    }

    private static FlowId id(ByteBuffer body) {
        return new FlowId(number(body), number(body));
    }

    private static Kind kind(ByteBuffer body) {
        return Kind.values()[(int) between(number(body), 0, Kind.values().length - 1L, "kind of failure")];
    }

    private static String text(ByteBuffer body) {
        return new String(bytes(body, TEXT_MAX), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(ByteBuffer body) {
        return bytes(body, META_MAX);
    }

    private static byte[] bytes(ByteBuffer body, int max) {
        require(body.remaining() >= 4, "frame ends %d bytes into a length of 4", body.remaining());
        int length = body.getInt();
        require(length >= 0 && length <= max && length <= body.remaining(), "length %d is not in 0.." + Math.min(max, body.remaining()), length);
        byte[] bytes = new byte[length];
        body.get(bytes);
        return bytes;
    }

    private static List<Range> ranges(ByteBuffer body, int max) {
        require(body.remaining() >= 4, "frame ends %d bytes into a count of 4", body.remaining());
        int count = body.getInt();
        require(count >= 0 && count <= max && count * 16L <= body.remaining(), "count %d of ranges is not in 0.." + max, count);
        List<Range> ranges = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long start = count(body);
            ranges.add(new Range(start, between(number(body), start + 1, Long.MAX_VALUE, "end of a range")));
        }
        return ranges;
    }

    private static void require(boolean holds, String message, Object value) {
        if (!holds) {
            throw new TransferException(Kind.REJECTED, String.format(message, value));
        }
    }

    /** Writes the body of one message. */
    private static final class Body {
        private final ByteBuffer out;

        Body(int capacity) {
            out = ByteBuffer.allocate(HEADER + 16 + capacity).position(HEADER);
        }

        Body id(FlowId id) {
            out.putLong(id.high()).putLong(id.low());
            return this;
        }

        Body number(long value) {
            out.putLong(value);
            return this;
        }

        /** Cuts what is too long: a text is for people. */
        Body text(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int length = Math.min(bytes.length, TEXT_MAX);
            out.putInt(length).put(bytes, 0, length);
            return this;
        }

        Body bytes(byte[] bytes) {
            require(bytes.length <= META_MAX, "description of %d bytes exceeds " + META_MAX, bytes.length);
            out.putInt(bytes.length).put(bytes);
            return this;
        }

        Body ranges(List<Range> ranges) {
            out.putInt(ranges.size());
            ranges.forEach(range -> out.putLong(range.start()).putLong(range.end()));
            return this;
        }

        ByteBuffer frame(int type) {
            int end = out.position();
            out.position(0);
            out.putShort(MAGIC).put(VERSION).put((byte) type).putInt(end - HEADER).putInt(0).putInt(0);
            return seal(out.position(end));
        }
    }
}
