// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.nio.ByteBuffer;
import java.util.Arrays;

import org.dwcp.consensus.v3.message.Digest;

/** The first frame of a channel: which instance of which group, and which member speaks. */
public record Hello(byte[] domain, int id) {
    /** Size of the frame. */
    public static final int BYTES = Digest.BYTES + 4;

    /** Reads a frame; null for anything else. */
    public static Hello read(ByteBuffer frame) {
        if (frame.remaining() != BYTES) {
            return null;
        }
        var domain = new byte[Digest.BYTES];
        frame.get(domain);
        int id = frame.getInt();
        return id < 1 ? null : new Hello(domain, id);
    }

    boolean isFor(byte[] other) {
        return Arrays.equals(domain, other);
    }
}
