// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

/**
 * What faults a provider survives, and what follows for the number of members. Sources: Lamport 1998 (crash), Castro and Liskov 1999 (Byzantine).
 * {@snippet :
 * int faults = Tolerance.BYZANTINE.faults(4); // 1
 * int quorum = Tolerance.CRASH.quorum(5); // 3
 * }
 */
public enum Tolerance {
    /** One member, which survives its own crash by its disk and nothing else. */
    NONE,
    /** Members crash and come back but never lie: f of 2f+1. */
    CRASH,
    /** Members do anything: f of 3f+1. */
    BYZANTINE;

    /**
     * Gives the faulty members that a group survives.
     *
     * @param members members of the group, 1 or more
     * @return 0 or more
     */
    public int faults(int members) {
        return switch (this) {
            case NONE -> 0;
            case CRASH -> (members - 1) / 2;
            case BYZANTINE -> (members - 1) / 3;
        };
    }

    /**
     * Gives the members that must agree so that any two such sets have a correct member in common.
     *
     * @param members members of the group, 1 or more
     * @return 1 to {@code members}
     */
    public int quorum(int members) {
        return switch (this) {
            case NONE -> members;
            case CRASH -> members / 2 + 1;
            case BYZANTINE -> (members + faults(members)) / 2 + 1;
        };
    }

    /**
     * Gives the fewest members that a group needs.
     *
     * @return 1, 1 (a crash-tolerant group may begin alone) or 4
     */
    public int membersMin() {
        return this == BYZANTINE ? 4 : 1;
    }
}
