// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

/** Decides how fast one lane sends, from what its kernel tells. Called by one thread, every {@link #INTERVAL_MS}. */
@FunctionalInterface
public interface Pacer {
    /** Time between two samples. Source: chosen; below the round trip of any link that needs pacing. */
    long INTERVAL_MS = 10;

    /**
     * Takes a sample.
     *
     * @param sample what the lane does now
     * @return most bits per second from now on, 0 for no bound
     */
    long paceBps(Sample sample);

    /**
     * What a lane does now.
     *
     * @param atNs        monotonic time
     * @param deliveryBps bits per second that arrive at the peer
     * @param appLimited  true when that was limited by what was offered
     * @param rttNs       smoothed round-trip time
     * @param rttMinNs    smallest round-trip time of the last minutes
     * @param flightBytes bytes sent and not acknowledged yet
     * @param retransmits segments sent again since the lane began
     */
    record Sample(long atNs, long deliveryBps, boolean appLimited, long rttNs, long rttMinNs, long flightBytes, long retransmits) {
        /** Without losses. */
        public Sample(long atNs, long deliveryBps, boolean appLimited, long rttNs, long rttMinNs, long flightBytes) {
            this(atNs, deliveryBps, appLimited, rttNs, rttMinNs, flightBytes, 0);
        }
    }
}
