// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import org.dwcp.consensus.v3.message.Message.BatchData;
import org.dwcp.consensus.v3.message.Message.Checkpoint;
import org.dwcp.consensus.v3.message.Message.Entry;
import org.dwcp.consensus.v3.message.Message.FetchBatch;
import org.dwcp.consensus.v3.message.Message.FetchState;
import org.dwcp.consensus.v3.message.Message.Link;
import org.dwcp.consensus.v3.message.Message.Manifest;
import org.dwcp.consensus.v3.message.Message.NewView;
import org.dwcp.consensus.v3.message.Message.Outcome;
import org.dwcp.consensus.v3.message.Message.Phase;
import org.dwcp.consensus.v3.message.Message.PrePrepare;
import org.dwcp.consensus.v3.message.Message.Proof;
import org.dwcp.consensus.v3.message.Message.Reply;
import org.dwcp.consensus.v3.message.Message.Signed;
import org.dwcp.consensus.v3.message.Message.Stable;
import org.dwcp.consensus.v3.message.Message.StateChunk;
import org.dwcp.consensus.v3.message.Message.StateManifest;
import org.dwcp.consensus.v3.message.Message.Status;
import org.dwcp.consensus.v3.message.Message.ViewChange;
import org.dwcp.consensus.v3.message.Message.Vote;

/**
 * The binary form: version, type, fields, big-endian. A decoded message encodes to the same bytes again, so a signature can be checked after
 * decoding. Layout: ADR 0030. No state.
 */
public final class Codec {
    /** Version of the form; another one is refused. */
    public static final int VERSION = 1;
    /** First byte of what an approval of a membership signs: no message has it, so that none can pass for the other. */
    static final int APPROVAL = 0xa0;
    private static final int ENTRY_BYTES = 16 + Digest.BYTES;
    private static final int ENTRIES_MAX = Limits.WINDOW_MAX * Limits.DIGESTS_PER_SEQUENCE_MAX;
    private static final int SIGNED_BYTES = 5;

    private Codec() {
    }

    /** Encodes a message. */
    public static byte[] encode(Message message) {
        var out = new Writer();
        out.u8(VERSION);
        write(out, message);
        return out.bytes();
    }

    /**
     * Decodes a message.
     *
     * @throws MalformedException for anything else, whatever it is
     */
    public static Message decode(byte[] bytes) {
        return decode(bytes, 0, bytes.length);
    }

    /** Decodes a message from a part of an array. */
    public static Message decode(byte[] bytes, int offset, int length) {
        if (length > Limits.MESSAGE_BYTES_MAX) {
            throw new MalformedException("message of " + length + " bytes exceeds " + Limits.MESSAGE_BYTES_MAX);
        }
        var in = new Reader(bytes, offset, length);
        int version = in.u8();
        if (version != VERSION) {
            throw new MalformedException("version " + version + ", this is " + VERSION);
        }
        var message = read(in);
        in.end();
        return message;
    }

    private static void write(Writer out, Message message) {
        switch (message) {
            case Request m -> {
                out.u8(1);
                writeRequest(out, m);
            }
            case PrePrepare m -> {
                out.u8(2);
                head(out, m.config(), m.view(), m.sequence());
                out.block(m.batch().encoded());
            }
            case Vote m -> {
                out.u8(3);
                out.u8(m.phase().ordinal());
                head(out, m.config(), m.view(), m.sequence());
                out.digest(m.digest());
            }
            case Checkpoint m -> {
                out.u8(4);
                writeBody(out, m);
                out.small(m.signature());
            }
            case ViewChange m -> {
                out.u8(5);
                writeChange(out, m);
            }
            case NewView m -> {
                out.u8(6);
                writeBody(out, m);
                out.small(m.signature());
            }
            case Status m -> {
                out.u8(7);
                head(out, m.config(), m.view(), m.stable());
                out.i64(m.executed());
                out.u8(m.active() ? 1 : 0);
            }
            case FetchBatch m -> {
                out.u8(8);
                out.digest(m.digest());
            }
            case BatchData m -> {
                out.u8(9);
                out.block(m.batch().encoded());
            }
            case Stable m -> {
                out.u8(10);
                list(out, m.links(), Codec::writeLink);
                writeProof(out, m.proof());
            }
            case FetchState m -> {
                out.u8(11);
                out.i64(m.sequence());
                out.u16(m.chunk() + 1);
            }
            case StateManifest m -> {
                out.u8(12);
                writeManifest(out, m.manifest());
            }
            case StateChunk m -> {
                out.u8(13);
                out.i64(m.sequence());
                out.u16(m.chunk());
                out.block(m.bytes());
            }
            case Reply m -> {
                out.u8(14);
                head(out, m.config(), m.view(), m.sequence());
                out.text(m.client());
                out.u8(m.outcome().ordinal());
                out.block(m.result());
            }
        }
    }

