// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.Message.Manifest;

/**
 * The checks on which safety rests, in one place. A node has only {@link #PBFT}; tests pass others, to see that the simulator finds what
 * goes wrong then.
 */
public interface Rules {
    /** The protocol's own. */
    Rules PBFT = new Rules() { };

    /** How many equal votes decide. */
    default int quorum(Membership members) {
        return members.quorum();
    }

    /** Whether a batch that was asked for is the one that was voted for. */
    default boolean matches(Digest wanted, Batch batch) {
        return batch.digest().equals(wanted);
    }

    /** Whether a state that was asked for is the one that a quorum signed. */
    default boolean matches(Digest signed, Manifest manifest) {
        return Codec.digest(manifest).equals(signed);
    }

    /** Whether a piece of a state is what its manifest says. */
    default boolean matches(Digest wanted, byte[] chunk) {
        return Digest.of(chunk).equals(wanted);
    }
}
