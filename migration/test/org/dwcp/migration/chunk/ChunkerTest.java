// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

import org.junit.jupiter.api.Test;

class ChunkerTest {
    private static final Chunker CHUNKER = new Chunker(Chunker.BITS_MIN);

    private static Set<ByteBuffer> chunks(byte[] bytes) {
        Set<ByteBuffer> chunks = new HashSet<>();
        for (int at = 0; at < bytes.length;) {
            int end = CHUNKER.cut(bytes, at, bytes.length);
            assertThat(end).isGreaterThan(at).isLessThanOrEqualTo(Math.min(bytes.length, at + CHUNKER.bytesMax()));
            assertThat(end - at >= 1024 || end == bytes.length).isTrue();
            chunks.add(ByteBuffer.wrap(Arrays.copyOfRange(bytes, at, end)));
            at = end;
        }
        return chunks;
    }

    @Test
    void findsTheSameChunksAfterBytesWereInserted() {
        byte[] bytes = Packs.chunk(1, 4 << 20);
        byte[] inserted = new byte[bytes.length + 7];
        System.arraycopy(bytes, 0, inserted, 0, 1_000_000);
        System.arraycopy(bytes, 1_000_000, inserted, 1_000_007, bytes.length - 1_000_000);

        Set<ByteBuffer> before = chunks(bytes);
        Set<ByteBuffer> after = chunks(inserted);
        after.removeAll(before);

        assertThat(before).hasSizeBetween((4 << 20) / 6_000, (4 << 20) / 3_000);
        assertThat(after).hasSizeLessThan(6);
    }

    @Test
    void cutsBytesWithoutAnyChangeAtTheLongest() {
        byte[] same = new byte[200_000];
        Arrays.fill(same, (byte) 7);

        assertThat(CHUNKER.cut(same, 0, same.length)).isIn(1024 + 1, CHUNKER.bytesMax());
        assertThat(CHUNKER.cut(same, 10, 11)).isEqualTo(11);
    }

    @Test
    void takesLargerChunksForLargerImages() {
        assertThat(Chunker.forBytes(0).bytesMax()).isEqualTo(32 << 10);
        assertThat(Chunker.forBytes(8L << 30).bytesMax()).isEqualTo(32 << 10);
        assertThat(Chunker.forBytes((8L << 30) + 1).bytesMax()).isEqualTo(64 << 10);
        assertThat(Chunker.forBytes(Long.MAX_VALUE).bytesMax()).isEqualTo(Chunker.bytesLimit());
        assertThatThrownBy(() -> new Chunker(11)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Chunker(17)).isInstanceOf(IllegalArgumentException.class);
    }
}
