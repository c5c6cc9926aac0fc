// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.Optional;

import org.dwcp.api.transport.LinkStats;

/** Decides how many lanes an unordered channel gets. Thread-safe. */
@FunctionalInterface
public interface LanePolicy {
    /** Most lanes of one channel. Source: decision 9 of the requirements, 32 to 512 in a datacenter. */
    int LANES_MAX = 512;

    /**
     * Begins a channel.
     *
     * @param path what is known of the way to the peer
     * @return decides for this one channel
     */
    Tuner begin(Path path);

    /**
     * Gives what a lane of an unordered channel should be able to have under way as soon as it joins, at either end.
     *
     * @return bytes, 0 to leave that to the kernel
     */
    default long laneWindowBytes() {
        return 0;
    }

    /**
     * Begins to bound the rate of one channel of several lanes, at either end.
     *
     * @param congestion congestion control of its lanes, empty text for the system's
     * @return decides for this one channel; empty when the lanes are left to themselves
     */
    default Optional<Governor> governor(String congestion) {
        return Optional.empty();
    }

    /**
     * Gives every channel the same number for all its life.
     *
     * @param lanes how many
     * @return the policy
     */
    static LanePolicy fixed(int lanes) {
        return path -> new Tuner() {
            @Override
            public int first() {
                return lanes;
            }

            @Override
            public Plan next(View view) {
                return new Plan(view.lanes(), 0);
            }
        };
    }

    /**
     * What is known when a channel is opened.
     *
     * @param loopback true when the peer is on this machine
     * @param link     what earlier traffic told, if there was any
     */
    record Path(boolean loopback, Optional<LinkStats> link) {
    }

    /** Decides for one channel. Called by one thread. */
    interface Tuner {
        /** Time between two calls of {@link #next}, in milliseconds. Source: chosen; several round trips of a slow link. */
        long INTERVAL_MS = 2_000;

        /**
         * Gives the lanes to open with.
         *
         * @return 1 to {@link #LANES_MAX}
         */
        int first();

        /**
         * Looks at a running channel. A lane that is not used any more stays connected, so that it can be used again at once.
         *
         * @param view what it does
         * @return what it should have
         */
        Plan next(View view);
    }

    /** Bounds the rate of all lanes of one channel together. Called by one thread. */
    @FunctionalInterface
    interface Governor {
        /**
         * Takes what the lanes do now. Called every 100 ms while something is sent.
         *
         * @param now what they do
         * @return most bits per second of all of them from now on, 0 for no bound
         */
        long rateBps(Now now);
    }

    /**
     * What the lanes of a channel do now.
     *
     * @param atNs         monotonic time
     * @param arrivedBytes bytes that are known to be at the peer, of all lanes since they began
     * @param segmentsSent segments sent, with repetitions, of all lanes since they began
     * @param retransmits  of those, segments sent again
     * @param rttMinNs     shortest round trip of any lane, 0 when that is not known
     * @param rttNs        round trip now, mean of its lanes, 0 when that is not known
     * @param pressed      there is more to send than the kernel takes
     */
    record Now(long atNs, long arrivedBytes, long segmentsSent, long retransmits, long rttMinNs, long rttNs, boolean pressed) {
    }

    /**
     * What a channel did since the last look.
     *
     * @param lanes           lanes in use
     * @param goodputBps      bits per second that its frames made, both ways
     * @param rttMinNs        shortest round trip of its lanes, 0 when that is not known
     * @param rttNs           round trip, mean of its lanes since the last look, 0 when that is not known
     * @param retransmitShare share of segments that were sent again
     * @param pressed         senders had to wait for room: the lanes, and not the sender, were the limit
     * @param bounded         its {@link Governor} bounds it now
     */
    record View(int lanes, long goodputBps, long rttMinNs, long rttNs, double retransmitShare, boolean pressed, boolean bounded) {
    }

    /**
     * What a channel should have.
     *
     * @param lanes           lanes in use, 1 to {@link #LANES_MAX}
     * @param laneWindowBytes bytes that each of them should be able to have under way, 0 to leave that to the kernel
     */
    record Plan(int lanes, long laneWindowBytes) {
    }
}
