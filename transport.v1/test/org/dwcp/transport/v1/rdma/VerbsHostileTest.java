// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

import org.dwcp.testkit.Requirement;
import org.dwcp.transport.v1.rdma.RdmaSockets.Tuning;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A peer that sends messages of its own making: each breaks the connection with words, and gives everything back. */
@Timeout(60)
@Requirement("R-056")
class VerbsHostileTest {
    private static final Tuning TUNING = new Tuning(64 << 10, 10);

    private final LoopVerbs verbs = new LoopVerbs();
    private final VerbsHub hub = new VerbsHub(verbs);

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
            // type, version, given back, length told, further ints, words
            "2|1|0|4|7|out of place", // data before the greeting
            "1|2|0|8|2048,32|version 2",
            "1|1|0|9|2048,32|8 bytes",
            "1|1|0|8|1023,32|32 slots of 1023",
            "1|1|0|8|4194305,32|32 slots of 4194305",
            "1|1|0|8|2048,7|7 slots",
            "1|1|0|8|2048,1025|1025 slots",
            "1|1|0|4|2048|0 slots",
            "1|1|2|8|2048,32|gives back 2",
            "9|1|0|0|-|out of place"})
    void refuses(int type, int version, int given, int length, String further, String words) throws IOException {
        var body = ByteBuffer.allocate(64).put((byte) type).put((byte) version).putShort((short) given).putInt(length);
        if (further != null) {
            for (var word : further.split(",")) {
                body.putInt(Integer.parseInt(word));
            }
        }
        assertThat(answerTo(body.flip())).contains("broke the protocol", words);
    }

    @ParameterizedTest
    @CsvSource({"2, 0, 0, data of 0 bytes", "1, 0, 8, out of place", "7, 0, 0, type 7", "2, 9, 0, gives back 9"})
    void refusesAfterTheGreeting(int type, int given, int length, String words) throws IOException {
        var greeting = ByteBuffer.allocate(16).put((byte) 1).put((byte) 1).putShort((short) 0).putInt(8).putInt(2048).putInt(32).flip();
        var second = ByteBuffer.allocate(8 + length).put((byte) type).put((byte) 1).putShort((short) given).putInt(length).rewind();

        assertThat(answerTo(greeting, second)).contains("broke the protocol", words);
    }

    /** Connects as a peer that knows verbs and nothing of the protocol; gives why the other end broke. */
    private String answerTo(ByteBuffer... messages) throws IOException {
        try (var arena = Arena.ofShared(); var sockets = new VerbsSockets(hub)) {
            int listening = sockets.listen(new InetSocketAddress("127.0.0.1", 0), TUNING);
            long events = verbs.createEvents();
            long id = verbs.createId(events);
            var address = arena.allocate(16, 8);
            verbs.address(idOf(listening), address.address());
            verbs.resolveAddress(id, address.address(), 1);
            var queue = new VerbsQueue(verbs, id, 8, 4096);
            verbs.connect(id, 7, 7);
            var answers = new int[1];
            for (answers[0] = 0; answers[0] == 0;) {
                answers[0] = RdmaSockets.IN;
                sockets.await(new int[] {listening}, answers, 1, 1);
            }
            int socket = sockets.accept(listening);
            for (int slot = 0; slot < messages.length; slot++) {
                int bytes = messages[slot].remaining();
                MemorySegment.copy(messages[slot].array(), 0, queue.sending(slot), ValueLayout.JAVA_BYTE, 0, bytes);
                queue.send(slot, bytes);
            }
            var stream = hub.find(socket, VerbsStream.class);
            while (stream.broken() == null) {
                answers[0] = RdmaSockets.IN;
                sockets.await(new int[] {socket}, answers, 1, 1);
            }
            hub.close(socket);
            hub.close(listening);
            queue.close();
            verbs.destroyId(id);
            verbs.destroyEvents(events);
            return stream.broken().getMessage();
        } finally {
            assertThat(verbs.open()).isZero();
        }
    }

    private long idOf(int listening) throws RdmaException {
        return hub.find(listening, VerbsListener.class).id;
    }
}
