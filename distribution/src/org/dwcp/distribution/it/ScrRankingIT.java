// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;

import org.dwcp.distribution.it.scr.DynamicField;
import org.dwcp.distribution.it.scr.Keeping;
import org.dwcp.distribution.it.scr.ListFields;
import org.dwcp.distribution.it.scr.Methods;
import org.dwcp.distribution.it.scr.Ranked;
import org.dwcp.distribution.it.scr.Recreated;
import org.dwcp.distribution.it.scr.StaticField;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.ComponentFactory;
import org.osgi.service.component.ComponentInstance;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Pins how Felix and its SCR follow a changed {@code service.ranking}, in both directions: what must follow, and what does not. The design
 * rests on the second half as much as on the first. If an update of SCR makes one of these fail, look at STYLE.md section 3 before changing it.
 * Service events are delivered before {@code setProperties} returns, so nothing here waits for them.
 */
class ScrRankingIT {
    private final BundleContext context = FrameworkUtil.getBundle(ScrRankingIT.class).getBundleContext();
    private final List<ServiceRegistration<Ranked>> registered = new ArrayList<>();
    private final List<ComponentInstance<ListFields>> instances = new ArrayList<>();

    @AfterEach
    void disposeAll() {
        instances.forEach(ComponentInstance::dispose);
        unregisterAll();
    }

    private void unregisterAll() {
        registered.forEach(ServiceRegistration::unregister);
        registered.clear();
    }

    @Test
    void registryFollowsAtOnce() {
        var v1 = register("v1", 10);
        var v3 = register("v3", 0);
        assertThat(context.getServiceReference(Ranked.class)).isEqualTo(v1.getReference());

        rank(v3, "v3", 20);
        assertThat(context.getServiceReference(Ranked.class)).isEqualTo(v3.getReference());

        rank(v3, "v3", -5);
        assertThat(context.getServiceReference(Ranked.class)).isEqualTo(v1.getReference());
    }

    @Test
    void serviceTrackerFollowsAtOnce() {
        var v1 = register("v1", 10);
        var v3 = register("v3", 0);
        var tracker = new ServiceTracker<Ranked, Ranked>(context, Ranked.class, null);
        tracker.open();

        assertThat(tracker.getService().name()).isEqualTo("v1");
        rank(v3, "v3", 20);
        assertThat(tracker.getService().name()).isEqualTo("v3");
        rank(v1, "v1", 30);
        assertThat(tracker.getService().name()).isEqualTo("v1");

        tracker.close();
    }

    @Test
    void dynamicGreedyFieldFollowsNoRankingUpOrDown() {
        var v1 = register("v1", 10);
        var v3 = register("v3", 0);
        try (var field = new Held<>(context, DynamicField.class)) {
            assertThat(field.get().held()).isEqualTo("v1");

            rank(v3, "v3", 20);
            assertThat(field.get().held()).isEqualTo("v1");
            rank(v1, "v1", -20);
            assertThat(field.get().held()).isEqualTo("v1");

            unregister(v1);
            assertThat(field.get().held()).isEqualTo("v3");
            register("v4", 50);
            assertThat(field.get().held()).as("a better registration is followed").isEqualTo("v4");
        }
    }

    @Test
    void dynamicGreedyFieldGoesWithItsLastService() {
        var v1 = register("v1", 10);
        assertThat(context.getServiceReference(DynamicField.class)).isNotNull();

        unregister(v1);

        assertThat(context.getServiceReference(DynamicField.class)).isNull();
    }

    @Test
    void staticGreedyFieldFollowsNoRankingUpOrDown() {
        var v1 = register("v1", 10);
        var v3 = register("v3", 0);
        try (var field = new Held<>(context, StaticField.class)) {
            assertThat(field.get().held()).isEqualTo("v1");
            int activations = StaticField.activations();

            rank(v3, "v3", 20);
            assertThat(field.get().held()).isEqualTo("v1");
            rank(v1, "v1", -20);
            assertThat(field.get().held()).isEqualTo("v1");
            assertThat(StaticField.activations()).isEqualTo(activations);
        }
    }

    @Test
    void staticGreedyFieldRestartsForEachBetterRegistration() {
        int activations = StaticField.activations();

        for (int ranking = 1; ranking <= 6; ranking++) {
            register("v" + ranking, ranking);
        }

        assertThat(StaticField.activations() - activations).isEqualTo(6);
    }

    @Test
    void listsNeverFollowTheOrder() throws Exception {
        var v1 = register("v1", 10);
        var v3 = register("v3", 0);
        var fields = fields();
        List<List<String>> before = List.of(fields.replaced(), fields.updated(), fields.references());

        rank(v3, "v3", 20);
        rank(v1, "v1", -20);

        assertThat(List.of(fields.replaced(), fields.updated(), fields.references())).isEqualTo(before);
    }

    @Test
    void listsKeepServicesThatAreGoneOnceRankingsHaveChanged() throws Exception {
        var fields = fields();

        changeRankingsOfEightServicesAndUnregisterThem();

        assertThat(fields.replaced()).as("stale services").isNotEmpty();
        assertThat(fields.updated()).as("stale services of an updated list").isNotEmpty();
        assertThat(fields.references()).as("stale references").isNotEmpty();
    }

