// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.util.Optional;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;

/**
 * What a slot spreads its work by: a peer, a flow, a group. The same key goes to the same provider as long as shares do not move past it.
 * Make it once and keep it: its hash is computed here, so that a routed call need not. Immutable.
 * {@snippet :
 * RouteKey key = RouteKey.of("lisbon/flow-17");
 * long hash = key.hash(); // the same on every node and after every restart
 * }
 */
public final class RouteKey {
    /** Most characters of a key. Source: chosen; keys stand in log lines. */
    public static final int LENGTH_MAX = 256;
    /** The key of work that has none of its own. */
    public static final RouteKey NODE = of("node");

    private final String text;
    private final long hash;
    private final Optional<NodeId> peer;

    private RouteKey(String text, Optional<NodeId> peer) {
        this.text = text;
        this.hash = hash(text);
        this.peer = peer;
    }

    /**
     * Makes a key.
     *
     * @param text 1 to {@link #LENGTH_MAX} characters
     * @return the key
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a text out of bounds
     */
    public static RouteKey of(String text) {
        Check.argument(text != null && !text.isEmpty() && text.length() <= LENGTH_MAX,
                "route key of %d characters is not 1 to %d long", text == null ? 0 : text.length(), LENGTH_MAX);
        return new RouteKey(text, Optional.empty());
    }

    /**
     * Makes the key of work that goes over the link to a peer: it follows the mode of that link instead of the node's.
     *
     * @param peer the peer
     * @param flow what tells it from other work with the same peer; together with the peer's name at most {@link #LENGTH_MAX} - 1 characters
     * @return the key, whose text is {@code peer/flow}
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a text out of bounds
     */
    public static RouteKey ofPeer(NodeId peer, String flow) {
        return new RouteKey(of(peer + "/" + flow).text, Optional.of(peer));
    }

    /**
     * Gives the peer whose link the work uses.
     *
     * @return the peer, or empty for work of the node as a whole
     */
    public Optional<NodeId> peer() {
        return peer;
    }

    /**
     * Gives the text.
     *
     * @return what the key was made of
     */
    public String text() {
        return text;
    }

    /**
     * Gives the hash: FNV-1a over the UTF-16 units (Fowler, Noll, Vo), finished by the mixer of MurmurHash3 (Appleby).
     *
     * @return 64 well-mixed bits that depend on the text alone
     */
    public long hash() {
        return hash;
    }

    /**
     * Hashes a text as {@link #hash()} does.
     *
     * @param text any text
     * @return 64 well-mixed bits
     */
    public static long hash(String text) {
        long h = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            h = (h ^ text.charAt(i)) * 0x100000001b3L;
        }
        return mix(h);
    }

    /**
     * Mixes 64 bits so that each input bit moves each output bit (MurmurHash3 finalizer).
     *
     * @param bits any bits
     * @return mixed bits; a bijection
     */
    public static long mix(long bits) {
        long h = bits;
        h = (h ^ h >>> 33) * 0xff51afd7ed558ccdL;
        h = (h ^ h >>> 33) * 0xc4ceb9fe1a85ec53L;
        return h ^ h >>> 33;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RouteKey key && key.text.equals(text) && key.peer.equals(peer);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash);
    }

    @Override
    public String toString() {
        return text;
    }
}
