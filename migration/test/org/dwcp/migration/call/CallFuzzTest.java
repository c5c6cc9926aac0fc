// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.call;

import java.nio.ByteBuffer;
import java.util.List;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.fuzz.Fuzz;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hostile frames of calls: read or refused. */
class CallFuzzTest {
    private static final int HEAP_BYTES_MAX = 16 << 10;
    private static final int HEAP_BYTES_EACH_MAX = 8;

    @Test
    @Timeout(60)
    @Requirement("R-041")
    void hostileCallsAreRefused() {
        fuzz(25_000, 1);
    }

    @Test
    @Tag("soak")
    @Timeout(600)
    void aMillionHostileCallsAreRefused() {
        fuzz(1_000_000, 2);
    }

    private static void fuzz(int count, long seed) {
        var request = CallFrame.request(7, 8, "greet", new byte[500]);
        var good = List.of(bytes(request), bytes(request.answer(new byte[40])), bytes(request.failure(Kind.RETRY, "busy")));
        new Fuzz(good, seed, HEAP_BYTES_MAX, HEAP_BYTES_EACH_MAX).run(count, input -> {
            try {
                CallFrame.read(ByteBuffer.wrap(input));
            } catch (DwcpException e) {
                if (e.kind() != Kind.REJECTED) {
                    throw e;
                }
            }
        });
    }

    private static byte[] bytes(CallFrame frame) {
        ByteBuffer[] parts = frame.parts();
        ByteBuffer all = ByteBuffer.allocate(parts[0].remaining() + parts[1].remaining());
        return all.put(parts[0]).put(parts[1]).array();
    }
}
