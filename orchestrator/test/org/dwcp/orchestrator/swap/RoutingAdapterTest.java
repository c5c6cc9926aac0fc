// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Registration;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RoutingAdapterTest {
    private final Rig rig = Rig.stepped();

    @AfterEach
    void close() {
        rig.close();
    }

    private Registration registerBoth() {
        return rig.adapter.register(Rig.GREETER, new Greeter.Named("v1"), new Greeter.Named("v3"));
    }

    @Test
    @Requirement({"R-045", "R-008", "R-009"})
    void isOnV1AfterRegistration() {
        registerBoth();

        assertThat(rig.adapter.get(Rig.GREETER).greet()).isEqualTo("v1");
    }

    @Test
    @Requirement({"R-045", "R-010", "R-075"})
    void followsTheMode() {
        registerBoth();
        Greeter greeter = rig.adapter.get(Rig.GREETER);

        rig.adapter.switchMode(NetworkMode.INTERNET, "test");
        assertThat(greeter.greet()).isEqualTo("v3");
        rig.adapter.switchMode(NetworkMode.DATACENTER, "test");
        assertThat(greeter.greet()).isEqualTo("v1");
        rig.adapter.switchMode(NetworkMode.HYBRID, "test");
        assertThat(greeter.greet()).isEqualTo("v3");
    }

    @Test
    @Requirement("R-010")
    void switchesEveryNameInOneCommit() {
        Slot<Greeter> other = new Slot<>("other", Greeter.class);
        registerBoth();
        rig.adapter.register(other, new Greeter.Named("other v1"), new Greeter.Named("other v3"));
        long generation = rig.route().generation();

        assertThat(rig.adapter.switchMode(NetworkMode.INTERNET, "test")).extracting("slot").containsExactly("greeter", "other");

        assertThat(rig.route().generation()).isEqualTo(generation + 1);
        assertThat(rig.adapter.get(other).greet()).isEqualTo("other v3");
    }

    @Test
    @Requirement("R-013")
    void aProxySurvivesSwitchesWithoutAnError() {
        registerBoth();
        Greeter greeter = rig.adapter.get(Rig.GREETER);

        for (int i = 0; i < 1_000; i++) {
            if (i % 250 == 249) {
                rig.adapter.switchMode(i % 500 == 249 ? NetworkMode.INTERNET : NetworkMode.DATACENTER, "test");
            }
            assertThat(greeter.greet()).isEqualTo((i + 1) / 250 % 2 == 0 ? "v1" : "v3");
        }
    }

    @Test
    @Requirement({"R-009", "R-041"})
    void refusesAMissingVersion() {
        assertThatThrownBy(() -> rig.adapter.register(Rig.GREETER, null, new Greeter.Named("v3"))).isInstanceOf(DwcpException.class)
                .hasMessageContaining("v1 of slot greeter is missing");
        assertThatThrownBy(() -> rig.adapter.register(Rig.GREETER, new Greeter.Named("v1"), null)).isInstanceOf(DwcpException.class)
                .hasMessageContaining("v3 of slot greeter is missing");
        assertThat(rig.adapter.slots()).isEmpty();
    }

    @Test
    @Requirement({"R-012", "R-041"})
    void answersAnUnknownNameWithTheKnownOnes() {
        registerBoth();

        assertThatThrownBy(() -> rig.adapter.get(new Slot<>("nothing", Greeter.class))).isInstanceOfSatisfying(DwcpException.class, e -> {
            assertThat(e.kind()).isEqualTo(DwcpException.Kind.REJECTED);
            assertThat(e).hasMessageContaining("nothing").hasMessageContaining("greeter");
        });
    }

    @Test
    @Requirement("R-041")
    void refusesASecondRegistrationOfTheSameName() {
        registerBoth();

        assertThatThrownBy(this::registerBoth).isInstanceOf(DwcpException.class).hasMessageContaining("is taken");
        assertThat(rig.adapter.get(Rig.GREETER).greet()).isEqualTo("v1");
    }

    @Test
    void refusesTheSameNameWithAnotherInterface() {
        registerBoth();

        assertThatThrownBy(() -> rig.adapter.route(new Slot<>("greeter", Runnable.class))).isInstanceOf(DwcpException.class)
                .hasMessageContaining("greeter").hasMessageContaining("Runnable");
    }

    @Test
    void freesTheNameWhenTheRegistrationIsClosed() {
        Registration registration = registerBoth();
        registration.close();
        registration.close();

        assertThatThrownBy(rig::ask).isInstanceOf(DwcpException.class).hasMessageContaining("no provider is installed");
        registerBoth();
        assertThat(rig.ask()).isEqualTo("v1");
    }

    @Test
    void alwaysGivesTheSameRouteAndProxy() {
        Route<Greeter> route = rig.route();
        registerBoth();

        assertThat(rig.route()).isSameAs(route);
        assertThat(rig.adapter.get(Rig.GREETER)).isSameAs(rig.adapter.get(Rig.GREETER)).isEqualTo(rig.adapter.get(Rig.GREETER));
        assertThat(rig.adapter.get(Rig.GREETER).toString()).isEqualTo("route of greeter");
    }

    @Test
    void aRouteMayBeAskedForBeforeAnyProviderIsThere() {
        Route<Greeter> route = rig.route();

        assertThatThrownBy(() -> route.call(RouteKey.NODE, Greeter::greet)).isInstanceOfSatisfying(DwcpException.class,
                e -> assertThat(e.kind()).isEqualTo(DwcpException.Kind.UNAVAILABLE));
        registerBoth();
        assertThat(route.<String>call(RouteKey.NODE, Greeter::greet)).isEqualTo("v1");
    }

    @Test
    void theProxyThrowsWhatTheProviderThrew() {
        Greeter.Bent v1 = new Greeter.Bent("v1");
        v1.fail(new IllegalStateException("out of greetings"));
        rig.adapter.register(Rig.GREETER, v1, new Greeter.Named("v3"));

        assertThatThrownBy(() -> rig.adapter.get(Rig.GREETER).greet()).isInstanceOf(IllegalStateException.class).hasMessage("out of greetings");
    }

    @Test
    @Requirement("R-041")
    void aModeThatTheDetectorRefusesLeavesEverythingAsItWas() {
        registerBoth();
        rig.detector.refusesForce = true;

        assertThatThrownBy(() -> rig.adapter.switchMode(NetworkMode.INTERNET, "test")).isInstanceOf(DwcpException.class);

        assertThat(rig.ask()).isEqualTo("v1");
        assertThat(rig.routing.mode().detected()).isFalse();
    }

    @Test
    void aProviderOfAnotherInterfaceIsTakenOutWhenTheInterfaceIsKnown() {
        rig.provider("greeter.odd", "1.0.0", "v1", "a text");
        rig.provider("greeter.v3", "3.0.0", "v3", new Greeter.Named("v3"));

        assertThat(rig.ask()).isEqualTo("v3");
        assertThat(rig.adapter.validate()).anyMatch(fault -> fault.contains("greeter.odd") && fault.contains("class space"));
    }
}
