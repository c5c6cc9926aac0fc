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
 * @param host      name or address at which it is reached now: as configured, or from where it dialled when it is not there any more
 * @param port      its control port
 * @param online    true while the control connection is up
 * @param since     when it came or went
 * @param rttNs     last round-trip time of the control connection in nanoseconds, 0 before the first
 * @param providers what it has installed; last known when offline
 * @param problem   why it is offline, empty text when online or never tried
 * @param instance  stands for one run of the peer's process: another text means it was started again and holds none of its old connections.
 *                  Empty text before the first contact
 */
public record PeerInfo(NodeId id, String host, int port, boolean online, Instant since, long rttNs, List<ProviderAdvert> providers,
        String problem, String instance) {
    /** Copies the list. */
    public PeerInfo {
        Objects.requireNonNull(id);
        Objects.requireNonNull(host);
        Objects.requireNonNull(since);
        Objects.requireNonNull(problem);
        Objects.requireNonNull(instance);
        providers = List.copyOf(providers);
    }

    /**
     * Makes the entry of a peer whose instance is not known.
     *
     * @param id        as above
     * @param host      as above
     * @param port      as above
     * @param online    as above
     * @param since     as above
     * @param rttNs     as above
     * @param providers as above
     * @param problem   as above
     */
    public PeerInfo(NodeId id, String host, int port, boolean online, Instant since, long rttNs, List<ProviderAdvert> providers, String problem) {
        this(id, host, port, online, since, rttNs, providers, problem, "");
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
