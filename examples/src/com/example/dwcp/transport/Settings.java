// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.transport;

import java.time.Duration;

import org.dwcp.api.Check;
import org.dwcp.api.transport.Transport;

/**
 * What the provider was told, with every bound checked. Immutable.
 *
 * @param listenHost       address to accept on
 * @param listenPort       port to accept on, 0 for a free one
 * @param channelsMax      most open channels, both ways
 * @param queueBytesMax    most bytes that wait in a channel to be sent
 * @param handshakeTimeout longest wait for a connection that does not say who it is
 */
record Settings(String listenHost, int listenPort, int channelsMax, long queueBytesMax, Duration handshakeTimeout) {
    Settings {
        Check.argument(!listenHost.isBlank(), "listen.host is empty; give an address, or 0.0.0.0 for all");
        within("listen.port", listenPort, 0, 65_535);
        within("channels.max", channelsMax, 1, 100_000);
        within("queue.bytes.max", queueBytesMax, Transport.FRAME_BYTES_MAX, 256 << 20);
        within("handshake.timeout.ms", handshakeTimeout.toMillis(), 100, 60_000);
    }

    private static void within(String key, long value, long min, long max) {
        Check.argument(value >= min && value <= max, "%s %d is not in %d..%d", key, value, min, max);
    }
}
