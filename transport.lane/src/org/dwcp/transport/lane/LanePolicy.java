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
            public int next(int now, long goodputBps) {
                return now;
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
         * Looks at a running channel. Lanes are only ever added: closing one would cost more than it gives.
         *
         * @param now        lanes it has
         * @param goodputBps bits per second that its frames made, both ways, since the last call
         * @return lanes it should have
         */
        int next(int now, long goodputBps);
    }
}
