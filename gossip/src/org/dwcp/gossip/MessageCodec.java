// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;

/**
 * Messages as bytes, wire version 1, big-endian. A frame: version (1), then messages until its end; a message: type (1), length (4), fields. Texts have a length of
 * 1 byte, lists a count of 2, blocks a length of 4. A message of an unknown type is skipped by its length; a frame of an unknown version is refused. Every count
 * and length is checked against its limit and against what is left before anything is made of it.
 */
final class MessageCodec {
    static final int VERSION = 1;
    /** Most bytes of a certificate chain. Source: an EC certificate has some 600 bytes; room for four of RSA. */
    static final int CHAIN_BYTES_MAX = 8 << 10;
    /** Most bytes of a signature. Source: ECDSA P-256 in DER has at most 72; room for RSA 4096. */
    static final int SIGNATURE_BYTES_MAX = 512;
    /** Most bytes of a message: a value with everything at its limit, or marks at theirs. */
    static final int MESSAGE_BYTES_MAX = 128 << 10;
    static final Pattern NAME = Pattern.compile("[a-z0-9.-]{1," + Gossip.NAME_CHARACTERS_MAX + "}");
    private static final int HEADER_BYTES = 5;
    private static final int MARK_BYTES_MIN = 2 + 2 + 16;

    private MessageCodec() {
    }

