// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.dwcp.api.Slot;
import org.dwcp.api.Swappable;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.orchestrator.sample.Sample;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** Providers as bundles and services: how they come, are ranked, and go. */
class ProvidersInFrameworkTest {
    private static final Slot<Sample> SLOT = new Slot<>("sample", Sample.class);

    @TempDir
    private Path home;
    private SampleNode node;
    private ModeAwareAdapter adapter;
    private HybridOrchestrator orchestrator;
    private Route<Sample> route;

    /** A provider that is no component. */
    private record Plain(String name, int instance) implements Sample {
    }

    @BeforeEach
    void start() throws Exception {
        node = new SampleNode(home);
        adapter = node.service(ModeAwareAdapter.class);
        orchestrator = node.service(HybridOrchestrator.class);
        route = adapter.route(SLOT);
    }

    @AfterEach
    void stop() throws Exception {
        node.close();
    }

    private String ask() {
        return route.call(RouteKey.NODE, Sample::name);
    }

    private ServiceRegistration<Sample> register(String name, String generation) {
        Dictionary<String, Object> properties = new Hashtable<>(Map.of(Swappable.SLOT_NAME, "sample", Swappable.PROVIDER, name, Swappable.VERSION,
                "1.0.0", Swappable.MODES, new String[] {generation}));
        return node.context.registerService(Sample.class, new Plain(name, 0), properties);
    }

    private Dictionary<String, Object> configuration(String pid) throws Exception {
        Configuration configuration = node.service(ConfigurationAdmin.class).getConfiguration(pid, "?");
        return configuration.getProperties();
    }

    private ServiceReference<?> reference(String provider) throws Exception {
        return node.context.getAllServiceReferences(Sample.class.getName(), "(" + Swappable.PROVIDER + "=" + provider + ")")[0];
    }

    @Test
    @Requirement({"R-270", "R-312"})
    void bothVersionsServeAndTheTrafficMovesWithoutTouchingEither() throws Exception {
        Bundle v1 = node.provider("sample.v1", "v1");
        Bundle v3 = node.provider("sample.v3", "v3");
        await().atMost(SampleNode.PATIENCE).untilAsserted(() -> assertThat(adapter.validate()).isEmpty());
        int instance = route.call(RouteKey.NODE, Sample::instance);
        assertThat(ask()).isEqualTo("sample.v1");

        orchestrator.promote("sample", "v3", 100, "test");
        assertThat(ask()).isEqualTo("sample.v3");
        orchestrator.rollback("sample", "test");

        assertThat(route.<Integer>call(RouteKey.NODE, Sample::instance)).isEqualTo(instance);
        assertThat(List.of(v1.getState(), v3.getState())).containsOnly(Bundle.ACTIVE);
    }

    @Test
    void rankingsAndSharesAreWrittenAndKeepTheInstance() throws Exception {
        node.provider("sample.v1", "v1");
        node.provider("sample.v3", "v3");
        await().atMost(SampleNode.PATIENCE).until(() -> adapter.validate().isEmpty());
        int instance = route.call(RouteKey.NODE, Sample::instance);
        await().atMost(SampleNode.PATIENCE).until(() -> Integer.valueOf(100).equals(reference("sample.v1").getProperty(Swappable.SHARE)));

        orchestrator.promote("sample", "v3", 100, "test");

        await().atMost(SampleNode.PATIENCE).untilAsserted(() -> {
            assertThat(reference("sample.v3").getProperty(Swappable.SHARE)).isEqualTo(100);
            assertThat(reference("sample.v1").getProperty(Swappable.SHARE)).isEqualTo(0);
        });
        assertThat(node.context.getServiceReference(Sample.class).getProperty(Swappable.PROVIDER)).as("what plain OSGi picks")
                .isEqualTo("sample.v3");
        orchestrator.rollback("sample", "test");
        assertThat(route.<Integer>call(RouteKey.NODE, Sample::instance)).isEqualTo(instance);
        await().atMost(SampleNode.PATIENCE).until(
                () -> node.context.getServiceReference(Sample.class).getProperty(Swappable.PROVIDER).equals("sample.v1"));
    }

    @Test
    void whatSomebodyElseConfiguredIsKept() throws Exception {
        Configuration configuration = node.service(ConfigurationAdmin.class).getConfiguration("sample.v1", "?");
        configuration.update(new Hashtable<>(Map.of("window.bytes.max", 4_096)));

        node.provider("sample.v1", "v1");

        await().atMost(SampleNode.PATIENCE).until(() -> configuration("sample.v1").get(Swappable.SHARE) != null);
        assertThat(configuration("sample.v1").get("window.bytes.max")).isEqualTo(4_096);
    }

