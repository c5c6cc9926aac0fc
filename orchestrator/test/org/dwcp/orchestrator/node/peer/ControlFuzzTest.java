// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.NodeId;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.fuzz.Fuzz;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hostile bytes on a control connection: a message or a refusal. */
class ControlFuzzTest {
    /** What the largest frame and a message of it may take, whatever little comes. */
    private static final int HEAP_BYTES_MAX = 256 << 10;
    private static final int HEAP_BYTES_EACH_MAX = 200;

    @Test
    @Timeout(60)
    @Requirement("R-041")
    void hostileMessagesAreRefused() {
        fuzz(25_000, 1);
    }

    @Test
    @Tag("soak")
    @Timeout(900)
    void aMillionHostileMessagesAreRefused() {
        fuzz(1_000_000, 2);
    }

    private static void fuzz(int count, long seed) {
        new Fuzz(good(), seed, HEAP_BYTES_MAX, HEAP_BYTES_EACH_MAX).run(count, input -> {
            try {
                var in = new DataInputStream(new ByteArrayInputStream(input));
                while (in.available() > 0) {
                    ControlCodec.read(in);
                }
            } catch (Refusal | EOFException e) {
                // the answer to what is no message
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static List<byte[]> good() {
        var providers = List.of(TestNode.advert("transport.v1"), TestNode.advert("transport.v3"));
        var messages = List.of(new ControlMessage.Hello(NodeId.of("a"), "0123456789abcdef", "f00", 7_420, providers), new ControlMessage.Advert(providers),
                new ControlMessage.Ping(4), new ControlMessage.Pong(4), new ControlMessage.Goodbye(ControlMessage.Code.REFUSED, "no"));
        var good = new ArrayList<byte[]>();
        for (ControlMessage message : messages) {
            good.add(framed(ControlCodec.encode(message)));
        }
        for (var deep : List.of("[", "{\"type\":", "{\"type\":\"advert\",\"providers\":[", "1", "\"\\ud800", "{\"type\":\"ping\",\"number\":1e")) {
            good.add(framed(deep.repeat(3_000 / deep.length()).getBytes(StandardCharsets.UTF_8)));
        }
        good.add(framed("{\"type\":\"ping\",\"number\":1e999999999}".getBytes(StandardCharsets.UTF_8)));
        return good;
    }

    private static byte[] framed(byte[] body) {
        return ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).array();
    }
}
