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
                        config.queue_node_bytes_max(), config.queue_peer_bytes_max(),
                        Duration.ofMillis(config.handshake_timeout_ms())),
                new Tcp(Natives.of(config.natives()), config.congestion(), config.notsent_bytes_max(),
                        config.lane_pacing_mbit_max() * BITS_PER_MBIT, config.pacing_mbit_max() * BITS_PER_MBIT, pacing(config), Duration.ofMillis(config.silence_timeout_ms())),
                new LaneController(config.lanes_min(), config.lanes_max()), LaneSettings.trusted(config.trusted_peers()), Map.of());
    }

    /** What the kernel lacks of the first wish is made up for in user space, or what is asked for by name. */
    private static Pacing pacing(InternetTransport.Config config) {
        Check.argument(List.of("auto", "bbr", "cubic", "off").contains(config.pacing()), "pacing '%s' is none of auto, bbr, cubic, off", config.pacing());
        return kernel -> {
            var algorithm = switch (config.pacing()) {
                case "off" -> Optional.<CongestionController.Algorithm>empty();
                case "auto" -> CongestionController.beside(config.congestion(), kernel);
                default -> CongestionController.of(config.pacing()).filter(asked -> !asked.word().equals(kernel));
            };
            return algorithm.map(found -> found::begin);
        };
    }
}