    @Test
    void tuplesMultiplyWhenRankingsChange() throws Exception {
        var fields = fields();
        var live = registerEight();
        assertThat(fields.tuples()).hasSize(8);

        reverse(live);

        assertThat(fields.tuples()).hasSizeGreaterThan(8);
    }

    @Test
    void listsLoseServicesThatAreGoneWhileRankingsStay() throws Exception {
        var fields = fields();
        registerEight();
        assertThat(fields.replaced()).hasSize(8);

        unregisterAll();

        assertThat(fields.replaced()).isEmpty();
        assertThat(fields.updated()).isEmpty();
        assertThat(fields.references()).isEmpty();
        assertThat(fields.tuples()).isEmpty();
    }

    @Test
    void methodsFollowEverythingAndKeepNothing() {
        try (var methods = new Held<>(context, Methods.class)) {
            var v1 = register("v1", 10);
            var v3 = register("v3", 0);
            assertThat(methods.get().best()).isEqualTo("v1");
            int updates = methods.get().updates();

            rank(v3, "v3", 20);
            assertThat(methods.get().best()).isEqualTo("v3");
            rank(v3, "v3", -5);
            assertThat(methods.get().best()).isEqualTo("v1");
            assertThat(methods.get().updates() - updates).isEqualTo(2);

            unregister(v1);
            assertThat(methods.get().best()).isEqualTo("v3");
            changeRankingsOfEightServicesAndUnregisterThem();
            assertThat(methods.get().size()).isZero();
            assertThat(methods.get().best()).isEmpty();
        }
    }

    @Test
    void rankingByConfigurationKeepsAnInstanceThatHasAModifiedMethod(@InjectService ConfigurationAdmin configurations) throws Exception {
        try (var held = new Held<>(context, Keeping.class)) {
            Keeping instance = held.get();
            Object id = held.reference().getProperty(Constants.SERVICE_ID);

            configure(configurations, Keeping.PID, 42);
            await().until(() -> Integer.valueOf(42).equals(held.reference().getProperty(Constants.SERVICE_RANKING)));

            assertThat(held.get()).isSameAs(instance);
            assertThat(held.reference().getProperty(Constants.SERVICE_ID)).isEqualTo(id);
            assertThat(instance.modifications()).isEqualTo(1);
        }
    }

    @Test
    void rankingByConfigurationRecreatesAnInstanceThatHasNone(@InjectService ConfigurationAdmin configurations) throws Exception {
        Recreated before;
        try (var held = new Held<>(context, Recreated.class)) {
            before = held.get();
            configure(configurations, Recreated.PID, 43);
            await().until(() -> {
                var now = context.getServiceReference(Recreated.class);
                return now != null && Integer.valueOf(43).equals(now.getProperty(Constants.SERVICE_RANKING));
            });
        }
        try (var held = new Held<>(context, Recreated.class)) {
            assertThat(held.get()).isNotSameAs(before);
        }
    }

    private void changeRankingsOfEightServicesAndUnregisterThem() {
        unregisterAll();
        reverse(registerEight());
        Collections.reverse(registered);
        unregisterAll();
    }

    private List<ServiceRegistration<Ranked>> registerEight() {
        var eight = new ArrayList<ServiceRegistration<Ranked>>();
        for (int i = 0; i < 8; i++) {
            eight.add(register("v" + i, i));
        }
        return eight;
    }

    private static void reverse(List<ServiceRegistration<Ranked>> registrations) {
        for (int i = 0; i < registrations.size(); i++) {
            rank(registrations.get(i), "v" + i, 100 - i);
        }
    }

    /** A new component: what rankings have spoilt in one stays spoilt. */
    @SuppressWarnings("unchecked")
    private ListFields fields() throws InvalidSyntaxException {
        var factory = context.getServiceReferences(ComponentFactory.class, "(component.factory=" + ListFields.FACTORY + ")").iterator().next();
        ComponentInstance<ListFields> instance = context.getService(factory).newInstance(null);
        instances.add(instance);
        return instance.getInstance();
    }

    private ServiceRegistration<Ranked> register(String name, int ranking) {
        var registration = context.registerService(Ranked.class, new Ranked(name), properties(name, ranking));
        registered.add(registration);
        return registration;
    }

    private static void rank(ServiceRegistration<Ranked> registration, String name, int ranking) {
        registration.setProperties(properties(name, ranking));
    }

    private void unregister(ServiceRegistration<Ranked> registration) {
        registered.remove(registration);
        registration.unregister();
    }

    private static Dictionary<String, Object> properties(String name, int ranking) {
        return new Hashtable<>(Map.of("name", name, Constants.SERVICE_RANKING, ranking));
    }

    private static void configure(ConfigurationAdmin configurations, String pid, int ranking) throws Exception {
        configurations.getConfiguration(pid, "?").update(new Hashtable<>(Map.of(Constants.SERVICE_RANKING, ranking)));
    }

    /** A service that is held, so that a component which serves nobody else is not recreated for each look. */
    private record Held<T>(BundleContext context, ServiceReference<T> reference) implements AutoCloseable {
        Held(BundleContext context, Class<T> type) {
            this(context, context.getServiceReference(type));
        }

        T get() {
            return context.getService(reference);
        }

        @Override
        public void close() {
            while (context.ungetService(reference)) {
                // one for each look
            }
        }
    }
}
