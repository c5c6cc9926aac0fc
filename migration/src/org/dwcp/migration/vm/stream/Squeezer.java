// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.stream;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;

/** One endless zstd frame with a long window, so that what is alike is found over megabytes; or nothing at all. Buffers are outside the heap. */
final class Squeezer implements AutoCloseable {
    /** Binary logarithm of the window. Source: 16 MiB, what a decoder must take by RFC 8878's advice is 8; notes of the first measurements used it. */
    private static final int WINDOW_LOG = 24;

    private final ByteBuffer out = ByteBuffer.allocateDirect(128 << 10);
    private final Consumer<ByteBuffer> output;
    private final ZstdCompressCtx context;

    Squeezer(int level, Consumer<ByteBuffer> output) {
        this.output = output;
        if (level == 0) {
            context = null;
            return;
        }
        context = new ZstdCompressCtx();
        context.setLevel(level);
        context.setLong(WINDOW_LOG);
    }

    /** Takes all of the input. */
    void squeeze(ByteBuffer input, boolean flush) {
        if (context == null) {
            if (input.hasRemaining()) {
                output.accept(input);
            }
            return;
        }
        boolean done;
        do {
            out.clear();
            done = context.compressDirectByteBufferStream(out, input, flush ? EndDirective.FLUSH : EndDirective.CONTINUE);
            out.flip();
            if (out.hasRemaining()) {
                output.accept(out);
            }
        } while (input.hasRemaining() || flush && !done);
    }

    @Override
    public void close() {
        if (context != null) {
            context.close();
        }
    }
}
