// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

/** Head of a chunk: where its bytes belong, how many they are, their CRC-32C before encoding, and whether the payload is an encoded frame. */
public record ChunkHeader(long offset, int rawBytes, int checksum, boolean encoded) {
    /** Offset behind its last byte. */
    public long end() {
        return offset + rawBytes;
    }
}
