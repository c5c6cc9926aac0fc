// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import org.dwcp.testkit.encoding.Blocks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Words for efforts, and that a context does what they say, whatever it did before. */
class EffortTest {
    @ParameterizedTest
    @ValueSource(strings = {"lz4", "-7", "1", "22", "fast:6:3:0", "fast:20:7:128", "dfast:6:6:3", "dfast:20:20:7"})
    void readsTheLimits(String word) {
        assertThat(Effort.of(word).word()).isEqualTo(word);
        assertThat(Effort.of(word)).isEqualTo(Effort.of(word));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            0              | level 0
            -8             | level -8
            23             | level 23
            stored         | "stored"
            fast           | "fast"
            fast:14:6      | neither
            fast:14:6:0:0  | neither
            slow:14:6:0    | neither
            fast:5:6:0     | 5
            fast:21:6:0    | 21
            fast:14:2:0    | 2
            fast:14:8:0    | 8
            fast:14:6:-1   | -1
            fast:14:6:129  | 129
            fast:14::0     | ""
            dfast:14:5:5   | 5
            dfast:14:21:5  | 21
            dfast:14:14:8  | 8
            99999999999    | "99999999999"
            """)
    void refusesWhatIsNoneAndSaysWhy(String word, String message) {
        assertThatThrownBy(() -> Effort.of(word)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    @Test
    void aContextForgetsTheEffortBefore() {
        byte[] block = Blocks.MACHINE.bytes(262_144);
        try (var context = new ZstdCompressCtx()) {
            for (String word : new String[] {"3", "fast:12:5:0", "3", "dfast:15:14:4", "-7", "fast:15:6:0", "9", "1"}) {
                Effort.of(word).applyTo(context);
                byte[] there = context.compress(block);
                assertThat(there).as(word).isEqualTo(alone(word, block));
                assertThat(Zstd.decompress(there, block.length)).isEqualTo(block);
            }
        }
    }

    private static byte[] alone(String word, byte[] block) {
        try (var context = new ZstdCompressCtx()) {
            Effort.of(word).applyTo(context);
            return context.compress(block);
        }
    }
}
