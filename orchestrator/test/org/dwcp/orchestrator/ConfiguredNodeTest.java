// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

import org.apache.felix.framework.FrameworkFactory;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.ComponentRegistry;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.HybridManagerFactory;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.ModeThresholds;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/**
 * The bundle in a real framework with Declarative Services and Config Admin. What the bundle imports from libraries and the API comes from the
 * test's class path through the system bundle, so that the test can talk to the services.
 */
class ConfiguredNodeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path home;
    private Framework framework;
    private BundleContext context;
    private Bundle orchestrator;

    /** References to services of bundles that are not in this test. */
    private static final Set<String> OTHER_BUNDLES = Set.of("groups", "images", "pins", "transfers", "machines", "processor", "gossip");

    @BeforeEach
    void start() throws Exception {
        List<File> bundles = TestPath.bundles();
        Map<String, String> properties = new TreeMap<>();
        properties.put(Constants.FRAMEWORK_STORAGE, home.resolve("cache").toString());
        properties.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, TestPath.exportsFor(bundles));
        properties.put("felix.cm.dir", home.resolve("config").toString());
        properties.put("dwcp.home", home.toString());
        properties.put("dwcp.name", "lisbon");
        properties.put("dwcp.peer.host", "127.0.0.1");
        properties.put("dwcp.peer.port", "0");
        framework = new FrameworkFactory().newFramework(properties);
        framework.start();
        context = framework.getBundleContext();
        for (File each : bundles.subList(1, bundles.size())) {
            context.installBundle(each.toURI().toString()).start();
        }
        orchestrator = context.installBundle(bundles.getFirst().toURI().toString());
    }

    @AfterEach
    void stop() throws Exception {
        framework.stop();
        framework.waitForStop(PATIENCE.toMillis());
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(t -> t.getName().startsWith("orchestrator."));
    }

    /**
     * By name and without the framework's test of assignability: it looks at all names of a service, and the bundle's internal ones are on
     * the test's class path, too.
     */
    private <T> T service(Class<T> type) {
        return type.cast(await().atMost(PATIENCE).until(() -> {
            ServiceReference<?>[] references = context.getAllServiceReferences(type.getName(), null);
            return references == null ? null : context.getService(references[0]);
        }, Objects::nonNull));
    }

    private long idOf(Class<?> type) throws Exception {
        return (Long) context.getAllServiceReferences(type.getName(), null)[0].getProperty(Constants.SERVICE_ID);
    }

    private void configure(Map<String, Object> properties) throws Exception {
        Configuration configuration = service(ConfigurationAdmin.class).getConfiguration("org.dwcp.orchestrator", "?");
        configuration.update(new Hashtable<>(properties));
    }

    private void measured(double rttMs, double gbps) {
        ModeDetector detector = service(ModeDetector.class);
        for (int i = 0; i < ModeDetector.HISTORY_SAMPLES; i++) {
            detector.offer(new LinkConditions(Math.round(rttMs * 1e6), Math.round(gbps * 1e9), 0, java.time.Instant.EPOCH, "test"));
        }
    }

    @Test
    @Requirement({"R-001", "R-085", "R-108", "R-090"})
    void theServicesAreThereAndTheManagerRunsByItself() throws Exception {
        orchestrator.start();

        HybridManager manager = service(HybridManager.class);
        assertThat(service(HybridOrchestrator.class).isRunning()).isTrue();
        assertThat(manager.mode()).isEqualTo(NetworkMode.HYBRID);
        assertThat(service(ComponentRegistry.class).components()).hasSize(7);
        try (HybridManager another = service(HybridManagerFactory.class).create(java.util.Optional.empty())) {
            another.initialize();
            another.start();
            another.stop();
        }
        assertThat(manager.register(new Slot<>("greeter", Greeter.class), Greeter.saying("v1"), Greeter.saying("v3"))).isNotNull();
        assertThat(manager.get(new Slot<>("greeter", Greeter.class)).greet()).isEqualTo("v1");
    }

    @Test
    void everyComponentOfTheBundleIsSatisfied() throws Exception {
        orchestrator.start();
        service(HybridManager.class);
        ServiceComponentRuntime runtime = service(ServiceComponentRuntime.class);

        for (ComponentDescriptionDTO component : runtime.getComponentDescriptionDTOs(orchestrator)) {
            if (component.factory == null && !"require".equals(component.configurationPolicy)) {
                await().atMost(PATIENCE).untilAsserted(() -> assertThat(runtime.getComponentConfigurationDTOs(component)).as(component.name)
                        .isNotEmpty().allMatch(c -> Arrays.stream(c.unsatisfiedReferences).anyMatch(r -> OTHER_BUNDLES.contains(r.name)) || c.state == (component.immediate ? ComponentConfigurationDTO.ACTIVE : c.state)
                                && (c.state & (ComponentConfigurationDTO.ACTIVE | ComponentConfigurationDTO.SATISFIED)) != 0));
            }
        }
    }

    @Test
    @Requirement({"R-019", "R-100", "R-103", "R-312", "R-024"})
    void aChangeThroughConfigAdminTakesEffectInTheSameService() throws Exception {
        configure(Map.of("detection.interval.ms", 20, "cooldown.period.ms", 0, "switches.per.hour.max", 1_000));
        orchestrator.start();
        HybridManager manager = service(HybridManager.class);
        long id = idOf(HybridManager.class);
        measured(15, 10);
        await().atMost(PATIENCE).until(() -> service(ModeDetector.class).report().detected());
        assertThat(manager.mode()).isEqualTo(NetworkMode.HYBRID);

        configure(Map.of("detection.interval.ms", 20, "cooldown.period.ms", 0, "switches.per.hour.max", 1_000,
                "datacenter.latency.threshold.ms", "20"));

        await().atMost(PATIENCE).until(() -> manager.mode() == NetworkMode.DATACENTER);
        assertThat(idOf(HybridManager.class)).isEqualTo(id);

        var rule = context.registerService(ModeThresholds.class,
                (current, average) -> new ModeThresholds.Verdict(NetworkMode.INTERNET, "test"), null);
        await().atMost(PATIENCE).until(() -> manager.mode() == NetworkMode.INTERNET);
        rule.unregister();
        await().atMost(PATIENCE).until(() -> manager.mode() == NetworkMode.DATACENTER);
    }

    @Test
    @Requirement("R-311")
    void aBadUpdateKeepsTheOldSettingsAndIsShown() throws Exception {
        orchestrator.start();
        ComponentRegistry registry = service(ComponentRegistry.class);

        configure(Map.of("hysteresis", "2"));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(registry.stats().get("manager").get("notes").toString()).contains("hysteresis '2'",
                "0 to 0.5"));
        assertThat(service(HybridOrchestrator.class).isRunning()).isTrue();

        configure(Map.of("hysteresis", "0.2"));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(registry.stats().get("manager").get("notes")).isEqualTo(List.of()));
    }

    @Test
    @Requirement({"R-128", "R-130", "R-135"})
    void theFlagFileIsWrittenAndAnEditIsFollowed() throws Exception {
        orchestrator.start();
        FeatureFlags flags = service(FeatureFlags.class);
        Path file = home.resolve("etc").resolve("flags.json");
        assertThat(file).exists();
        long id = orchestrator.getBundleId();

        Files.writeString(file, "{\"ForceV1Mode\": true}");

        await().atMost(PATIENCE).until(() -> flags.state().forceV1Mode());
        assertThat(context.getBundle(id).getState()).isEqualTo(Bundle.ACTIVE);
    }

    @Test
    void stoppingTheBundleLeavesNoThreadAndNoService() throws Exception {
        orchestrator.start();
        service(HybridManager.class);
        service(FeatureFlags.class);

        orchestrator.stop();

        await().atMost(Duration.ofSeconds(5)).until(
                () -> Thread.getAllStackTraces().keySet().stream().noneMatch(t -> t.getName().startsWith("orchestrator.")));
        ServiceReference<?>[] left = orchestrator.getRegisteredServices();
        assertThat(left == null ? List.of() : Arrays.asList(left)).isEmpty();

        orchestrator.start();
        assertThat(service(HybridManager.class).mode()).isEqualTo(NetworkMode.HYBRID);
    }
}
