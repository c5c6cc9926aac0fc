// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm.qmp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

import org.dwcp.api.DwcpException.Kind;

/** Lines of UTF-8 with a bound. For one thread. */
final class Lines {
    private static final int START = 8 << 10;

    private final ReadableByteChannel channel;
    private final int bytesMax;
    private ByteBuffer kept = ByteBuffer.allocate(START);
    private int looked;

    Lines(ReadableByteChannel channel, int bytesMax) {
        this.channel = channel;
        this.bytesMax = bytesMax;
    }

    /** Reads a line, without its end; empty at the end of the channel. */
    Optional<String> next() throws IOException {
        while (true) {
            for (; looked < kept.position(); looked++) {
                if (kept.get(looked) == '\n') {
                    return Optional.of(take());
                }
            }
            if (!kept.hasRemaining()) {
                if (kept.capacity() >= bytesMax) {
                    throw new QmpException(Kind.BROKEN, "QEMU wrote a line of more than " + bytesMax + " bytes");
                }
                kept = ByteBuffer.allocate(Math.min(bytesMax, kept.capacity() * 2)).put(kept.flip());
            }
            if (channel.read(kept) < 0) {
                return Optional.empty();
            }
        }
    }

    private String take() {
        String line = new String(kept.array(), 0, looked, StandardCharsets.UTF_8);
        kept.flip().position(looked + 1);
        kept.compact();
        looked = 0;
        return line.strip();
    }
}