    @Test
    void aRankingGivenByAnOperatorCountsAmongEquals() throws Exception {
        register("sample.one", "v1");
        ServiceRegistration<Sample> two = register("sample.two", "v1");
        await().atMost(SampleNode.PATIENCE).until(() -> orchestrator.show("sample").providers().size() == 2);
        assertThat(ask()).isEqualTo("sample.one");

        two.setProperties(new Hashtable<>(Map.of(Swappable.SLOT_NAME, "sample", Swappable.PROVIDER, "sample.two", Swappable.VERSION, "1.0.0",
                Swappable.MODES, "v1", Constants.SERVICE_RANKING, 7)));

        await().atMost(SampleNode.PATIENCE).until(() -> ask().equals("sample.two"));
    }

    @Test
    @Requirement("R-011")
    void aProviderThatGoesIsReplacedBeforeItIsGone() throws Exception {
        node.provider("sample.v0", "v0");
        Bundle v1 = node.provider("sample.v1", "v1");
        await().atMost(SampleNode.PATIENCE).until(() -> ask().equals("sample.v1"));
        AtomicInteger failed = new AtomicInteger();
        CountDownLatch stopped = new CountDownLatch(1);
        CompletableFuture<Void> load = CompletableFuture.runAsync(() -> {
            while (stopped.getCount() > 0) {
                try {
                    ask();
                } catch (RuntimeException e) {
                    failed.incrementAndGet();
                }
            }
        }, task -> new Thread(task, "sample-load").start());

        v1.stop();
        v1.uninstall();
        stopped.countDown();
        load.get(SampleNode.PATIENCE.toSeconds(), TimeUnit.SECONDS);

        assertThat(failed).hasValue(0);
        assertThat(ask()).isEqualTo("sample.v0");
        assertThat(adapter.validate()).anyMatch(fault -> fault.contains("sample") && fault.contains("v1"));
    }

    @Test
    void aSecondProviderOfTheSameNameIsRefusedUntilTheNameIsFree() {
        ServiceRegistration<Sample> first = register("sample.v1", "v1");
        ServiceRegistration<Sample> second = register("sample.v1", "v1");
        await().atMost(SampleNode.PATIENCE).until(() -> adapter.validate().stream().anyMatch(fault -> fault.contains("taken")));
        assertThat(orchestrator.show("sample").providers()).hasSize(1);
        assertThat(adapter.validate()).anyMatch(fault -> fault.contains("sample.v1") && fault.contains("taken"));

        first.unregister();

        assertThat(ask()).isEqualTo("sample.v1");
        assertThat(adapter.validate()).noneMatch(fault -> fault.contains("taken"));
        second.unregister();
        assertThat(orchestrator.show("sample").providers()).isEmpty();
    }

    @Test
    void theLeavingOfAProviderWaitsForItsWork() throws Exception {
        register("sample.v0", "v0");
        ServiceRegistration<Sample> v1 = register("sample.v1", "v1");
        await().atMost(SampleNode.PATIENCE).until(() -> ask().equals("sample.v1"));
        var lease = route.lease(RouteKey.NODE);
        Thread leaving = new Thread(v1::unregister, "sample-leaving");
        leaving.start();
        await().atMost(SampleNode.PATIENCE).until(() -> ask().equals("sample.v0"));
        assertThat(leaving.isAlive()).as("the service is still there for the work that has it").isTrue();

        lease.close();

        assertThat(leaving.join(SampleNode.PATIENCE)).isTrue();
    }

    /** Whatever comes first: a provider that needs the adapter waits for an orchestrator that takes providers in while it starts. */
    @Test
    void providersThatUseRoutesThemselvesAreTakenInWhoeverStartsFirst() throws Exception {
        node.provider("sample.v1", "v1");
        for (int i = 0; i < 3; i++) {
            node.orchestrator.stop();
            assertThat(node.context.getServiceReference(Sample.class)).as("it needs the adapter").isNull();
            node.orchestrator.start();
            Route<Sample> again = node.service(ModeAwareAdapter.class).route(SLOT);

            await().atMost(SampleNode.PATIENCE).ignoreExceptions().until(() -> again.<String>call(RouteKey.NODE, Sample::name).equals("sample.v1"));
        }
    }

    @Test
    void noServiceIsEverHiddenByASwitchOfTheMode() throws Exception {
        node.provider("sample.v1", "v1");
        node.provider("sample.v3", "v3");
        await().atMost(SampleNode.PATIENCE).until(() -> adapter.validate().isEmpty());

        for (int i = 0; i < 10; i++) {
            adapter.switchMode(i % 2 == 0 ? NetworkMode.INTERNET : NetworkMode.DATACENTER, "test");
            assertThat(node.context.getAllServiceReferences(Sample.class.getName(), null)).hasSize(2);
        }
    }
}
