// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;

import org.dwcp.api.DwcpException;
import org.junit.jupiter.api.Test;

class TextMapTest {
    private final TextMap map = new TextMap();

    private String apply(String verb, String key, String text) {
        return new String(map.apply(TextMap.command(verb, key, text)), StandardCharsets.UTF_8);
    }

    private String get(String key) {
        return new String(map.query(TextMap.query(key)), StandardCharsets.UTF_8);
    }

    @Test
    void keepsAppendsAddsAndDropsTexts() {
        assertThat(apply("put", "k", "one two")).isEmpty();
        assertThat(apply("append", "k", " three")).isEqualTo("one two");
        assertThat(get("k")).isEqualTo("one two three");
        assertThat(apply("add", "n", "5")).isEqualTo("5");
        assertThat(apply("add", "n", "-7")).isEqualTo("-2");
        assertThat(apply("drop", "k", "")).isEqualTo("one two three");
        assertThat(get("k")).isEmpty();
    }

    @Test
    void refusesWhatIsOutOfBoundsAndStaysAsItWas() {
        apply("put", "k", "x".repeat(TextMap.TEXT_BYTES_MAX));

        assertThatThrownBy(() -> apply("append", "k", "y")).isInstanceOf(DwcpException.class).hasMessageContaining("text of 16385 bytes exceeds 16384");
        assertThatThrownBy(() -> TextMap.command("put", "k k", "")).isInstanceOf(DwcpException.class).hasMessageContaining("key 'k k'");
        assertThatThrownBy(() -> apply("swap", "k", "y")).isInstanceOf(DwcpException.class).hasMessageContaining("verb 'swap' is none of");
        assertThatThrownBy(() -> apply("add", "k", "1")).isInstanceOf(DwcpException.class).hasMessageContaining("is no whole number");
        assertThatThrownBy(() -> map.apply("put k".getBytes(StandardCharsets.UTF_8))).isInstanceOf(DwcpException.class).hasMessageContaining("is no verb, key and text");
        assertThat(get("k")).hasSize(TextMap.TEXT_BYTES_MAX);
    }

    @Test
    void goesOnFromASnapshot() {
        apply("put", "b", "2");
        apply("put", "a", "1");
        var other = new TextMap();
        other.install(map.snapshot());

        assertThat(other.snapshot()).isEqualTo(map.snapshot());
        assertThat(new String(other.query(TextMap.query("a")), StandardCharsets.UTF_8)).isEqualTo("1");
        other.install(new byte[0]);
        assertThat(other.query(TextMap.query("a"))).isEmpty();
        assertThatThrownBy(() -> other.install(new byte[] {127, 0, 0, 0})).isInstanceOf(DwcpException.class).hasMessageContaining("cannot be read");
    }
}
