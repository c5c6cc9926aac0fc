// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportStats;
import org.dwcp.testkit.node.TestNode;
import org.dwcp.testkit.transport.NetworkTransportContract;
import org.junit.jupiter.api.Test;

/** The slot's contract, and what this provider adds to it. */
class PlainTransportTest extends NetworkTransportContract {
    private final Map<Transport, Endpoint> endpoints = new ConcurrentHashMap<>();

    @Override
    protected String provider() {
        return PlainTransport.PROVIDER_NAME;
    }

    @Override
    protected Transport start(TestNode node) {
        var settings = new Settings("127.0.0.1", 0, 1_000, 2 << 20, Duration.ofSeconds(6));
        var endpoint = new Endpoint(settings, node.identity(), node.peers(), node.clock(), node::handler);
        var transport = new Direct(endpoint);
        endpoints.put(transport, endpoint);
        return transport;
    }

    @Override
    protected void stop(Transport transport) {
        endpoints.get(transport).close();
    }

    /** The endpoint without OSGi. */
    private record Direct(Endpoint endpoint) implements Transport {
        @Override
        public Channel open(NodeId peer, String protocol, ChannelHandler handler, OpenOptions options) {
            return endpoint.open(peer, protocol, handler, options);
        }

        @Override
        public int port() {
            return endpoint.port();
        }

        @Override
        public Optional<LinkStats> link(NodeId peer) {
            return endpoint.link(peer);
        }

        @Override
        public Optional<LinkStats> measure(NodeId peer, Duration duration) {
            return endpoint.measure(peer, duration);
        }

        @Override
        public List<ChannelStats> channels() {
            return endpoint.channels();
        }

        @Override
        public Optional<TransportStats> stats() {
            return endpoint.stats();
        }

        @Override
        public void probe() {
            endpoint.probe();
        }
    }

    @Test
    void refusesSettingsOneStepOutOfBounds() {
        for (var port : new int[] {-1, 65_536}) {
            assertThatThrownBy(() -> new Settings("127.0.0.1", port, 1, 2 << 20, Duration.ofSeconds(1))).isInstanceOf(DwcpException.class)
                    .hasMessageContaining("listen.port " + port + " is not in 0..65535");
        }
        assertThatThrownBy(() -> new Settings("127.0.0.1", 0, 1, Transport.FRAME_BYTES_MAX - 1, Duration.ofSeconds(1))).isInstanceOf(DwcpException.class);
        assertThat(new Settings("127.0.0.1", 0, 1, Transport.FRAME_BYTES_MAX, Duration.ofMillis(100)).channelsMax()).isEqualTo(1);
    }

    @Test
    void refusesOneChannelAboveItsLimit() {
        var node = cluster.node("c");
        try (var endpoint = new Endpoint(new Settings("127.0.0.1", 0, 2, 2 << 20, Duration.ofSeconds(2)), node.identity(), node.peers(), node.clock(),
                node::handler)) {
            node.handle(PROTOCOL, opened -> (channel, frame) -> { });
            var own = endpoint.open(node.id(), PROTOCOL, (channel, frame) -> { }, ORDERED); // Opened and accepted here: that makes two.
            soon().until(() -> endpoint.channels().size() == 2);

            assertThatThrownBy(() -> endpoint.open(node.id(), PROTOCOL, (channel, frame) -> { }, ORDERED)).isInstanceOfSatisfying(DwcpException.class,
                    e -> assertThat(e.kind()).isEqualTo(DwcpException.Kind.RETRY));

            own.close();
            soon().until(() -> endpoint.channels().isEmpty());
        }
    }

    @Test
    void endsTheChannelsOfAHandlerThatLeaves() {
        ProtocolHandler handler = opened -> (channel, frame) -> { };
        b.handle(PROTOCOL, handler);
        var channel = ta.open(b.id(), PROTOCOL, (from, frame) -> { }, ORDERED);

        endpoints.get(tb).dismiss(handler);

        soon().until(() -> !channel.isOpen() && tb.channels().isEmpty());
    }
}
