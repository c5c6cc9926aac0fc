// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.sim;

/** What runs on a {@link SimNode}: a core with its adapter. A crash drops the object; the next start makes a new one from the disk. */
public interface SimProcess {
    /** The node is up; its disk holds what it held before. */
    void start();

    /**
     * A frame arrived.
     *
     * @param from  number of the sending node; cannot be forged, as with TLS
     * @param frame the bytes; a copy of its own
     */
    void receive(int from, byte[] frame);

    /**
     * A timer ran out.
     *
     * @param token what {@link SimNode#timer} was given
     */
    void timer(long token);
}
