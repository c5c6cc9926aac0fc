// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.whiteboard;

import static org.assertj.core.api.Assertions.assertThat;

import org.dwcp.api.transport.ProtocolHandler;
import org.junit.jupiter.api.Test;

class ProtocolHandlersTest {
    private final ProtocolHandlers handlers = new ProtocolHandlers();
    private final ProtocolHandler one = opened -> (channel, frame) -> { };
    private final ProtocolHandler two = opened -> (channel, frame) -> { };

    @Test
    void findsAHandlerUntilItLeaves() {
        handlers.put("key", "flow", one);
        assertThat(handlers.find("flow")).containsSame(one);

        assertThat(handlers.remove("key")).containsSame(one);

        assertThat(handlers.find("flow")).isEmpty();
        assertThat(handlers.remove("key")).isEmpty();
    }

    @Test
    void followsAHandlerToItsNewName() {
        handlers.put("key", "old", one);
        handlers.put("key", "new", one);

        assertThat(handlers.find("old")).isEmpty();
        assertThat(handlers.find("new")).containsSame(one);
    }

    @Test
    void leavesOutAHandlerWithoutAWellFormedName() {
        handlers.put("key", "good", one);
        for (var bad : new Object[] {null, 7, "", "Upper", "a b", "x".repeat(65)}) {
            handlers.put("key", bad, one);
        }

        assertThat(handlers.find("good")).isEmpty();
    }

    @Test
    void goesOnWithTheSecondHandlerOfAProtocolWhenTheFirstLeaves() {
        handlers.put("first", "flow", one);
        handlers.put("second", "flow", two);

        handlers.remove("first");

        assertThat(handlers.find("flow")).containsSame(two);
    }
}
