// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReadAheadTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final ReadAhead ahead = new ReadAhead();

    private static byte[] all(ReadAhead ahead) throws Exception {
        var out = new ByteArrayOutputStream();
        for (var buffer = ahead.next(); buffer != null; buffer = ahead.next()) {
            var part = new byte[buffer.remaining()];
            buffer.get(part);
            out.writeBytes(part);
            ahead.done(buffer);
        }
        return out.toByteArray();
    }

    @Test
    void givesEveryByteOnceAndInOrder() throws Exception {
        var bytes = new byte[3_000_001];
        new SplittableRandom(1).nextBytes(bytes);
        var thread = Thread.ofPlatform().start(() -> ahead.run(Channels.newChannel(new ByteArrayInputStream(bytes))));

        assertThat(all(ahead)).isEqualTo(bytes);
        thread.join();
        assertThat(ahead.next()).isNull();
    }

    @Test
    void readsNoFurtherAheadThanItsBuffers() throws Exception {
        var reads = new AtomicInteger();
        var thread = Thread.ofPlatform().start(() -> ahead.run(Channels.newChannel(new InputStream() {
            @Override
            public int read() {
                throw new AssertionError("byte by byte");
            }

            @Override
            public int read(byte[] target, int offset, int length) {
                reads.incrementAndGet();
                return 1;
            }
        })));
        await().atMost(LONG).until(() -> thread.getState() == Thread.State.WAITING);
        assertThat(reads).hasValue(ReadAhead.BUFFERS);

        ahead.done(ahead.next());
        await().atMost(LONG).until(() -> reads.get() == ReadAhead.BUFFERS + 1);

        ahead.stop();
        thread.join();
        assertThat(ahead.hasMore()).isTrue();
    }

    @Test
    void saysWhatWentWrongAfterWhatCameBefore() throws Exception {
        var rest = new AtomicInteger(2);
        Thread.ofPlatform().start(() -> ahead.run(Channels.newChannel(new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("broken");
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                if (rest.getAndDecrement() == 0) {
                    throw new IOException("broken");
                }
                return 7;
            }
        })));

        assertThat(ahead.next().remaining()).isEqualTo(7);
        assertThat(ahead.next().remaining()).isEqualTo(7);
        assertThatThrownBy(ahead::next).isInstanceOf(IOException.class).hasMessage("broken");
    }

    @Test
    void whoWaitsIsWokenByAStop() throws Exception {
        var failure = new Throwable[1];
        var waiting = Thread.ofPlatform().start(() -> {
            try {
                ahead.next();
            } catch (IOException | InterruptedException e) {
                failure[0] = e;
            }
        });
        await().atMost(LONG).until(() -> waiting.getState() == Thread.State.WAITING);

        ahead.stop();

        waiting.join();
        assertThat(failure[0]).hasMessage("it was given up");
    }
}
