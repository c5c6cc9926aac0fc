// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.ComponentRegistry;
import org.dwcp.api.hybrid.ComponentRegistry.ComponentStatus;
import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.orchestrator.Greeter;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.SimulatedClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RoutedComponentsTest {
    private static final Map<String, String> PARTS = Map.of("AMST", "transport", "HDE", "encoding", "PBA", "prediction", "ASS", "sync", "ACP",
            "consensus", "ITP", "placement");

    private final StandaloneManagers factory = new StandaloneManagers(new SimulatedClock());
    private final HybridManager manager = factory.create(Optional.of(HybridConfig.defaults()));
    private final ComponentRegistry registry = factory.registry(manager);

    @AfterEach
    void close() {
        factory.close();
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(t -> t.getName().startsWith("orchestrator."));
    }

    private void install() {
        PARTS.values().forEach(s -> manager.register(new Slot<>(s, Greeter.class), Greeter.saying(s + " v1"), Greeter.saying(s + " v3")));
    }

    @Test
    @Requirement({"R-110", "R-111", "R-229", "R-231", "R-252"})
    void startsAndStopsEveryComponentWithTheManager() {
        install();
        registry.initialize();
        assertThat(registry.components()).extracting(ComponentStatus::name).containsExactly("discovery", "AMST", "HDE", "PBA", "ASS", "ACP", "ITP");
        assertThat(states()).containsOnly(ComponentStatus.State.STOPPED);

        registry.start();
        assertThat(states()).containsOnly(ComponentStatus.State.STARTED);
        assertThat(manager.orchestrator().isRunning()).isTrue();
        assertThat(registry.components().get(1)).isEqualTo(new ComponentStatus("AMST", "transport", ComponentStatus.State.STARTED, "1.0.0",
                NetworkMode.HYBRID));

        registry.stop();
        registry.stop();
        assertThat(states()).containsOnly(ComponentStatus.State.STOPPED);
        assertThat(manager.orchestrator().isRunning()).isFalse();
        registry.start();
        assertThat(states()).containsOnly(ComponentStatus.State.STARTED);
    }

    /** All but discovery, which nobody installed here. */
    private List<ComponentStatus.State> states() {
        assertThat(registry.components().getFirst().state()).isEqualTo(ComponentStatus.State.NOT_INSTALLED);
        return registry.components().stream().skip(1).map(ComponentStatus::state).toList();
    }

    @Test
    @Requirement({"R-108", "R-109"})
    void refusesCallsOutOfOrder() {
        assertThatThrownBy(registry::start).isInstanceOf(DwcpException.class).hasMessageContaining("initialize()");
        registry.initialize();
        assertThatThrownBy(registry::initialize).isInstanceOf(DwcpException.class).hasMessageContaining("initialised already");
        registry.start();
        assertThatThrownBy(registry::start).isInstanceOf(DwcpException.class).hasMessageContaining("started already");
    }

    @Test
    @Requirement("R-109")
    void aComponentThatCannotServeFailsInitialiseAndLeavesNothingRunning() {
        Greeter unfit = new Greeter() {
            @Override
            public String greet() {
                return "never";
            }

            @Override
            public Readiness readiness() {
                return Readiness.UNSUPPORTED;
            }
        };
        install();
        manager.register(new Slot<>("discovery", Greeter.class), unfit, unfit);

        assertThatThrownBy(registry::initialize).isInstanceOfSatisfying(DwcpException.class,
                e -> assertThat(e.kind()).isEqualTo(DwcpException.Kind.UNAVAILABLE)).hasMessageContaining("discovery").hasMessageContaining("NOT_READY");

        assertThat(manager.orchestrator().isRunning()).isFalse();
        assertThatThrownBy(registry::start).isInstanceOf(DwcpException.class);
    }

    @Test
    @Requirement({"R-112", "R-230"})
    void givesTheLiveComponentByPartAndBySlotAfterInitialiseAndAClearErrorBefore() {
        install();
        assertThatThrownBy(() -> registry.component("AMST", Greeter.class)).isInstanceOfSatisfying(DwcpException.class,
                e -> assertThat(e.kind()).isEqualTo(DwcpException.Kind.UNAVAILABLE)).hasMessageContaining("initialize()");
        registry.initialize();

        PARTS.forEach((part, slot) -> {
            assertThat(registry.component(part, Greeter.class).greet()).isEqualTo(slot + " v1");
            assertThat(registry.component(slot, Greeter.class)).isSameAs(registry.component(part, Greeter.class));
        });
        manager.switchMode(NetworkMode.INTERNET, "x");
        assertThat(registry.component("HDE", Greeter.class).greet()).isEqualTo("encoding v3");
        assertThatThrownBy(() -> registry.component("teleport", Greeter.class)).isInstanceOfSatisfying(DwcpException.class,
                e -> assertThat(e.kind()).isEqualTo(DwcpException.Kind.REJECTED)).hasMessageContaining("AMST");
        assertThatThrownBy(() -> registry.component("discovery", Greeter.class)).isInstanceOfSatisfying(DwcpException.class,
                e -> assertThat(e.kind()).isEqualTo(DwcpException.Kind.UNAVAILABLE));
    }

    @Test
    @Requirement({"R-113", "R-233"})
    void theModeIsTheOrchestrators() {
        registry.initialize();
        for (NetworkMode mode : NetworkMode.values()) {
            manager.switchMode(mode, "x");
            assertThat(registry.currentMode()).isEqualTo(mode).isEqualTo(manager.orchestrator().mode().mode());
        }
    }

    @Test
    @Requirement({"R-114", "R-232", "R-256"})
    void oneCallGivesTheFiguresOfManagerAndAllComponents() {
        install();
        registry.initialize();
        registry.start();
        registry.component("AMST", Greeter.class).greet();

        Map<String, Map<String, Object>> stats = registry.stats();

        assertThat(stats.keySet()).containsExactly("manager", "discovery", "AMST", "HDE", "PBA", "ASS", "ACP", "ITP");
        assertThat(stats.get("manager")).containsEntry("current_mode", "hybrid").containsEntry("notes", List.of())
                .containsKeys("mode_changes", "detection_cycles", "switch_attempts");
        assertThat(stats.get("AMST")).containsEntry("state", "STARTED").containsEntry("provider", "transport.v1")
                .containsEntry("real_requests", 1L);
    }

    @Test
    void aForeignOrClosedManagerIsRefused() {
        assertThatThrownBy(() -> new StandaloneManagers(new SimulatedClock()).registry(manager)).isInstanceOf(DwcpException.class);
        manager.close();
        assertThatThrownBy(() -> factory.registry(manager)).isInstanceOf(DwcpException.class);
    }

    @Test
    void refusesOneManagerTooMany() {
        for (int i = 1; i < StandaloneManagers.MANAGERS_MAX; i++) {
            factory.create(Optional.empty());
        }
        assertThatThrownBy(() -> factory.create(Optional.empty())).isInstanceOf(DwcpException.class).hasMessageContaining("100 managers");
    }
}
