// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import org.dwcp.api.Slot;
import org.dwcp.api.Swappable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Orders opaque entries for one epoch of a group among its members, durably. It knows nothing of commands, sessions or other epochs: that is the virtual log's,
 * which is the slot's consumer. A running epoch stays on its provider until it is sealed, whatever the routing says: the routing decides what the next epoch
 * runs on. Thread-safe.
 * {@snippet :
 * static Replica start(Consensus consensus, ReplicaSpec spec, EntryMachine machine) {
 *     return consensus.open(spec, machine);
 * }
 * }
 */
@ConsumerType
public interface Consensus extends Swappable {
    /** The slot. Key: group. */
    Slot<Consensus> SLOT = new Slot<>("consensus", Consensus.class);
    /** Value of {@link Swappable#SLOT_NAME} for consensus providers. */
    String SLOT_PROPERTY = Swappable.SLOT_NAME + "=consensus";
    /** Most bytes of an entry and of an answer. Source: chosen; a batch of commands travels in one entry. */
    int ENTRY_BYTES_MAX = 256 << 10;

    /**
     * Tells what faults its groups survive.
     *
     * @return always the same
     */
    Tolerance tolerance();

    /**
     * Starts this node's replica, new or from what its folder holds. Returns before the replica has found the others; blocks only for the disk.
     *
     * @param spec    group, epoch, members
     * @param machine gets the snapshot or {@link ReplicaSpec#initial}, then the entries; used until the replica is closed
     * @return the replica; close it
     * @throws ConsensusException for reason TOO_FEW_MEMBERS, NOT_A_MEMBER when own key and list differ, BUSY when this instance runs already here, STORAGE when
     *         the folder is damaged or belongs to another instance
     */
    Replica open(ReplicaSpec spec, EntryMachine machine);

    /**
     * Starts a replica that is no member yet and waits to be made one by {@link Replica#changeMembers}.
     *
     * @param spec    group, epoch, genesis and the members that the epoch began with
     * @param machine as in {@link #open}
     * @return the replica
     * @throws ConsensusException for reason UNSUPPORTED (default), or as {@link #open}
     */
    default Replica join(ReplicaSpec spec, EntryMachine machine) {
        throw new ConsensusException(ConsensusException.Reason.UNSUPPORTED, "this provider takes no new members into a running epoch; switch epochs instead");
    }

    /**
     * Opens what the first replica would have to wait for, such as a server. Called on every member while a switch to this provider is being prepared, when commands still go
     * on; nothing else is opened before there is a replica. May block for at most 5 s. Default: nothing.
     *
     * @throws ConsensusException of kind RETRY when it cannot be opened now
     */
    default void warmUp() {
    }

    /**
     * Gets ready for an epoch whose beginning is not certified yet: called on every member of it while a switch is being prepared, when commands still go on. Replicas may
     * find each other, connect and choose a leader, so that {@link #open} with the same {@link ReplicaSpec#instance} goes on from there; nothing is proposed or applied
     * before. What it writes to the folder stays when the preparation is closed: the epoch may still begin. Returns at once. Default: {@link #warmUp}, and nothing more.
     *
     * @param spec what the replica will be; its genesis is that of the epoch before and its initial state is empty
     * @return what was begun; closing it after the replica was opened does nothing
     * @throws ConsensusException as {@link #open}
     */
    default Preparation prepare(ReplicaSpec spec) {
        warmUp();
        return Preparation.READY;
    }

    /**
     * Gives the port where this provider accepts. Peers are told, also when it changes.
     *
     * @return 1 to 65535, or 0 when it accepts nothing from outside (default), or not yet
     */
    default int port() {
        return 0;
    }
}
