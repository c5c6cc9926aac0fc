// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dwcp.api.Refusals.assertRejected;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeIdTest {
    private static final String LONGEST = "a".repeat(63);

    @ParameterizedTest
    @ValueSource(strings = {"a", "7", "lisbon-1", "a--b", "0-0"})
    void takesOneDnsLabel(String name) {
        assertThat(NodeId.of(name).value()).isEqualTo(name);
        assertThat(NodeId.of(name)).hasToString(name);
    }

    @Test
    void takes63CharactersAndRefuses64() {
        assertThat(NodeId.of(LONGEST).value()).hasSize(63);
        assertRejected(() -> NodeId.of(LONGEST + "a"), "1 to 63 characters", LONGEST + "a");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "-a", "a-", "-", "A", "a.b", "a b", "a_b", "ä", "a\n"})
    void refusesEverythingElse(String name) {
        assertRejected(() -> NodeId.of(name), "node name");
    }

    @Test
    void ordersByName() {
        assertThat(NodeId.of("a")).isLessThan(NodeId.of("b")).isEqualByComparingTo(NodeId.of("a"));
    }
}