    private static Message read(Reader in) {
        int type = in.u8();
        return switch (type) {
            case 1 -> readRequest(in);
            case 2 -> new PrePrepare(in.i32(), in.i64(), in.i64(), readBatch(in));
            case 3 -> {
                var phase = in.choice(Phase.values());
                yield new Vote(phase, in.i32(), in.i64(), in.i64(), in.digest());
            }
            case 4 -> new Checkpoint(in.i32(), in.i64(), in.digest(), in.i32(), in.small(Limits.KEY_BYTES_MAX));
            case 5 -> readChange(in);
            case 6 -> new NewView(in.i32(), in.i64(), list(in, Limits.MEMBERS_MAX, 32, Codec::readChange), in.i32(), in.small(Limits.KEY_BYTES_MAX));
            case 7 -> {
                int config = in.i32();
                long view = in.i64();
                long stable = in.i64();
                long executed = in.i64();
                yield new Status(config, view, in.flag(), stable, executed);
            }
            case 8 -> new FetchBatch(in.digest());
            case 9 -> new BatchData(readBatch(in));
            case 10 -> new Stable(list(in, Limits.LINKS_MAX, 64, Codec::readLink), readProof(in));
            case 11 -> new FetchState(in.i64(), in.u16() - 1);
            case 12 -> new StateManifest(readManifest(in));
            case 13 -> new StateChunk(in.i64(), in.u16(), in.block(Limits.CHUNK_BYTES));
            case 14 -> {
                int config = in.i32();
                long view = in.i64();
                long sequence = in.i64();
                yield new Reply(config, view, in.text(), sequence, in.choice(Outcome.values()), in.block(Limits.RESULT_BYTES_MAX));
            }
            default -> throw new MalformedException("no message of type " + type);
        };
    }

    private static void head(Writer out, int config, long view, long sequence) {
        out.i32(config);
        out.i64(view);
        out.i64(sequence);
    }

    // ---- what is signed: the type and all fields before the signature

    /** What a client signs. */
    public static byte[] toSign(Request m) {
        var out = new Writer();
        out.u8(1);
        requestBody(out, m);
        return out.bytes();
    }

    /** What a member signs. */
    public static byte[] toSign(Checkpoint m) {
        var out = new Writer();
        out.u8(4);
        writeBody(out, m);
        return out.bytes();
    }

    /** What a member signs. */
    public static byte[] toSign(ViewChange m) {
        var out = new Writer();
        out.u8(5);
        writeBody(out, m);
        return out.bytes();
    }

    /** What a leader signs. */
    public static byte[] toSign(NewView m) {
        var out = new Writer();
        out.u8(6);
        writeBody(out, m);
        return out.bytes();
    }

    private static void writeBody(Writer out, Checkpoint m) {
        out.i32(m.config());
        out.i64(m.sequence());
        out.digest(m.state());
        out.i32(m.member());
    }

    private static void writeBody(Writer out, ViewChange m) {
        out.i32(m.config());
        out.i64(m.view());
        writeProof(out, m.stable());
        list(out, m.prepared(), Codec::writeEntry);
        list(out, m.proposed(), Codec::writeEntry);
        out.i32(m.member());
    }

    private static void writeBody(Writer out, NewView m) {
        out.i32(m.config());
        out.i64(m.view());
        list(out, m.changes(), Codec::writeChange);
        out.i32(m.member());
    }

    // ---- parts

    private static void requestBody(Writer out, Request m) {
        out.text(m.client());
        out.i64(m.sequence());
        out.u8(m.kind().ordinal());
        out.block(m.command());
    }

    static void writeRequest(Writer out, Request m) {
        requestBody(out, m);
        out.small(m.signature());
    }

