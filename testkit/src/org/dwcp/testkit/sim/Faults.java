// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.sim;

/**
 * How bad the world is.
 *
 * @param delayUsMin least time of a frame on its way
 * @param delayUsMax most time of an ordinary one; frames overtake each other within this
 * @param loss       share of frames that are lost, 0 to 1
 * @param duplicate  share of frames that arrive twice
 * @param straggle   share of frames that take up to fifty times as long
 * @param syncUsMin  least time of a disk sync
 * @param syncUsMax  most time of a disk sync
 */
public record Faults(long delayUsMin, long delayUsMax, double loss, double duplicate, double straggle, long syncUsMin, long syncUsMax) {
    /** A quiet datacenter. */
    public static final Faults NONE = new Faults(100, 1_000, 0, 0, 0, 50, 500);

    /**
     * The same world without lost, doubled or late frames.
     *
     * @return a copy
     */
    public Faults healed() {
        return new Faults(delayUsMin, delayUsMax, 0, 0, 0, syncUsMin, syncUsMax);
    }
}
