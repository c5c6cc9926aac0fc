// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.stream;

import java.nio.ByteBuffer;

/** Takes what a {@link StreamParser} finds, in order. All of it together is the stream, byte for byte. Buffers are valid during the call. */
interface StreamVisitor {
    /** Bytes that are passed on as they are. */
    void raw(ByteBuffer bytes);

    /**
     * A page that is all zero.
     *
     * @param name    the memory block as it was written before the page, or {@code null} for that of the page before
     * @param address of the page in its block, a multiple of {@link StreamParser#PAGE}
     */
    void zero(String name, long address);

    /**
     * A page with content.
     *
     * @param content {@link StreamParser#PAGE} bytes
     */
    void page(String name, long address, ByteBuffer content);
}
