// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v3;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.Check;
import org.dwcp.transport.lane.LaneSettings;
import org.dwcp.transport.lane.LaneSettings.Limits;
import org.dwcp.transport.lane.LaneSettings.Listen;
import org.dwcp.transport.lane.LaneSettings.Natives;
import org.dwcp.transport.lane.LaneSettings.Pacing;
import org.dwcp.transport.lane.LaneSettings.Tcp;

/** Reads the internet's configuration. No state. */
final class InternetSettings {
    static final String PROVIDER = "transport.v3";
    private static final long BITS_PER_MBIT = 1_000_000;

    private InternetSettings() {
    }

    static LaneSettings from(InternetTransport.Config config) {
        return new LaneSettings(PROVIDER, new Listen(config.listen_host(), config.listen_port()),
                new Limits(LaneSettings.threads(config.threads()), config.channels_max(), config.connections_max(), config.queue_bytes_max(),
                        Duration.ofMillis(config.handshake_timeout_ms())),
                new Tcp(Natives.of(config.natives()), config.congestion(), config.notsent_bytes_max(),
                        config.lane_pacing_mbit_max() * BITS_PER_MBIT, pacing(config), Duration.ofMillis(config.silence_timeout_ms())),
                new GrowWhilePaying(config.lanes_min(), config.lanes_max()), LaneSettings.trusted(config.trusted_peers()), Map.of());
    }

    /** BBR that the kernel lacks is made up for in user space, when it was the first choice or is asked for. */
    private static Pacing pacing(InternetTransport.Config config) {
        Check.argument(List.of("auto", "bbr", "off").contains(config.pacing()), "pacing '%s' is none of auto, bbr, off", config.pacing());
        boolean wanted = config.pacing().equals("bbr") || config.pacing().equals("auto") && config.congestion().strip().startsWith("bbr");
        return congestion -> wanted && !congestion.equals("bbr") ? Optional.of(BbrModel::new) : Optional.empty();
    }
}