    /** One message with its header. */
    static byte[] encode(Message message) {
        var body = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(body)) {
            int type = write(message, out);
            var framed = ByteBuffer.allocate(HEADER_BYTES + out.size());
            return framed.put((byte) type).putInt(out.size()).put(body.toByteArray()).array();
        } catch (IOException e) {
            throw new IllegalStateException(e); // memory does not fail
        }
    }

    private static int write(Message message, DataOutputStream out) throws IOException {
        return switch (message) {
            case Message.Join _ -> 1;
            case Message.ForwardJoin walk -> {
                text(out, walk.node().value());
                out.writeByte(walk.ttl());
                yield 2;
            }
            case Message.Neighbour question -> {
                out.writeBoolean(question.urgent());
                yield 3;
            }
            case Message.NeighbourReply reply -> {
                out.writeBoolean(reply.accepted());
                yield 4;
            }
            case Message.Disconnect _ -> 5;
            case Message.Shuffle walk -> {
                text(out, walk.origin().value());
                out.writeByte(walk.ttl());
                nodes(out, walk.nodes());
                yield 6;
            }
            case Message.ShuffleReply reply -> {
                nodes(out, reply.nodes());
                yield 7;
            }
            case Message.Value value -> {
                out.writeByte(value.hops());
                out.writeBoolean(value.pushed());
                value(out, value.value());
                yield 8;
            }
            case Message.IHave have -> {
                marks(out, have.marks());
                yield 9;
            }
            case Message.Graft graft -> {
                marks(out, graft.marks());
                yield 10;
            }
            case Message.Prune _ -> 11;
            case Message.Digest digest -> {
                for (long sum : digest.sums()) {
                    out.writeLong(sum);
                }
                yield 12;
            }
            case Message.Marks marks -> {
                out.writeLong(marks.mask());
                marks(out, marks.marks());
                yield 13;
            }
            case Message.Want want -> {
                marks(out, want.marks());
                yield 14;
            }
        };
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeByte(bytes.length);
        out.write(bytes);
    }

    private static void block(DataOutputStream out, byte[] block) throws IOException {
        out.writeInt(block.length);
        out.write(block);
    }

    private static void nodes(DataOutputStream out, List<NodeId> nodes) throws IOException {
        out.writeShort(nodes.size());
        for (var node : nodes) {
            text(out, node.value());
        }
    }

    private static void marks(DataOutputStream out, List<Mark> marks) throws IOException {
        out.writeShort(marks.size());
        for (var mark : marks) {
            text(out, mark.owner().value());
            text(out, mark.name());
            out.writeLong(mark.version());
            out.writeLong(mark.digest());
        }
    }

    private static void value(DataOutputStream out, SignedValue value) throws IOException {
        text(out, value.owner().value());
        text(out, value.name());
        out.writeLong(value.version());
        out.writeLong(value.writtenMs());
        out.writeLong(value.expiresMs());
        out.writeBoolean(value.removed());
        block(out, value.bytes());
        block(out, value.chain());
        block(out, value.signature());
    }

    /**
     * Reads a frame.
     *
     * @throws MalformedException when it is none; nothing of it counts
     */
    static List<Message> decode(byte[] frame) throws MalformedException {
        var in = ByteBuffer.wrap(frame);
        try {
            int version = in.get() & 0xff;
            if (version != VERSION) {
                throw new MalformedException("wire version " + version + " is not " + VERSION);
            }
            var messages = new ArrayList<Message>();
            while (in.hasRemaining()) {
                int type = in.get() & 0xff;
                int length = in.getInt();
                if (length < 0 || length > MESSAGE_BYTES_MAX || length > in.remaining()) {
                    throw new MalformedException("message of " + length + " bytes exceeds " + Math.min(MESSAGE_BYTES_MAX, in.remaining()));
                }
                var body = in.slice(in.position(), length);
                in.position(in.position() + length);
                var message = read(type, body);
                if (message != null) {
                    if (body.hasRemaining()) {
                        throw new MalformedException("message of type " + type + " has " + body.remaining() + " bytes too many");
                    }
                    messages.add(message);
                }
            }
            return messages;
        } catch (BufferUnderflowException | DwcpException e) {
            throw new MalformedException(e.getMessage() == null ? "a message ends too soon" : e.getMessage());
        }
    }

    /** Gives null for a type of a later release. */
    private static Message read(int type, ByteBuffer in) throws MalformedException {
        return switch (type) {
            case 1 -> new Message.Join();
            case 2 -> new Message.ForwardJoin(node(in), in.get() & 0xff);
            case 3 -> new Message.Neighbour(flag(in));
            case 4 -> new Message.NeighbourReply(flag(in));
            case 5 -> new Message.Disconnect();
            case 6 -> new Message.Shuffle(node(in), in.get() & 0xff, nodes(in));
            case 7 -> new Message.ShuffleReply(nodes(in));
            case 8 -> {
                int hops = in.get() & 0xff;
                boolean pushed = flag(in);
                yield new Message.Value(value(in), hops, pushed);
            }
            case 9 -> new Message.IHave(marks(in));
            case 10 -> new Message.Graft(marks(in));
            case 11 -> new Message.Prune();
            case 12 -> {
                var sums = new ArrayList<Long>(Message.BUCKETS);
                for (int i = 0; i < Message.BUCKETS; i++) {
                    sums.add(in.getLong());
                }
                yield new Message.Digest(sums);
            }
            case 13 -> new Message.Marks(in.getLong(), marks(in));
            case 14 -> new Message.Want(marks(in));
            default -> null;
        };
    }

    private static boolean flag(ByteBuffer in) throws MalformedException {
        int flag = in.get();
        if (flag != 0 && flag != 1) {
            throw new MalformedException("flag " + flag + " is neither 0 nor 1");
        }
        return flag == 1;
    }

    private static String text(ByteBuffer in) throws MalformedException {
        int length = in.get() & 0xff;
        if (length > in.remaining()) {
            throw new MalformedException("text of " + length + " bytes exceeds the " + in.remaining() + " that are left");
        }
        var bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static NodeId node(ByteBuffer in) throws MalformedException {
        return NodeId.of(text(in));
    }

    private static String name(ByteBuffer in) throws MalformedException {
        var name = text(in);
        if (!NAME.matcher(name).matches()) {
            throw new MalformedException("a name of " + name.length() + " characters is not 1 to " + Gossip.NAME_CHARACTERS_MAX + " of a-z, 0-9, '.', '-'");
        }
        return name;
    }

    private static byte[] block(ByteBuffer in, int bytesMax, String what) throws MalformedException {
        int length = in.getInt();
        if (length < 0 || length > bytesMax || length > in.remaining()) {
            throw new MalformedException(what + " of " + length + " bytes exceeds " + Math.min(bytesMax, in.remaining()));
        }
        var block = new byte[length];
        in.get(block);
        return block;
    }

    private static int count(ByteBuffer in, int most, int eachBytesMin, String what) throws MalformedException {
        int count = in.getShort() & 0xffff;
        if (count > most || count > in.remaining() / eachBytesMin) {
            throw new MalformedException(count + " " + what + " exceed " + most + ", or the message");
        }
        return count;
    }

    private static List<NodeId> nodes(ByteBuffer in) throws MalformedException {
        int count = count(in, Message.NODES_MAX, 2, "nodes");
        var nodes = new ArrayList<NodeId>(count);
        for (int i = 0; i < count; i++) {
            nodes.add(node(in));
        }
        return nodes;
    }

    private static List<Mark> marks(ByteBuffer in) throws MalformedException {
        int count = count(in, Message.MARKS_MAX, MARK_BYTES_MIN, "marks");
        var marks = new ArrayList<Mark>(count);
        for (int i = 0; i < count; i++) {
            marks.add(new Mark(node(in), name(in), in.getLong(), in.getLong()));
        }
        return marks;
    }

    private static SignedValue value(ByteBuffer in) throws MalformedException {
        var owner = node(in);
        var name = name(in);
        long version = in.getLong();
        long writtenMs = in.getLong();
        long expiresMs = in.getLong();
        boolean removed = flag(in);
        if (version < 0 || writtenMs < 0 || expiresMs < 0) {
            throw new MalformedException("a version or time is negative");
        }
        return new SignedValue(owner, name, version, writtenMs, expiresMs, removed, block(in, Gossip.VALUE_BYTES_MAX, "value"),
                block(in, CHAIN_BYTES_MAX, "certificates"), block(in, SIGNATURE_BYTES_MAX, "signature"));
    }
}
