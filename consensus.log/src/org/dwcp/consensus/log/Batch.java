// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Command;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.MemberKeys;
import org.dwcp.api.consensus.Tolerance;

/**
 * One ordered entry: what a member had waiting. In an epoch that survives lies it carries the member's signature, so that nobody orders in another's name.
 *
 * @param epoch     the epoch that it was made for
 * @param proposer  the member
 * @param items     1 or more
 * @param signature 64 bytes, or none
 */
record Batch(long epoch, NodeId proposer, List<Item> items, byte[] signature) {
    /** Most items of a batch. Source: chosen; many small commands. */
    static final int ITEMS_MAX = 4_096;
    /** Bytes of a batch without its items. */
    static final int HEADER_BYTES = 1 + 8 + 4 + 63 + 4 + 4 + 64;
    private static final int VERSION = 1;
    private static final byte[] PURPOSE = "dwcp consensus batch 1\n".getBytes(StandardCharsets.US_ASCII);

    /** What a batch holds. */
    sealed interface Item {
        void write(DataOutputStream out) throws IOException;

        default byte[] bytes() {
            return Items.bytes(this::write);
        }
    }

    /**
     * Opens a session.
     *
     * @param client its name
     * @param base   position of the log that the client had seen; older than a session that was dropped since, it is a repetition out of date
     */
    record Open(String client, long base) implements Item {
        @Override
        public void write(DataOutputStream out) throws IOException {
            out.writeByte(1);
            Items.writeText(out, client);
            out.writeLong(base);
        }
    }

    /** A client's command. */
    record Order(String client, long sequence, long done, byte[] body) implements Item {
        @Override
        public void write(DataOutputStream out) throws IOException {
            out.writeByte(2);
            Items.writeText(out, client);
            out.writeLong(sequence);
            out.writeLong(done);
            Items.writeBlock(out, body);
        }
    }

    /**
     * Ends an epoch: the one named and no other, so that a repetition cannot end the next one.
     *
     * @param epoch     the epoch to end
     * @param next      provider of the next
     * @param tolerance what that survives
     * @param members   its members
     * @param approvals signatures of members for lower tolerance, see {@link #toApprove}
     * @param requester who asked
     */
    record Seal(long epoch, String next, Tolerance tolerance, List<Member> members, Map<NodeId, byte[]> approvals, NodeId requester) implements Item {
        @Override
        public void write(DataOutputStream out) throws IOException {
            out.writeByte(3);
            out.writeLong(epoch);
            Items.writeText(out, next);
            out.writeByte(tolerance.ordinal());
            Items.writeMembers(out, members);
            out.writeInt(approvals.size());
            for (var approval : new TreeMap<>(approvals).entrySet()) {
                Items.writeText(out, approval.getKey().value());
                Items.writeBlock(out, approval.getValue());
            }
            Items.writeText(out, requester.value());
        }
    }

    static byte[] toApprove(String group, long epoch, String next) {
        return ("dwcp consensus downgrade 1\n" + group + "\n" + epoch + "\n" + next).getBytes(StandardCharsets.UTF_8);
    }

    static byte[] make(long epoch, MemberKeys keys, boolean signed, List<byte[]> items) {
        byte[] body = Items.bytes(out -> {
            out.writeByte(VERSION);
            out.writeLong(epoch);
            Items.writeText(out, keys.self().node().value());
            out.writeInt(items.size());
            for (byte[] item : items) {
                out.write(item);
            }
        });
        return Items.bytes(out -> {
            out.write(body);
            Items.writeBlock(out, signed ? keys.sign(toSign(body)) : new byte[0]);
        });
    }

    private static byte[] toSign(byte[] body) {
        return Items.bytes(out -> {
            out.write(PURPOSE);
            out.write(body);
        });
    }

    static Batch parse(byte[] entry) {
        return Items.read("entry", entry, in -> {
            if (in.readUnsignedByte() != VERSION) {
                throw new IOException("its version is unknown");
            }
            long epoch = in.readLong();
            var proposer = NodeId.of(Items.readText(in, 63));
            int count = Items.readCount(in, ITEMS_MAX);
            var items = new ArrayList<Item>(count);
            for (int i = 0; i < count; i++) {
                items.add(item(in));
            }
            byte[] signature = Items.readBlock(in, 64);
            return new Batch(epoch, proposer, items, signature);
        });
    }

    private static Item item(DataInputStream in) throws IOException {
        return switch (in.readUnsignedByte()) {
            case 1 -> new Open(Items.readText(in, Command.CLIENT_LENGTH_MAX), in.readLong());
            case 2 -> new Order(Items.readText(in, Command.CLIENT_LENGTH_MAX), in.readLong(), in.readLong(), Items.readBlock(in, Command.BODY_BYTES_MAX));
            case 3 -> {
                long epoch = in.readLong();
                var next = Items.readText(in, 64);
                var tolerance = Statement.tolerance(in);
                var members = Items.readMembers(in);
                var approvals = new TreeMap<NodeId, byte[]>();
                for (int left = Items.readCount(in, Member.MEMBERS_MAX); left > 0; left--) {
                    approvals.put(NodeId.of(Items.readText(in, 63)), Items.readBlock(in, 64));
                }
                yield new Seal(epoch, next, tolerance, members, approvals, NodeId.of(Items.readText(in, 63)));
            }
            default -> throw new IOException("it holds an unknown item");
        };
    }

    /** Tells whether a member signed exactly these bytes. */
    static boolean isSigned(byte[] entry, byte[] signature, Member by) {
        int body = entry.length - 4 - signature.length;
        return signature.length > 0 && by.verify(toSign(java.util.Arrays.copyOf(entry, body)), signature);
    }
}
