// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.util.List;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a {@link Replica} feeds: a deterministic machine that takes entries in order. It keeps nothing on disk: a replica that starts installs the last
 * snapshot and applies the rest again. All calls of one replica come one at a time, in order, from threads of the provider; index rises by at least one from
 * call to call (a provider may use indexes for itself). Must not wait for the replica.
 * {@snippet :
 * class Counter implements EntryMachine {
 *     private long sum;
 *     @Override public byte[] apply(long index, byte[] entry) {
 *         sum += entry.length;
 *         return snapshot();
 *     }
 *     @Override public byte[] query(byte[] query) {
 *         return snapshot();
 *     }
 *     @Override public byte[] snapshot() {
 *         return java.nio.ByteBuffer.allocate(8).putLong(sum).array();
 *     }
 *     @Override public void install(long index, byte[] snapshot) {
 *         sum = java.nio.ByteBuffer.wrap(snapshot).getLong();
 *     }
 * }
 * }
 */
@ConsumerType
public interface EntryMachine {
    /** Most bytes of a snapshot. Source: chosen; it is held in memory when taken and installed. */
    int SNAPSHOT_BYTES_MAX = 256 << 20;

    /**
     * Takes the next ordered entry. The same entry may be ordered twice when its proposer repeated it; telling is the machine's affair.
     *
     * @param index its place, 1 or more
     * @param entry 1 to {@link Consensus#ENTRY_BYTES_MAX} bytes; not changed by anybody
     * @return the answer for who proposed it, at most {@link Consensus#ENTRY_BYTES_MAX} bytes; equal on every member
     */
    byte[] apply(long index, byte[] entry);

    /**
     * Answers a question about the state without changing it.
     *
     * @param query what is asked
     * @return the answer, at most {@link Consensus#ENTRY_BYTES_MAX} bytes; equal on every member in the same state
     */
    byte[] query(byte[] query);

    /**
     * Writes the state down.
     *
     * @return equal bytes on every member in the same state; at most {@link #SNAPSHOT_BYTES_MAX}
     */
    byte[] snapshot();

    /**
     * Replaces the state.
     *
     * @param index    the last entry that the snapshot holds; 0 for the state before the first
     * @param snapshot what {@link #snapshot} gave, here or on another member; checked by the provider as far as its tolerance asks
     * @throws ConsensusException for reason STATE_MACHINE when it cannot be read; the replica stops
     */
    void install(long index, byte[] snapshot);

    /**
     * Gives the digest of the state.
     *
     * @return equal on every member in the same state, different in different ones; default the digest of {@link #snapshot}
     */
    default Digest digest() {
        return Digest.of(snapshot());
    }

    /**
     * Tells that the members have changed, in order with the entries.
     *
     * @param index   place of the change
     * @param members the members from here on, in order
     */
    default void membersChanged(long index, List<Member> members) {
    }
}
