// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1;

import java.time.Duration;
import java.util.Map;

import org.dwcp.api.Check;
import org.dwcp.transport.lane.LanePolicy;
import org.dwcp.transport.lane.LaneSettings;
import org.dwcp.transport.lane.LaneSettings.Limits;
import org.dwcp.transport.lane.LaneSettings.Listen;
import org.dwcp.transport.lane.LaneSettings.Natives;
import org.dwcp.transport.lane.LaneSettings.Pacing;
import org.dwcp.transport.lane.LaneSettings.Tcp;

/** Reads the datacenter's configuration. No state. */
final class DatacenterSettings {
    static final String PROVIDER = "transport.v1";
    /** Fewest and most lanes between machines. Source: decision 9 of the requirements. */
    static final int LANES_MIN = 32;
    static final int LANES_MAX = 512;

    private DatacenterSettings() {
    }

    static LaneSettings from(DatacenterTransport.Config config) {
        return new LaneSettings(PROVIDER, new Listen(config.listen_host(), config.listen_port()),
                new Limits(LaneSettings.threads(config.threads()), config.channels_max(), config.connections_max(), config.queue_bytes_max(),
                        config.queue_node_bytes_max(), config.queue_peer_bytes_max(),
                        Duration.ofMillis(config.handshake_timeout_ms())),
                new Tcp(Natives.of(config.natives()), "", 0, 0, Pacing.NONE, Duration.ofMillis(config.silence_timeout_ms())),
                policy(config.lanes()), LaneSettings.trusted(config.trusted_peers()), Map.of());
    }

    /** A fixed number, or by itself: within one machine more lanes than cores bring nothing (docs/adr/0015). */
    static LanePolicy policy(int lanes) {
        Check.argument(lanes == 0 || lanes >= LANES_MIN && lanes <= LANES_MAX, "lanes %d is neither 0 nor in %d..%d", lanes, LANES_MIN, LANES_MAX);
        int cores = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, LANES_MIN);
        return path -> LanePolicy.fixed(lanes > 0 ? lanes : path.loopback() ? cores : LANES_MIN).begin(path);
    }
}
