// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transport;

import java.util.Map;
import java.util.Objects;

/**
 * What a transport provider counts since it started, and how it works here. Immutable snapshot.
 * {@snippet :
 * static boolean bbr(TransportStats stats) {
 *     return "bbr".equals(stats.traits().get("congestion"));
 * }
 * }
 *
 * @param provider       name of the provider
 * @param channelsOpen   channels open now, both ways
 * @param channelsTotal  channels opened since start, both ways
 * @param lanesOpen      lanes open now, both ways
 * @param lanesTotal     lanes opened since start, both ways
 * @param framesSent     frames handed to the lanes
 * @param bytesSent      bytes of those frames
 * @param framesReceived frames handed up
 * @param bytesReceived  bytes of those frames
 * @param errors         what went wrong by name, for example {@code handshake.failed} (no TLS, foreign certificate or garbage),
 *                       {@code frame.refused} or {@code channel.broken}; a name that never happened may be missing
 * @param traits         how it works on this machine, for example {@code congestion=bbr}, {@code tls=boringssl}
 */
public record TransportStats(String provider, int channelsOpen, long channelsTotal, int lanesOpen, long lanesTotal, long framesSent, long bytesSent,
        long framesReceived, long bytesReceived, Map<String, Long> errors, Map<String, String> traits) {
    /** Copies the maps. */
    public TransportStats {
        Objects.requireNonNull(provider);
        errors = Map.copyOf(errors);
        traits = Map.copyOf(traits);
    }
}
