// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.node;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

import org.dwcp.api.NodeId;

/**
 * What is known of one peer. Immutable snapshot.
 * {@snippet :
 * static String line(PeerInfo peer) {
 *     return peer.id() + " at " + peer.host() + ":" + peer.port() + (peer.online() ? "" : " offline");
 * }
 * }
 *
 * @param id        its name
 * @param host      name or address of the machine
 * @param port      its control port
 * @param online    true while the control connection is up
 * @param since     when it came or went
 * @param rttNs     last round-trip time of the control connection in nanoseconds, 0 before the first
 * @param providers what it has installed; last known when offline
 * @param problem   why it is offline, empty text when online or never tried
 */
public record PeerInfo(NodeId id, String host, int port, boolean online, Instant since, long rttNs, List<ProviderAdvert> providers,
        String problem) {
    /** Copies the list. */
    public PeerInfo {
        Objects.requireNonNull(id);
        Objects.requireNonNull(host);
        Objects.requireNonNull(since);
        Objects.requireNonNull(problem);
        providers = List.copyOf(providers);
    }

    /**
     * Looks up a provider of the peer.
     *
     * @param name its name, for example {@code transport.v3}
     * @return what the peer says of it, or empty when the peer does not have it
     */
    public Optional<ProviderAdvert> provider(String name) {
        return providers.stream().filter(p -> p.name().equals(name)).findFirst();
    }
}
