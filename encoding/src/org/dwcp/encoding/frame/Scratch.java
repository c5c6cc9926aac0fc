// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.frame;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

import org.dwcp.api.encoding.Encoding;

/**
 * A codec with two buffers outside the heap, used by one thread at a time. Heap buffers are copied through them: a native call on a heap array
 * holds up the garbage collector, or every thread of the JVM, for as long as it takes (ADR 16), and the copy costs far less than the codec.
 */
final class Scratch {
    private final Codec codec;
    private final Arena arena = Arena.ofShared();
    private ByteBuffer source;
    private ByteBuffer target;

    Scratch(Codec codec) {
        this.codec = codec;
    }

    int compress(ByteBuffer block, ByteBuffer payload, long bandwidthBps) {
        ByteBuffer out = payload.isDirect() ? payload.duplicate() : target(payload.remaining());
        int bytes = codec.compress(outsideHeap(block), out.slice(), bandwidthBps);
        if (bytes != Codec.DOES_NOT_SHRINK && !payload.isDirect()) {
            payload.put(out.slice(0, bytes));
        }
        return bytes;
    }

    int decompress(ByteBuffer payload, ByteBuffer block) {
        ByteBuffer out = block.isDirect() ? block.duplicate() : target(block.remaining());
        int bytes = codec.decompress(outsideHeap(payload), out.slice());
        if (!block.isDirect()) {
            block.put(out.slice(0, bytes));
        }
        return bytes;
    }

    void close() {
        codec.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private ByteBuffer outsideHeap(ByteBuffer bytes) {
        if (bytes.isDirect()) {
            return bytes.slice();
        }
        if (source == null) {
            source = arena.allocate(Encoding.BLOCK_BYTES_MAX).asByteBuffer();
        }
        return source.clear().put(bytes.duplicate()).flip();
    }

    private ByteBuffer target(int bytes) {
        if (target == null) {
            target = arena.allocate(Encoding.BLOCK_BYTES_MAX).asByteBuffer();
        }
        return target.clear().limit(bytes);
    }
}
