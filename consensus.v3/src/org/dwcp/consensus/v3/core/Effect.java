// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.List;

import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Message.Proof;

/** What a replica wants done, in this order. */
public sealed interface Effect {
    /** Send to one member. */
    record Send(int to, Message message) implements Effect {
    }

    /** Send to every other member. */
    record Broadcast(Message message) implements Effect {
    }

    /** Answer a client. */
    record Answer(String client, Message.Reply reply) implements Effect {
    }

    /** Append to the durable log; when it and all before it are on the disk, {@link Event.Persisted} is due. */
    record Persist(long token, Record record) implements Effect {
    }

    /** Replace the durable log by these records, and snapshots by the one kept: the rest is no longer needed. In the order of the persists. */
    record Compact(List<Record> records) implements Effect {
        /** Copies the list. */
        public Compact {
            records = List.copyOf(records);
        }
    }

    /** Start a timer anew. */
    record Start(Timer timer, long generation, long delayMs) implements Effect {
    }

    /** Stop a timer. */
    record Stop(Timer timer) implements Effect {
    }

    /** A batch was executed; for observers. */
    record Executed(int config, long sequence, long view, Digest digest, Batch batch) implements Effect {
    }

    /** A state came from others in place of executing up to it; for observers. */
    record Installed(long sequence, Digest state) implements Effect {
    }

    /** A checkpoint is stable, with all commands up to this place; for observers. */
    record Stabilized(Proof proof, long applied) implements Effect {
    }

    /** A view has begun here; for observers. */
    record Entered(int config, long view, int leader) implements Effect {
    }

    /** The membership is another one from now on. */
    record Members(Membership members, Proof base) implements Effect {
    }

    /** A member misbehaves. */
    record Suspect(Suspicion suspicion) implements Effect {
    }
}
