// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.node;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The nodes that this node knows, with their addresses and what they have installed. The node keeps one control connection to each and
 * learns changes from it. Thread-safe.
 * {@snippet :
 * static boolean has(Peers peers, NodeId peer, String provider) {
 *     return peers.find(peer).filter(PeerInfo::online).flatMap(p -> p.provider(provider)).isPresent();
 * }
 * }
 */
@ProviderType
public interface Peers {
    /** Most peers a node keeps. Source: chosen; one control connection each. */
    int PEERS_MAX = 1_000;

    /**
     * Gives this node's own name.
     *
     * @return the id
     */
    NodeId self();

    /**
     * Lists the peers, without this node.
     *
     * @return in order of name
     */
    List<PeerInfo> list();

    /**
     * Looks up a peer.
     *
     * @param peer its name; the own name gives an entry for this node itself
     * @return what is known of it, or empty when it is unknown
     */
    Optional<PeerInfo> find(NodeId peer);

    /**
     * Adds a peer or changes its address; kept over restarts.
     *
     * @param peer its name
     * @param host name or address
     * @param port its control port, 1 to 65535
     * @throws org.dwcp.api.DwcpException of kind REJECTED for the own name, a bad port or the {@link #PEERS_MAX} limit
     */
    void add(NodeId peer, String host, int port);

    /**
     * Forgets a peer and closes its control connection.
     *
     * @param peer its name
     * @return false when it was unknown
     */
    boolean remove(NodeId peer);

    /**
     * Asks to be told when a peer comes, goes or changes what it has.
     *
     * @param listener called with the new entry, in order, never concurrently
     * @return closes to stop
     */
    Registration onChange(Consumer<PeerInfo> listener);
}
