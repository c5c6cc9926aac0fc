// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.testkit.fuzz.Fuzz;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The wire: what is written is read again, limits hold, lies are refused. */
class MessageCodecTest {
    private static final NodeId LISBON = NodeId.of("lisbon");
    private static final Mark MARK = new Mark(LISBON, "address", 7, -3);

    static SignedValue value(int bytes, int chain, int signature) {
        return new SignedValue(LISBON, "address", 5, 1_000, 2_000, false, new byte[bytes], new byte[chain], new byte[signature]);
    }

    private static List<Message> all() {
        return List.of(new Message.Join(), new Message.ForwardJoin(LISBON, 6), new Message.Neighbour(true), new Message.NeighbourReply(false), new Message.Disconnect(),
                new Message.Shuffle(LISBON, 3, List.of(NodeId.of("porto"), NodeId.of("faro"))), new Message.ShuffleReply(List.of()), new Message.IHave(List.of(MARK)),
                new Message.Graft(List.of(MARK, MARK)), new Message.Prune(), new Message.Digest(LongStream.range(0, 64).boxed().toList()),
                new Message.Marks(-5, List.of(MARK)), new Message.Want(List.of()));
    }

    static byte[] frame(List<Message> messages) {
        var parts = messages.stream().map(MessageCodec::encode).toList();
        var frame = ByteBuffer.allocate(1 + parts.stream().mapToInt(part -> part.length).sum()).put((byte) MessageCodec.VERSION);
        parts.forEach(frame::put);
        return frame.array();
    }

    @Test
    void readsWhatItWrote() throws MalformedException {
        assertThat(MessageCodec.decode(frame(all()))).isEqualTo(all());

        var read = (Message.Value) MessageCodec.decode(frame(List.of(new Message.Value(value(3, 4, 5), 9, true)))).getFirst();

        assertThat(read.hops()).isEqualTo(9);
        assertThat(read.pushed()).isTrue();
        assertThat(read.value().mark()).isEqualTo(value(3, 4, 5).mark());
        assertThat(read.value().chain()).hasSize(4);
        assertThat(read.value().signature()).hasSize(5);
        assertThat(read.value().expiresMs()).isEqualTo(2_000);
    }

    @Test
    void takesEachLimitAndRefusesOneMore() throws MalformedException {
        int bytes = Gossip.VALUE_BYTES_MAX;
        assertThat(MessageCodec.decode(frame(List.of(new Message.Value(value(bytes, MessageCodec.CHAIN_BYTES_MAX, MessageCodec.SIGNATURE_BYTES_MAX), 1, true))))).hasSize(1);
        assertThat(MessageCodec.decode(frame(List.of(marks(Message.MARKS_MAX))))).hasSize(1);

        refused(new Message.Value(value(bytes + 1, 1, 1), 1, true), "value of 16385 bytes exceeds 16384");
        refused(new Message.Value(value(1, MessageCodec.CHAIN_BYTES_MAX + 1, 1), 1, true), "certificates of 8193 bytes");
        refused(new Message.Value(value(1, 1, MessageCodec.SIGNATURE_BYTES_MAX + 1), 1, true), "signature of 513 bytes");
        refused(marks(Message.MARKS_MAX + 1), "513 marks");
        refused(new Message.Shuffle(LISBON, 1, IntStream.range(0, Message.NODES_MAX + 1).mapToObj(i -> NodeId.of("n" + i)).toList()), "17 nodes");
    }

    private static Message marks(int count) {
        return new Message.Want(IntStream.range(0, count).mapToObj(i -> new Mark(NodeId.of("n" + "x".repeat(60)), "a".repeat(64), i, i)).toList());
    }

    private static void refused(Message message, String text) {
        assertThatThrownBy(() -> MessageCodec.decode(frame(List.of(message)))).isInstanceOf(MalformedException.class).hasMessageContaining(text);
    }

    @Test
    void refusesAnotherVersionAndSkipsALaterMessage() throws MalformedException {
        var frame = frame(List.of(new Message.Prune()));
        frame[0] = 2;
        assertThatThrownBy(() -> MessageCodec.decode(frame)).isInstanceOf(MalformedException.class).hasMessageContaining("version 2");

        var later = ByteBuffer.allocate(9).put((byte) 1).put((byte) 99).putInt(3).put(new byte[3]).array();

        assertThat(MessageCodec.decode(later)).isEmpty();
    }

    @Test
    void refusesWhatEndsTooSoonOrTooLate() {
        var frame = frame(List.of(new Message.Graft(List.of(MARK))));
        for (int bytes = 2; bytes < frame.length; bytes++) {
            var cut = java.util.Arrays.copyOf(frame, bytes);
            assertThatThrownBy(() -> MessageCodec.decode(cut)).isInstanceOf(MalformedException.class);
        }
        var longer = ByteBuffer.allocate(7).put((byte) 1).put((byte) 11).putInt(1).put((byte) 0).array();
        assertThatThrownBy(() -> MessageCodec.decode(longer)).isInstanceOf(MalformedException.class).hasMessageContaining("1 bytes too many");
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void survivesHostileFrames() {
        var good = new ArrayList<byte[]>();
        all().forEach(message -> good.add(frame(List.of(message))));
        good.add(frame(List.of(new Message.Value(value(300, 600, 70), 1, true))));
        good.add(frame(all()));

        new Fuzz(good, 3, 64 << 10, 64).run(25_000, input -> {
            try {
                MessageCodec.decode(input);
            } catch (MalformedException e) {
                // That is what it is for.
            }
        });
    }
}
