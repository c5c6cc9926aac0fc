// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.encoding;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The checksum of frames and chunks: CRC-32C (Castagnoli; RFC 3720 appendix B.4), computed by the JDK's intrinsic. No state.
 * {@snippet :
 * int checksum = Crc32c.of(java.nio.ByteBuffer.wrap(new byte[] {1, 2, 3}));
 * }
 */
public final class Crc32c {
    private Crc32c() {
    }

    /**
     * Computes the checksum.
     *
     * @param bytes the remaining bytes; position and limit stay
     * @return 32 bits
     */
    public static int of(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }
}
