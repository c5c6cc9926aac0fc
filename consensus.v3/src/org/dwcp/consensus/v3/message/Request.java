// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.message;

/**
 * What a client wants ordered, signed by it. A client that has many commands at hand packs them into one request: one signature for all.
 *
 * @param client    its name in the membership
 * @param sequence  1 and up; each number is executed at most once
 * @param kind      what is asked for
 * @param command   the command, opaque to the protocol; not to be changed any more
 * @param signature the client's, over all before it
 */
public record Request(String client, long sequence, Kind kind, byte[] command, byte[] signature) implements Message {
    /** What is asked for. */
    public enum Kind {
        /** A command of the state machine. */
        COMMAND,
        /** A question to the state machine at its place in the order: a linearizable read. */
        QUERY,
        /** A change of the membership, see {@link MembershipChange}. */
        MEMBERS,
        /** A checkpoint at this place, unless one was taken just before. */
        CHECKPOINT
    }
}
