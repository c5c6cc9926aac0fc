// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.ModeThresholds;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.orchestrator.config.Settings;
import org.dwcp.testkit.SimulatedClock;

/** A detector on a simulated link: one cycle is one call, time passes only here. */
final class Bench {
    static final long GBPS = 1_000_000_000L;

    final SimulatedClock clock = new SimulatedClock();
    final Settings settings = new Settings(Map.of(), name -> null);
    final List<Double> switchedAtSeconds = new ArrayList<>();
    volatile FlagState flags = FlagState.DEFAULT;
    volatile Optional<ModeThresholds> custom = Optional.empty();
    volatile LinkConditions link;
    final LinkModeDetector detector;
    private NetworkMode last = NetworkMode.HYBRID;

    Bench() {
        this(Optional.empty(), Duration.ZERO);
    }

    Bench(Optional<java.nio.file.Path> cooldownFile, Duration startedAt) {
        clock.advance(startedAt);
        detector = new LinkModeDetector(settings, () -> flags, clock, cooldownFile, () -> custom);
        detector.attach(() -> Optional.ofNullable(link));
    }

    static LinkConditions conditions(double rttMs, double gbps) {
        return new LinkConditions(Math.round(rttMs * 1e6), Math.round(gbps * GBPS), 0, SimulatedClock.START, "test");
    }

    Bench link(double rttMs, double gbps) {
        link = conditions(rttMs, gbps);
        return this;
    }

    /** Ten samples of one link at once: the average is exactly this. */
    Bench settled(double rttMs, double gbps) {
        link(rttMs, gbps);
        for (int i = 0; i < 10; i++) {
            detector.offer(link);
        }
        return this;
    }

    Bench config(String key, Object value) {
        settings.update(Map.of(key, value));
        return this;
    }

    /** One detection, then ten seconds. */
    NetworkMode cycle() {
        detector.detectMode();
        NetworkMode now = detector.report().mode();
        if (now != last) {
            switchedAtSeconds.add(clock.nanoTime() / 1e9);
            last = now;
        }
        clock.advance(Duration.ofSeconds(10));
        return now;
    }

    NetworkMode cycles(int count) {
        NetworkMode mode = detector.report().mode();
        for (int i = 0; i < count; i++) {
            mode = cycle();
        }
        return mode;
    }

    /** 1 when the first detection left HYBRID: that is no switch between modes. */
    int first() {
        return !switchedAtSeconds.isEmpty() && switchedAtSeconds.getFirst() == 0 ? 1 : 0;
    }

    NetworkMode mode() {
        return detector.report().mode();
    }
}
