// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestOptionsTest {
    @Test
    void withoutWordsEverythingOfTheOrdinaryTierIsWanted() {
        var options = parse();

        assertThat(options.tier()).isEmpty();
        assertThat(options.isPartial()).isFalse();
        assertThat(options.wants("transport.v1")).isTrue();
    }

    @Test
    void namedProjectsAreTheOnlyOnesWanted() {
        var options = parse("transport.v1", "--only", "LoopTest", "-Drewrite=true", "--coverage", "--system");

        assertThat(options).isEqualTo(new TestOptions("system", List.of("transport.v1"), "LoopTest", List.of("-Drewrite=true"), true));
        assertThat(options.wants("encoding")).isFalse();
    }

    @Test
    void refusesAnOptionThatItDoesNotKnow() {
        assertThatThrownBy(() -> parse("--sytem")).isInstanceOf(BuildException.class).hasMessageContaining("--sytem");
    }

    private static TestOptions parse(String... words) {
        return TestOptions.parse(new ArrayDeque<>(List.of(words)));
    }
}
