// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;

import org.dwcp.api.NodeId;
import org.dwcp.consensus.v3.node.Hello;
import org.junit.jupiter.api.Test;

class EarlyFramesTest {
    private static final NodeId A = NodeId.of("a");
    private static final NodeId B = NodeId.of("b");
    private final EarlyFrames early = new EarlyFrames();

    private static Hello hello(int number) {
        return Hello.read(ByteBuffer.allocate(Hello.BYTES).putInt(0, number).putInt(Hello.BYTES - 4, 7));
    }

    @Test
    void givesOutOnceAndInOrderWhatIsForAReplica() {
        var ours = hello(1);
        var other = hello(2);
        early.add(ours, A, new byte[] {1});
        early.add(other, A, new byte[] {9});
        early.add(ours, A, new byte[] {2});

        assertThat(early.take(hello -> hello == ours)).extracting(e -> e.frame()[0]).containsExactly((byte) 1, (byte) 2);
        assertThat(early.take(hello -> hello == ours)).isEmpty();
        assertThat(early.take(hello -> hello == other)).hasSize(1);
    }

    @Test
    void keepsTheNewestOfEachPeerUpToTheLimit() {
        var ours = hello(1);
        early.add(ours, B, new byte[] {5});
        for (int number = 0; number <= EarlyFrames.FRAMES_MAX; number++) {
            early.add(ours, A, new byte[] {(byte) number});
        }

        var taken = early.take(hello -> true);

        assertThat(taken).filteredOn(e -> e.peer().equals(A)).hasSize(EarlyFrames.FRAMES_MAX).first().satisfies(e -> assertThat(e.frame()[0]).isEqualTo((byte) 1));
        assertThat(taken).as("a peer that floods takes nobody else's room").filteredOn(e -> e.peer().equals(B)).hasSize(1);
    }

    @Test
    void keepsNoMoreBytesThanTheLimit() {
        early.add(hello(1), A, new byte[(int) EarlyFrames.BYTES_MAX]);
        assertThat(early.take(hello -> true)).hasSize(1);

        early.add(hello(1), A, new byte[(int) EarlyFrames.BYTES_MAX]);
        early.add(hello(1), A, new byte[1]);

        assertThat(early.take(hello -> true)).singleElement().satisfies(e -> assertThat(e.frame()).hasSize(1));
    }

    @Test
    void forgetsWhatCameOnAChannelThatIsClosed() {
        var closed = hello(1);
        early.add(closed, A, new byte[] {1});
        early.add(hello(1), A, new byte[] {2});

        early.forget(closed, A);

        assertThat(early.take(hello -> true)).singleElement().satisfies(e -> assertThat(e.frame()[0]).isEqualTo((byte) 2));
    }
}
