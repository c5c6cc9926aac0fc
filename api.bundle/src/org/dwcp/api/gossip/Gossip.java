// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.gossip;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Tells small values to all nodes of the cluster, without a leader and without agreement: a value reaches everybody within some rounds, nodes that were cut off
 * get it when they are back, and of one name the newest version stays. Values are signed by their owner. Thread-safe.
 * {@snippet :
 * static void announce(Gossip gossip, String address) {
 *     gossip.put("address", address.getBytes(java.nio.charset.StandardCharsets.UTF_8), java.time.Duration.ofHours(1));
 * }
 * }
 */
@ProviderType
public interface Gossip {
    /** Most bytes of a value. Source: chosen; 16 values of it fill one small call. */
    int VALUE_BYTES_MAX = 16 << 10;
    /** Most names of one owner, those that were removed lately included. Source: chosen. */
    int NAMES_MAX = 16;
    /** Most characters of a name. Source: chosen. */
    int NAME_CHARACTERS_MAX = 64;
    /** Shortest life of a value. Source: chosen; some rounds of anti-entropy. */
    Duration LIFE_MIN = Duration.ofSeconds(10);
    /** Longest life of a value. Source: chosen; memory for what a node left behind is bounded by it. */
    Duration LIFE_MAX = Duration.ofDays(7);

    /**
     * Tells all nodes a value of this node. It is renewed for as long as this node runs; after that it is forgotten everywhere when its life is over.
     *
     * @param name  1 to {@link #NAME_CHARACTERS_MAX} characters of {@code a-z 0-9 . -}; a value of this name is replaced
     * @param bytes at most {@link #VALUE_BYTES_MAX}; everybody in the cluster can read them
     * @param life  how long it counts after this node has stopped, {@link #LIFE_MIN} to {@link #LIFE_MAX}
     * @return the value as it was signed
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a wrong argument or one name more than {@link #NAMES_MAX}
     */
    GossipValue put(String name, byte[] bytes, Duration life);

    /**
     * Takes a value of this node back, everywhere.
     *
     * @param name its name
     * @return false when there is none
     */
    boolean remove(String name);

    /**
     * Looks a value up, as far as it has come here.
     *
     * @param owner who wrote it; the own name finds own values
     * @param name  its name
     * @return the newest version that is known here, or empty when there is none or it is over
     */
    Optional<GossipValue> find(NodeId owner, String name);

    /**
     * Lists what is known here.
     *
     * @return in order of owner and name
     */
    List<GossipValue> list();

    /**
     * Lists the neighbours: nodes that this one exchanges values with at the moment.
     *
     * @return in order of name; some five of them, however large the cluster is
     */
    List<NodeId> neighbours();

    /**
     * Gives what is counted, by name in lower case with dots and unit last: {@code values.count}, {@code values.bytes}, {@code refused.signature.count},
     * {@code refused.limit.count}, {@code sent.messages.count} and others.
     *
     * @return name to number
     */
    Map<String, Long> figures();
}
