// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.gossip;

import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

import org.dwcp.api.NodeId;

/**
 * A value that its owner has signed. Immutable; treat the bytes as read-only.
 * {@snippet :
 * static String text(GossipValue value) {
 *     return value.owner() + " says " + new String(value.bytes(), java.nio.charset.StandardCharsets.UTF_8);
 * }
 * }
 *
 * @param owner   the node that wrote it; its signature was checked
 * @param name    what it is, unique at its owner
 * @param version grows with each writing and renewal of this name by its owner
 * @param bytes   what it says, 0 to {@link Gossip#VALUE_BYTES_MAX} bytes; a copy
 * @param written when, by the owner's clock
 * @param expires until when it counts, by the owner's clock
 * @param hops    nodes that it came through, the owner included; 0 at the owner. Not signed: a hint for people
 */
public record GossipValue(NodeId owner, String name, long version, byte[] bytes, Instant written, Instant expires, int hops) {
    /** Copies the bytes. */
    public GossipValue {
        Objects.requireNonNull(owner);
        Objects.requireNonNull(name);
        Objects.requireNonNull(written);
        Objects.requireNonNull(expires);
        bytes = bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GossipValue that && owner.equals(that.owner) && name.equals(that.name) && version == that.version && Arrays.equals(bytes, that.bytes)
                && written.equals(that.written) && expires.equals(that.expires) && hops == that.hops;
    }

    @Override
    public int hashCode() {
        return Objects.hash(owner, name, version);
    }

    @Override
    public String toString() {
        return owner + "/" + name + " version " + version + ", " + bytes.length + " bytes";
    }
}