    private static Request readRequest(Reader in) {
        return new Request(in.text(), in.i64(), in.choice(Request.Kind.values()), in.block(Limits.COMMAND_BYTES_MAX),
                in.small(Limits.KEY_BYTES_MAX));
    }

    /** Reads a batch behind its length. */
    public static Batch readBatch(Reader in) {
        var bytes = in.block(Limits.BATCH_BYTES_MAX);
        var part = new Reader(bytes);
        var requests = list(part, Limits.BATCH_REQUESTS_MAX, 16, Codec::readRequest);
        part.end();
        return new Batch(requests, bytes);
    }

    /** Writes a batch behind its length. */
    public static void writeBatch(Writer out, Batch batch) {
        out.block(batch.encoded());
    }

    private static void writeChange(Writer out, ViewChange m) {
        writeBody(out, m);
        out.small(m.signature());
    }

    private static ViewChange readChange(Reader in) {
        return new ViewChange(in.i32(), in.i64(), readProof(in), list(in, ENTRIES_MAX, ENTRY_BYTES, Codec::readEntry),
                list(in, ENTRIES_MAX, ENTRY_BYTES, Codec::readEntry), in.i32(), in.small(Limits.KEY_BYTES_MAX));
    }

    private static void writeEntry(Writer out, Entry entry) {
        out.i64(entry.sequence());
        out.i64(entry.view());
        out.digest(entry.digest());
    }

    private static Entry readEntry(Reader in) {
        return new Entry(in.i64(), in.i64(), in.digest());
    }

    static void writeSigned(Writer out, List<Signed> signatures) {
        list(out, signatures, (to, signed) -> {
            to.i32(signed.member());
            to.small(signed.signature());
        });
    }

    static List<Signed> readSigned(Reader in) {
        return list(in, Limits.MEMBERS_MAX, SIGNED_BYTES, from -> new Signed(from.i32(), from.small(Limits.KEY_BYTES_MAX)));
    }

    /** Writes a proof. */
    public static void writeProof(Writer out, Proof proof) {
        out.i32(proof.config());
        out.i64(proof.sequence());
        out.digest(proof.state());
        writeSigned(out, proof.signatures());
    }

    /** Reads a proof. */
    public static Proof readProof(Reader in) {
        return new Proof(in.i32(), in.i64(), in.digest(), readSigned(in));
    }

    /** Writes a link. */
    public static void writeLink(Writer out, Link link) {
        writeProof(out, link.proof());
        writeManifest(out, link.manifest());
    }

    /** Reads a link. */
    public static Link readLink(Reader in) {
        return new Link(readProof(in), readManifest(in));
    }

    /** Writes a manifest. */
    public static void writeManifest(Writer out, Manifest manifest) {
        out.i64(manifest.sequence());
        MembershipForm.write(out, manifest.members());
        out.i64(manifest.bytes());
        list(out, manifest.chunks(), Writer::digest);
    }

    /** Reads a manifest. */
    public static Manifest readManifest(Reader in) {
        long sequence = in.i64();
        var members = MembershipForm.read(in);
        long bytes = in.i64();
        var chunks = list(in, Limits.CHUNKS_MAX, Digest.BYTES, Reader::digest);
        if (chunks.size() != (bytes + Limits.CHUNK_BYTES - 1) / Limits.CHUNK_BYTES) {
            throw new MalformedException(chunks.size() + " chunks for " + bytes + " bytes");
        }
        return new Manifest(sequence, members, bytes, chunks);
    }

    /** The digest that stands for a state. */
    public static Digest digest(Manifest manifest) {
        var out = new Writer();
        writeManifest(out, manifest);
        return Digest.of(out.bytes());
    }

    /** Writes one thing of a list. */
    interface Write<T> {
        void to(Writer out, T value);
    }

    static <T> void list(Writer out, List<T> values, Write<T> write) {
        out.u16(values.size());
        values.forEach(value -> write.to(out, value));
    }

    static <T> List<T> list(Reader in, int max, int bytesEach, Function<Reader, T> read) {
        int count = in.count(max, bytesEach);
        var values = new ArrayList<T>(count);
        for (int index = 0; index < count; index++) {
            values.add(read.apply(in));
        }
        return values;
    }
}
