// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.util.List;
import java.util.concurrent.CompletionStage;

import org.dwcp.api.NodeId;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * This node's part in one epoch of one group. Thread-safe; all but {@link #close} return at once. Stages complete on threads of the provider, or with a
 * {@link ConsensusException}; never wait in them.
 * {@snippet :
 * static java.util.concurrent.CompletionStage<byte[]> add(Replica replica, byte[] entry) {
 *     return replica.propose(entry);
 * }
 * }
 */
@ConsumerType
public interface Replica extends AutoCloseable {
    /**
     * Orders an entry; any member may propose. It is durable at a quorum when the stage completes. A provider may repeat a proposal inside; it then sees to it that
     * the entry is ordered once while this replica lives. A failure of kind RETRY says that it was not and will not be ordered; after one of kind UNAVAILABLE
     * it may still be.
     *
     * @param entry 1 to {@link Consensus#ENTRY_BYTES_MAX} bytes; not to be changed afterwards
     * @return what {@link EntryMachine#apply} answered: at a crash-tolerant provider on some member, at a Byzantine one equal on f+1 members
     */
    CompletionStage<byte[]> propose(byte[] entry);

    /**
     * Asks the machine in a state that holds everything that was acknowledged anywhere before this call: a linearizable read (Herlihy and Wing 1990). The provider proves
     * that anew for each read or batch of reads; an old lease or acknowledgement is not enough.
     *
     * @param query what {@link EntryMachine#query} is asked
     * @return its answer
     */
    CompletionStage<byte[]> readLinearizable(byte[] query);

    /**
     * Asks this member's machine as it is now, which may be long behind: a stale read.
     *
     * @param query what {@link EntryMachine#query} is asked
     * @return its answer
     */
    CompletionStage<byte[]> readStale(byte[] query);

    /**
     * Changes the members by an ordered command. One change at a time.
     *
     * @param members the members wanted; new ones must already run a replica with this group, epoch and genesis
     * @return completes with the members in force when the change is; fails with reason UNSUPPORTED when the provider cannot, BUSY while another change runs
     */
    CompletionStage<List<Member>> changeMembers(List<Member> members);

    /**
     * Asks the leader to give way.
     *
     * @param target who leads next
     * @return completes when it leads; fails with reason UNSUPPORTED when the provider has no leader to choose
     */
    CompletionStage<NodeId> transferLeader(NodeId target);

    /**
     * Writes a snapshot now and drops what it makes superfluous.
     *
     * @return the index that the snapshot holds
     */
    CompletionStage<Long> compact();

    /**
     * Lets all members learn soon what has been ordered, where a provider's followers learn it with the next entry or heartbeat only: called by each member when it knows that
     * nothing more will be ordered here. May be called by the machine's thread; returns at once. Default: nothing, all members learn it with the order itself.
     */
    default void spread() {
    }

    /**
     * Tells how it is.
     *
     * @return a snapshot of the figures
     */
    ReplicaStatus status();

    /** Stops within 2 s; what is durable stays. Proposals without an answer fail with reason CLOSED. Twice is fine. */
    @Override
    void close();
}
