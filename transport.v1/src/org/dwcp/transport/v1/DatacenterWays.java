// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1;

import java.time.Duration;
import java.util.List;
import java.util.Set;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;
import org.dwcp.transport.lane.Fabric;
import org.dwcp.transport.lane.LaneSettings;
import org.dwcp.transport.lane.PlainTcp;
import org.dwcp.transport.v1.rdma.RdmaDevices;
import org.dwcp.transport.v1.rdma.RdmaFabric;
import org.dwcp.transport.v1.rdma.RdmaLibraries;
import org.dwcp.transport.v1.rdma.RdmaSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ways without TLS that the datacenter's transport knows, with the part of the configuration that is theirs. Thread-safe. */
final class DatacenterWays {
    private static final Logger LOG = LoggerFactory.getLogger(DatacenterWays.class);

    private final List<Fabric> fabrics;
    private volatile RdmaSettings rdma;
    private volatile Plain plain;

    /** Who may see data in clear over TCP. */
    private record Plain(boolean on, boolean anybody, Set<NodeId> trusted) {
        boolean trusts(NodeId peer) {
            return anybody || trusted.contains(peer);
        }
    }

    DatacenterWays(DatacenterTransport.Config config) {
        this(config, new RdmaDevices(RdmaDevices.FOLDER), RdmaLibraries.ofThisMachine());
    }

    DatacenterWays(DatacenterTransport.Config config, RdmaDevices devices, RdmaLibraries libraries) {
        apply(config);
        fabrics = List.of(new RdmaFabric(DatacenterSettings.PROVIDER, devices, libraries, () -> rdma),
                new PlainTcp(() -> plain.on, peer -> plain.trusts(peer)));
    }

    /** RDMA first. */
    List<Fabric> fabrics() {
        return fabrics;
    }

    /** Takes a configuration; refuses it as a whole. */
    void apply(DatacenterTransport.Config config) {
        var trusted = LaneSettings.trusted(config.trusted_peers());
        var nextRdma = new RdmaSettings(RdmaSettings.Use.of(config.rdma()), trusted, config.rdma_lanes(), config.rdma_threads(), config.rdma_host().strip(),
                config.rdma_buffer_bytes(), Duration.ofMillis(config.silence_timeout_ms()), Duration.ofMillis(config.rdma_backoff_ms()));
        var nextPlain = plain(config.tls(), config.listen_host(), trusted);
        if (nextPlain.on && (plain == null || !plain.on)) {
            LOG.warn("tls is off: data travels in clear, unencrypted and unchecked, to and from peers={}", trusted.isEmpty() ? "loopback" : trusted);
        }
        rdma = nextRdma;
        plain = nextPlain;
    }

    private static Plain plain(String tls, String host, Set<NodeId> trusted) {
        Check.argument(tls.equals("on") || tls.equals("off"), "tls '%s' is neither on nor off", tls);
        boolean off = tls.equals("off");
        boolean loopback = host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
        Check.argument(!off || loopback || !trusted.isEmpty(), "tls=off sends data in clear to whoever is at the other end of listen.host %s; name the peers "
                + "that may see it in trusted.peers, or keep tls=on", host);
        return new Plain(off, off && trusted.isEmpty(), trusted);
    }
}
