// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.nio.ByteBuffer;

import org.dwcp.api.consensus.ReplicaSpec;

/** Makes the first frame of a channel, for tests that speak in a member's name. */
public final class Hellos {
    private Hellos() {
    }

    /** The frame with which this member begins a channel. */
    public static byte[] of(ReplicaSpec spec) {
        return ByteBuffer.allocate(Hello.BYTES).put(Names.domain(spec)).putInt(Names.id(spec.keys().self())).array();
    }
}
