// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.DwcpException;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

class ListenersTest {
    private final Listeners<String> listeners = new Listeners<>("test");
    private final List<String> heard = new ArrayList<>();

    @Test
    @Requirement("R-006")
    void aThrowingListenerStopsNobodyAndIsCounted() {
        listeners.add(e -> {
            throw new IllegalStateException("expected by the test");
        });
        listeners.add(heard::add);

        say("a");

        assertThat(heard).containsExactly("a");
        assertThat(listeners.failures()).isEqualTo(1);
    }

    @Test
    void anEventCausedByAListenerReachesEveryListenerAfterTheFirstEvent() {
        listeners.add(e -> {
            if (e.equals("a")) {
                say("b");
            }
        });
        listeners.add(heard::add);

        say("a");

        assertThat(heard).containsExactly("a", "b");
    }

    @Test
    void aClosedListenerHearsNothingMore() {
        var registration = listeners.add(heard::add);
        say("a");

        registration.close();
        registration.close();
        say("b");

        assertThat(heard).containsExactly("a");
    }

    @Test
    void refusesOneListenerTooMany() {
        for (int i = 0; i < Listeners.LISTENERS_MAX; i++) {
            listeners.add(heard::add);
        }

        assertThatThrownBy(() -> listeners.add(heard::add)).isInstanceOf(DwcpException.class).hasMessageContaining("1000 listeners");
    }

    private void say(String event) {
        listeners.offer(event);
        listeners.deliver();
    }
}
