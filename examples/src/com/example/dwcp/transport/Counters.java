// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.transport;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.TransportStats;

/** What has happened since start. The names of errors are our own few, so the map cannot grow. Thread-safe. */
final class Counters {
    private final Map<String, Long> errors = new HashMap<>();
    private long channelsTotal;
    private long framesSent;
    private long bytesSent;
    private long framesReceived;
    private long bytesReceived;

    synchronized void count(String error) {
        errors.merge(error, 1L, Long::sum);
    }

    synchronized void opened() {
        channelsTotal++;
    }

    /** Keeps the figures of a channel that is no longer among the open ones. */
    synchronized void ended(ChannelStats channel) {
        framesSent += channel.framesSent();
        bytesSent += channel.bytesSent();
        framesReceived += channel.framesReceived();
        bytesReceived += channel.bytesReceived();
    }

    synchronized TransportStats stats(List<ChannelStats> open) {
        return new TransportStats(PlainTransport.PROVIDER_NAME, open.size(), channelsTotal, open.size(), channelsTotal,
                framesSent + open.stream().mapToLong(ChannelStats::framesSent).sum(), bytesSent + open.stream().mapToLong(ChannelStats::bytesSent).sum(),
                framesReceived + open.stream().mapToLong(ChannelStats::framesReceived).sum(),
                bytesReceived + open.stream().mapToLong(ChannelStats::bytesReceived).sum(), errors, Map.of("tls", "jdk"));
    }
}
