// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

import org.dwcp.api.node.NodeClock;
import org.dwcp.migration.flow.FlowSource;

/** Random bytes out of memory, for a certain time. The same offset always has the same bytes, so what was lost can be read again. */
final class MemorySource implements FlowSource {
    private static final int BYTES = 8 << 20;

    private final NodeClock clock;
    private final long endNs;
    private final ByteBuffer content = random(BYTES);
    private long read;

    MemorySource(NodeClock clock, long durationNs) {
        this.clock = clock;
        endNs = clock.nanoTime() + durationNs;
    }

    /** A buffer outside the heap, full of what no encoding makes smaller. */
    static ByteBuffer random(int bytes) {
        var content = new byte[bytes];
        new SplittableRandom(1).nextBytes(content);
        return ByteBuffer.allocateDirect(bytes).put(content).flip();
    }

    @Override
    public long total() {
        return -1;
    }

    @Override
    public int read(long offset, ByteBuffer target) {
        if (offset >= read && clock.nanoTime() - endNs >= 0) {
            return -1;
        }
        int at = (int) (offset % BYTES);
        int count = Math.min(target.remaining(), BYTES - at);
        target.put(content.slice(at, count));
        read = Math.max(read, offset + count);
        return count;
    }

    @Override
    public void close() {
        // Memory only.
    }
}
