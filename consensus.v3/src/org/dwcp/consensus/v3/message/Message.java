// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

import java.util.List;

/**
 * Everything that travels between replicas and clients. {@code config} is the number of the membership a message belongs to, {@code view}
 * the number of the leader's term, {@code sequence} the place in the order. Records do not copy their arrays: who makes one lets go of them.
 */
public sealed interface Message permits Request, Message.PrePrepare, Message.Vote, Message.Checkpoint, Message.ViewChange, Message.NewView,
        Message.Status, Message.FetchBatch, Message.BatchData, Message.Stable, Message.FetchState, Message.StateManifest, Message.StateChunk,
        Message.Reply {
    /** The two votes of the normal case, and what a member that missed them is told. */
    enum Phase {
        /** The leader proposed this digest to me and to nobody's knowledge another. */
        PREPARE,
        /** A quorum has prepared this digest, and I have that on disk. */
        COMMIT,
        /** I have seen a quorum commit to this digest. No vote: who hears it from f + 1 members has it from a correct one. */
        DECIDED
    }

    /** How a request ended; part of what clients compare. */
    enum Outcome {
        /** Executed; the result is the state machine's. */
        DONE,
        /** Below the client's session window: it may have been executed long ago, its result is gone. */
        STALE,
        /** Not executed, and it never will be; the result says why. Only for changes of the membership. */
        REFUSED
    }

    /** The leader proposes a batch for a sequence number. */
    record PrePrepare(int config, long view, long sequence, Batch batch) implements Message {
    }

    /** A vote. */
    record Vote(Phase phase, int config, long view, long sequence, Digest digest) implements Message {
    }

    /** A member's signed word on its state after a sequence number. */
    record Checkpoint(int config, long sequence, Digest state, int member, byte[] signature) implements Message {
    }

    /** One signature in a proof. */
    record Signed(int member, byte[] signature) {
    }

    /** A stable checkpoint: a quorum's signatures under one state. Without signatures it is the known beginning of a membership. */
    record Proof(int config, long sequence, Digest state, List<Signed> signatures) {
        /** Copies the list. */
        public Proof {
            signatures = List.copyOf(signatures);
        }
    }

    /** A digest that a member has prepared, or was proposed, at a sequence number, and the last view in which it did. */
    record Entry(long sequence, long view, Digest digest) {
    }

    /** A member leaves its view: what it is sure of, signed. */
    record ViewChange(int config, long view, Proof stable, List<Entry> prepared, List<Entry> proposed, int member, byte[] signature)
            implements Message {
        /** Copies the lists. */
        public ViewChange {
            prepared = List.copyOf(prepared);
            proposed = List.copyOf(proposed);
        }
    }

    /** The new leader's reasons. What follows for each sequence number everybody computes from them. */
    record NewView(int config, long view, List<ViewChange> changes, int member, byte[] signature) implements Message {
        /** Copies the list. */
        public NewView {
            changes = List.copyOf(changes);
        }
    }

    /** Where a member stands; sent from time to time, so that others see what it lacks. */
    record Status(int config, long view, boolean active, long stable, long executed) implements Message {
    }

    /** Asks for batches by digest. */
    record FetchBatch(Digest digest) implements Message {
    }

    /** A batch that was asked for; its digest says whether it is the right one. */
    record BatchData(Batch batch) implements Message {
    }

    /** A state in short: its parts' digests. The digest of this is what checkpoints sign. */
    record Manifest(long sequence, Membership members, long bytes, List<Digest> chunks) {
        /** Copies the list. */
        public Manifest {
            chunks = List.copyOf(chunks);
        }
    }

    /** Proof of one change of the membership: the closing checkpoint of the old one, signed by it, and what that state holds. */
    record Link(Proof proof, Manifest manifest) {
    }

    /** A stable checkpoint, and the changes of the membership that lead to it from the receiver's. */
    record Stable(List<Link> links, Proof proof) implements Message {
        /** Copies the list. */
        public Stable {
            links = List.copyOf(links);
        }
    }

    /** Asks for a piece of the state at a stable checkpoint; -1 for its manifest. */
    record FetchState(long sequence, int chunk) implements Message {
    }

    /** The manifest of a state that was asked for. */
    record StateManifest(Manifest manifest) implements Message {
    }

    /** A piece of a state. */
    record StateChunk(long sequence, int chunk, byte[] bytes) implements Message {
    }

    /** What a request came to, from one replica. */
    record Reply(int config, long view, String client, long sequence, Outcome outcome, byte[] result) implements Message {
    }
}
