// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import org.dwcp.api.Registration;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Turns measurements into a mode. One instance a node, shared by all parts. Thread-safe.
 * {@snippet :
 * static NetworkMode now(ModeDetector detector) {
 *     return detector.detectMode();
 * }
 * }
 */
@ProviderType
public interface ModeDetector {
    /** Number of samples that are kept and averaged. Source: R-099. */
    int HISTORY_SAMPLES = 10;

    /**
     * Takes fresh samples of every link and decides. May block for the time of a probe, at most 2 s.
     *
     * @return the mode that the samples ask for; an override is returned as it is
     */
    NetworkMode detectMode();

    /**
     * Detects again and again until closed.
     *
     * @param interval time between two detections, 10 ms to 1 h
     * @param listener told once for each change
     * @return closes to stop the loop; after that the listener is not called
     */
    Registration autoDetectLoop(Duration interval, Consumer<ModeChange> listener);

    /**
     * Gives the last decision.
     *
     * @return the report
     */
    ModeReport report();

    /**
     * Gives the last round-trip times.
     *
     * @return nanoseconds, oldest first, at most {@link #HISTORY_SAMPLES}
     */
    List<Long> latencyHistory();

    /**
     * Gives the last bandwidths.
     *
     * @return bits per second, oldest first, at most {@link #HISTORY_SAMPLES}
     */
    List<Long> bandwidthHistory();

    /**
     * Pins the mode until {@link #release()}; detection goes on but changes nothing.
     *
     * @param mode   the mode
     * @param reason why
     */
    void forceMode(NetworkMode mode, String reason);

    /** Ends the override. */
    void release();

    /**
     * Adds one measurement, as every source does.
     *
     * @param sample what was measured
     */
    void offer(LinkConditions sample);

    /**
     * Gives the last decision for each link. A peer that is off line keeps the mode it had.
     *
     * @return in order of peer; empty when this detector knows no links (default)
     */
    default List<LinkReport> links() {
        return List.of();
    }

    /**
     * Asks to be told when a link's mode changes, or when a peer and with it its link is forgotten ({@link LinkReport#detected()} is false then).
     *
     * @param listener called in order, outside of any lock; an exception is counted and stops nobody else
     * @return closes to stop
     */
    default Registration onLinkChange(Consumer<LinkReport> listener) {
        return () -> { };
    }
}
