// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.vm;

/**
 * A virtual machine that this node has a description of. Immutable snapshot.
 * {@snippet :
 * static boolean canMove(Guest guest) {
 *     return guest.state() == Guest.State.RUNNING;
 * }
 * }
 *
 * @param name       its name, that of its file in {@code etc/vms}
 * @param state      how it stands on this node
 * @param generation counts its moves in the whole cluster: who has the highest may run it
 * @param owner      node that may run it, as far as this node knows; empty text while that is being found out
 * @param detail     more for people, may be empty
 */
public record Guest(String name, State state, long generation, String owner, String detail) {
    /** How a guest stands on a node. */
    public enum State {
        /** It runs here. */
        RUNNING,
        /** Its QEMU is here and does not run it. */
        PAUSED,
        /** It runs here and is on its way to a peer. */
        LEAVING,
        /** It is on its way to here. */
        ARRIVING,
        /** It was handed to a peer that has not told whether it runs there; here it is paused until that is known. */
        UNDECIDED,
        /** It belongs to another node. */
        AWAY,
        /** It has no QEMU here. */
        OFF
    }
}
