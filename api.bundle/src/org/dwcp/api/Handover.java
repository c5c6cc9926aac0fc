// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api;

import java.util.Objects;

/**
 * State on its way from one provider of a slot to another. The bytes are copied on the way in and out.
 * {@snippet :
 * Handover state = new Handover("counters", 1, new byte[] {1, 2, 3});
 * byte[] copy = state.bytes();
 * }
 *
 * @param format  name of the format, agreed between the slot's providers
 * @param version version of the format, 1 or more; a target refuses one it does not know
 * @param bytes   the state
 */
public record Handover(String format, int version, byte[] bytes) {
    /** Most bytes that one handover may carry. Source: chosen; larger state goes through a flow. */
    public static final int BYTES_MAX = 64 << 20;

    /**
     * Checks and copies.
     *
     * @throws DwcpException of kind REJECTED for a version below 1 or more than {@link #BYTES_MAX} bytes
     */
    public Handover {
        Objects.requireNonNull(format);
        Check.argument(version >= 1, "handover version %d is below 1", version);
        Check.argument(bytes.length <= BYTES_MAX, "handover of %d bytes exceeds %d; move it by a flow", bytes.length, BYTES_MAX);
        bytes = bytes.clone();
    }

    /**
     * Gives the state.
     *
     * @return a copy
     */
    @Override
    public byte[] bytes() {
        return bytes.clone();
    }
}
