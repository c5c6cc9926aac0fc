// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Limits;
import org.dwcp.consensus.v3.message.MalformedException;
import org.dwcp.consensus.v3.message.Message.Link;
import org.dwcp.consensus.v3.message.Message.Manifest;
import org.dwcp.consensus.v3.message.Message.NewView;
import org.dwcp.consensus.v3.message.Message.Proof;
import org.dwcp.consensus.v3.message.Message.ViewChange;
import org.dwcp.consensus.v3.message.Reader;
import org.dwcp.consensus.v3.message.Writer;

/** What must survive a crash, so that a replica never contradicts what it said before it. */
public sealed interface Record {
    /** This replica has begun to take part; without it the log is empty and nothing was ever said. */
    record Boot() implements Record {
    }

    /** A proposal was accepted; on disk before PREPARE is sent. */
    record Accepted(long view, long sequence, Batch batch) implements Record {
    }

    /** A proposal is prepared; on disk before COMMIT is sent. */
    record Prepared(long view, long sequence, Digest digest) implements Record {
    }

    /** This replica leaves its view; on disk before the message is sent. */
    record Leaving(ViewChange change) implements Record {
    }

    /** A view has begun; on disk before any vote in it. */
    record Entering(NewView newView) implements Record {
    }

    /** The state after a sequence number; on disk before the checkpoint is signed. */
    record State(Manifest manifest, byte[] bytes) implements Record {
    }

    /** A checkpoint is stable: what is before it need not be kept. */
    record Stable(Proof proof) implements Record {
    }

    /** The membership has changed. */
    record Changed(Link link) implements Record {
    }

    /** Encodes for the disk. */
    static byte[] encode(Record record) {
        var out = new Writer();
        switch (record) {
            case Boot r -> out.u8(1);
            case Accepted r -> {
                out.u8(2);
                out.i64(r.view());
                out.i64(r.sequence());
                Codec.writeBatch(out, r.batch());
            }
            case Prepared r -> {
                out.u8(3);
                out.i64(r.view());
                out.i64(r.sequence());
                out.digest(r.digest());
            }
            case Leaving r -> {
                out.u8(4);
                out.raw(Codec.encode(r.change()));
            }
            case Entering r -> {
                out.u8(5);
                out.raw(Codec.encode(r.newView()));
            }
            case State r -> {
                out.u8(6);
                Codec.writeManifest(out, r.manifest());
                out.block(r.bytes());
            }
            case Stable r -> {
                out.u8(7);
                Codec.writeProof(out, r.proof());
            }
            case Changed r -> {
                out.u8(8);
                Codec.writeLink(out, r.link());
            }
        }
        return out.bytes();
    }

    /**
     * Decodes what the disk holds.
     *
     * @throws MalformedException when it is something else
     */
    static Record decode(byte[] bytes) {
        var in = new Reader(bytes);
        int type = in.u8();
        if (type == 4 || type == 5) {
            var message = Codec.decode(bytes, 1, bytes.length - 1);
            return switch (message) {
                case ViewChange m when type == 4 -> new Leaving(m);
                case NewView m when type == 5 -> new Entering(m);
                default -> throw new MalformedException("record " + type + " holds a " + message.getClass().getSimpleName());
            };
        }
        var record = switch (type) {
            case 1 -> new Boot();
            case 2 -> new Accepted(in.i64(), in.i64(), Codec.readBatch(in));
            case 3 -> new Prepared(in.i64(), in.i64(), in.digest());
            case 6 -> new State(Codec.readManifest(in), in.block(Limits.CHUNKS_MAX * Limits.CHUNK_BYTES));
            case 7 -> new Stable(Codec.readProof(in));
            case 8 -> new Changed(Codec.readLink(in));
            default -> throw new MalformedException("no record of type " + type);
        };
        in.end();
        return record;
    }
}
