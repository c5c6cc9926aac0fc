// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.manager;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.ComponentRegistry;
import org.dwcp.api.hybrid.HybridMetrics;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.orchestrator.flags.Components;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The documented components under their names. Their objects live in the bundles that provide them and are started and stopped with these;
 * starting the registry checks that each installed component has a provider that serves, and starts the manager if nobody has.
 */
class RoutedComponents implements ComponentRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(RoutedComponents.class);

    private enum Stage { NEW, READY, STARTED }

    private final RoutedManager manager;
    private final Supplier<List<String>> notes;
    private final Object lifecycle = new Object();
    private volatile Stage stage = Stage.NEW;
    private boolean startedManager;

    /**
     * Makes a registry.
     *
     * @param manager what it stands on
     * @param notes   what an operator should know of configuration and flags, for the figures
     */
    RoutedComponents(RoutedManager manager, Supplier<List<String>> notes) {
        this.manager = manager;
        this.notes = notes;
    }

    /** Takes over on a node, where the components start with their bundles and the manager runs already: nothing is waited for or checked. */
    void adoptRunning() {
        synchronized (lifecycle) {
            stage = Stage.STARTED;
        }
    }

    @Override
    public void initialize() {
        synchronized (lifecycle) {
            Check.argument(stage == Stage.NEW, "the registry is initialised already; initialize it once");
            if (manager.stage() == RoutedManager.Stage.NEW || manager.stage() == RoutedManager.Stage.FAILED) {
                manager.initialize();
            }
            checkAll();
            stage = Stage.READY;
        }
    }

    @Override
    public void start() {
        synchronized (lifecycle) {
            Check.argument(stage != Stage.NEW, "the registry is not initialised; call initialize() first");
            Check.argument(stage != Stage.STARTED, "the registry is started already; stop it first");
            checkAll();
            if (manager.stage() == RoutedManager.Stage.READY) {
                manager.start();
                startedManager = true;
            }
            stage = Stage.STARTED;
            components().forEach(c -> LOG.info("component name={} slot={} state={} version={}", c.name(), c.slot(), c.state(), c.version()));
        }
    }

    @Override
    public void stop() {
        synchronized (lifecycle) {
            if (stage != Stage.STARTED) {
                return;
            }
            if (startedManager) {
                manager.stop();
                startedManager = false;
            }
            stage = Stage.READY;
            components().reversed().forEach(c -> LOG.info("component name={} slot={} state={}", c.name(), c.slot(), c.state()));
        }
    }

    private void checkAll() {
        for (Components part : Components.values()) {
            status(part.slot()).filter(s -> s.providers().stream().noneMatch(p -> p.share() > 0)).ifPresent(s -> {
                throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "component %s (slot %s) has no provider that serves: %s".formatted(
                        part.label(), part.slot(), s.providers().stream().map(p -> p.name() + " is " + p.state() + ", " + p.reason()).toList()));
            });
        }
    }

    private Optional<SlotStatus> status(String slot) {
        return manager.list().stream().filter(s -> s.slot().equals(slot) && !s.providers().isEmpty()).findFirst();
    }

    @Override
    public <T> T component(String component, Class<T> type) {
        String slot = Components.of(component).map(Components::slot).or(() -> status(component).map(SlotStatus::slot))
                .orElseThrow(() -> new DwcpException(DwcpException.Kind.REJECTED,
                        "component '" + component + "' is unknown; use one of " + Components.names()));
        if (stage == Stage.NEW) {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "component " + component + " is not there before initialize(); call it first");
        }
        if (status(slot).isEmpty()) {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE,
                    "component " + component + " has no provider in slot " + slot + "; install its bundle");
        }
        return manager.get(new Slot<>(slot, type));
    }

    @Override
    public List<ComponentStatus> components() {
        NetworkMode mode = currentMode();
        return Arrays.stream(Components.values()).map(part -> {
            Optional<SlotStatus> slot = status(part.slot());
            Optional<ProviderInfo> primary = slot.flatMap(SlotStatus::primary);
            ComponentStatus.State state = slot.isEmpty() ? ComponentStatus.State.NOT_INSTALLED
                    : stage == Stage.STARTED && primary.isPresent() ? ComponentStatus.State.STARTED : ComponentStatus.State.STOPPED;
            return new ComponentStatus(part.label(), part.slot(), state, primary.map(ProviderInfo::version).orElse(""), mode);
        }).toList();
    }

    @Override
    public NetworkMode currentMode() {
        return manager.mode();
    }

    @Override
    public Map<String, Map<String, Object>> stats() {
        Map<String, Map<String, Object>> all = new LinkedHashMap<>();
        Map<String, Object> own = new LinkedHashMap<>(manager.stats().asMap());
        own.put("detection_cycles", manager.parts().detection().cycles());
        own.put("detection_failures", manager.parts().detection().failures());
        own.put("mode_reason", manager.orchestrator().mode().reason());
        List<String> remarks = new ArrayList<>(manager.parts().settings().problems());
        remarks.addAll(notes.get());
        own.put("notes", remarks);
        all.put("manager", own);
        Map<String, HybridMetrics> metrics = new LinkedHashMap<>();
        manager.metrics().forEach(m -> metrics.put(m.slot(), m));
        for (ComponentStatus component : components()) {
            all.put(component.name(), figures(component, Optional.ofNullable(metrics.get(component.slot()))));
        }
        return all;
    }

    private Map<String, Object> figures(ComponentStatus component, Optional<HybridMetrics> metrics) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("slot", component.slot());
        map.put("state", component.state().name());
        map.put("version", component.version());
        map.put("mode", component.mode().label());
        Optional<SlotStatus> slot = status(component.slot());
        map.put("provider", slot.flatMap(SlotStatus::primary).map(ProviderInfo::name).orElse(""));
        map.put("in_flight", slot.stream().flatMap(s -> s.providers().stream()).mapToLong(ProviderInfo::leases).sum());
        metrics.ifPresent(m -> {
            map.put("real_requests", m.realRequests());
            map.put("mock_requests", m.mockRequests());
            map.put("fallback_events", m.fallbackEvents());
            map.put("recovery_events", m.recoveryEvents());
            map.put("avg_latency_real_ms", m.avgLatencyRealMs());
            map.put("avg_latency_mock_ms", m.avgLatencyMockMs());
            map.put("error_rate_real", m.errorRateReal());
            map.put("error_rate_mock", m.errorRateMock());
        });
        return map;
    }
}
