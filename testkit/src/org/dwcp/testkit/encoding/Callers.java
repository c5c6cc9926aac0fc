// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.encoding;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntPredicate;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingException;
import org.dwcp.api.encoding.FrameHeader;

/** Threads that encode, decode and compare, each with blocks of its own. */
final class Callers {
    /**
     * What one thread saw.
     *
     * @param good     blocks that came back as they were
     * @param refused  calls answered with kind UNAVAILABLE
     * @param failures everything else
     */
    record Result(int good, int refused, List<String> failures) {
    }

    private Callers() {
    }

    /** Runs until {@code goOn}, asked with the rounds done, is false or a call is refused. Counts {@code running} down after each thread's first block. */
    static List<Result> run(Encoding encoding, int callers, CountDownLatch running, IntPredicate goOn) throws Exception {
        try (var executor = Executors.newFixedThreadPool(callers)) {
            List<Callable<Result>> work = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                Blocks kind = Blocks.values()[caller % Blocks.values().length];
                byte[] block = kind.bytes(10_000 + caller * 37_001);
                boolean direct = caller % 3 == 0;
                work.add(() -> call(encoding, block, direct, running, goOn));
            }
            List<Result> results = new ArrayList<>();
            for (Future<Result> result : executor.invokeAll(work)) {
                results.add(result.get());
            }
            return results;
        }
    }

    private static Result call(Encoding encoding, byte[] block, boolean direct, CountDownLatch running, IntPredicate goOn) {
        int good = 0;
        int refused = 0;
        List<String> failures = new ArrayList<>();
        ByteBuffer frame = direct ? ByteBuffer.allocateDirect(FrameHeader.BYTES + block.length) : ByteBuffer.allocate(FrameHeader.BYTES + block.length);
        ByteBuffer back = direct ? ByteBuffer.allocateDirect(block.length) : ByteBuffer.allocate(block.length);
        while (goOn.test(good) && refused == 0 && failures.isEmpty()) {
            try {
                encoding.encode(ByteBuffer.wrap(block), frame.clear());
                encoding.decode(frame.flip(), back.clear());
                if (back.flip().equals(ByteBuffer.wrap(block))) {
                    good++;
                    if (good == 1) {
                        running.countDown();
                    }
                } else {
                    failures.add("block of " + block.length + " bytes came back changed");
                }
            } catch (EncodingException e) {
                if (e.kind() == Kind.UNAVAILABLE) {
                    refused++;
                } else {
                    failures.add(e.toString());
                }
            } catch (RuntimeException e) {
                failures.add(e.toString());
            }
        }
        return new Result(good, refused, failures);
    }
}
