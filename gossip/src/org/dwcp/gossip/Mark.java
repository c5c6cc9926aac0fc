// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import org.dwcp.api.NodeId;

/** Names one version of a value. The digest tells two contents under one version apart. */
record Mark(NodeId owner, String name, long version, long digest) {
    boolean isNewerThan(Mark other) {
        return version != other.version ? version > other.version : Long.compareUnsigned(digest, other.digest) > 0;
    }

    /** Well mixed, the same on every node: the low bits choose the bucket of anti-entropy, the whole goes into its sum. */
    long hash() {
        long mixed = digest * 0x9e37_79b9_7f4a_7c15L ^ version;
        mixed = (mixed ^ mixed >>> 30) * 0xbf58_476d_1ce4_e5b9L;
        return mixed ^ mixed >>> 27;
    }

    /** The bucket depends on the name alone, so that all versions of a name meet in it. */
    int bucket() {
        int mixed = (owner.value().hashCode() * 31 + name.hashCode()) * 0x9e37_79b9;
        return mixed >>> 32 - 6;
    }
}
