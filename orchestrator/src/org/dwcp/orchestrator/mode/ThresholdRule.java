// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.util.Locale;
import java.util.function.Supplier;

import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.ModeThresholds;
import org.dwcp.api.hybrid.NetworkMode;

/**
 * The documented rule. DATACENTER: round-trip time below and bandwidth above its thresholds. INTERNET: the other way round. Everything else,
 * and exactly on a threshold, is HYBRID. Hysteresis widens the thresholds of the mode we are in and narrows those of a mode to enter. Pure.
 */
final class ThresholdRule implements ModeThresholds {
    private final Supplier<HybridConfig> config;

    ThresholdRule(Supplier<HybridConfig> config) {
        this.config = config;
    }

    /** Decides without hysteresis. */
    static NetworkMode raw(HybridConfig config, LinkConditions average) {
        return inside(config, NetworkMode.DATACENTER, average, 0) ? NetworkMode.DATACENTER
                : inside(config, NetworkMode.INTERNET, average, 0) ? NetworkMode.INTERNET : NetworkMode.HYBRID;
    }

    @Override
    public Verdict decide(NetworkMode current, LinkConditions average) {
        HybridConfig limits = config.get();
        double band = limits.hysteresis();
        String seen = "rtt %s, bandwidth %s".formatted(ms(average.rttNs()), rate(average.bandwidthBps()));
        if (current != NetworkMode.HYBRID && stays(limits, current, average)) {
            return new Verdict(current, "%s: within %s: %s stays".formatted(seen, bounds(limits, current, band),
                    current.label()));
        }
        for (NetworkMode mode : new NetworkMode[] {NetworkMode.DATACENTER, NetworkMode.INTERNET}) {
            if (inside(limits, mode, average, -band)) {
                return new Verdict(mode, "%s: inside %s: %s".formatted(seen, bounds(limits, mode, -band), mode.label()));
            }
        }
        return new Verdict(NetworkMode.HYBRID, "%s: neither inside %s (datacenter) nor inside %s (internet): hybrid".formatted(seen,
                bounds(limits, NetworkMode.DATACENTER, -band), bounds(limits, NetworkMode.INTERNET, -band)));
    }

    /** At the outer edge of the band the mode still holds ("left only above 11 ms"); without a band the edge is the threshold, so HYBRID. */
    private static boolean stays(HybridConfig limits, NetworkMode mode, LinkConditions average) {
        double band = limits.hysteresis();
        if (band == 0) {
            return inside(limits, mode, average, 0);
        }
        double rtt = average.rttNs();
        double bandwidth = average.bandwidthBps();
        return mode == NetworkMode.DATACENTER
                ? rtt <= rtt(limits, mode, band) && bandwidth >= bandwidth(limits, mode, band)
                : rtt >= rtt(limits, mode, band) && bandwidth <= bandwidth(limits, mode, band);
    }

    private static boolean inside(HybridConfig limits, NetworkMode mode, LinkConditions average, double band) {
        double rtt = average.rttNs();
        double bandwidth = average.bandwidthBps();
        return mode == NetworkMode.DATACENTER
                ? rtt < rtt(limits, mode, band) && bandwidth > bandwidth(limits, mode, band)
                : rtt > rtt(limits, mode, band) && bandwidth < bandwidth(limits, mode, band);
    }

    /** The round-trip threshold, wider for a positive band. */
    private static double rtt(HybridConfig limits, NetworkMode mode, double band) {
        return mode == NetworkMode.DATACENTER ? limits.datacenterLatencyThreshold().toNanos() * (1 + band)
                : limits.internetLatencyThreshold().toNanos() * (1 - band);
    }

    private static double bandwidth(HybridConfig limits, NetworkMode mode, double band) {
        return mode == NetworkMode.DATACENTER ? limits.datacenterBandwidthThresholdBps() * (1 - band)
                : limits.internetBandwidthThresholdBps() * (1 + band);
    }

    private static String bounds(HybridConfig limits, NetworkMode mode, double band) {
        boolean datacenter = mode == NetworkMode.DATACENTER;
        return "%s %s and %s %s".formatted(datacenter ? "<" : ">", ms(rtt(limits, mode, band)), datacenter ? ">" : "<",
                rate(bandwidth(limits, mode, band)));
    }

    static String ms(double ns) {
        return String.format(Locale.ROOT, "%.3g ms", ns / 1e6);
    }

    static String rate(double bps) {
        return bps >= 1e9 ? String.format(Locale.ROOT, "%.3g Gbit/s", bps / 1e9) : String.format(Locale.ROOT, "%.3g Mbit/s", bps / 1e6);
    }
}
