// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import java.io.IOException;

/** A chunk is not in the store, or what is there is not that chunk any more. A pack that brings it again heals it. */
public final class ChunkLostException extends IOException {
    private static final long serialVersionUID = 1L;

    ChunkLostException(ChunkId id, String why) {
        super("chunk " + id + " " + why + "; send the image whole to bring it back");
    }
}
