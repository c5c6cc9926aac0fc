// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.Swappable;
import org.dwcp.orchestrator.route.ProviderHandle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** The writing of rankings, step by step, against a Config Admin that remembers and can fail. */
class RankingPublisherTest {
    private final Rig rig = Rig.stepped();
    private final Map<String, Dictionary<String, Object>> stored = new HashMap<>();
    private final List<String> updates = new ArrayList<>();
    private boolean broken;
    private ProviderHandle v3;

    @BeforeEach
    void open() {
        rig.configurations = Optional.of(admin());
        ProviderHandle v1 = rig.provider("greeter.v1", "1.0.0", "v1", new Greeter.Named("v1"));
        v3 = rig.provider("greeter.v3", "3.0.0", "v3", new Greeter.Named("v3"));
        rig.routing.rankings().configured(v1, "pid.v1");
        rig.routing.rankings().configured(v3, "pid.v3");
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private ConfigurationAdmin admin() {
        return fake(ConfigurationAdmin.class, (method, arguments) -> {
            assertThat(method).isEqualTo("getConfiguration");
            assertThat(arguments[1]).as("location").isEqualTo("?");
            return configuration((String) arguments[0]);
        });
    }

    @SuppressWarnings("unchecked")
    private Configuration configuration(String pid) {
        return fake(Configuration.class, (method, arguments) -> {
            if (method.equals("getProperties")) {
                return stored.get(pid);
            }
            if (broken) {
                throw new IOException("disk full");
            }
            updates.add(pid);
            stored.put(pid, (Dictionary<String, Object>) arguments[0]);
            return null;
        });
    }

    private interface Answer {
        Object to(String method, Object[] arguments) throws IOException;
    }

    private static <T> T fake(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
                (proxy, method, arguments) -> answer.to(method.getName(), arguments)));
    }

    private void pass(java.time.Duration time) {
        rig.clock.advance(time);
        rig.settle();
    }

    @Test
    void writesPlaceAndShareBehindTheTable() {
        rig.routing.promote("greeter", "v3", 100, "test");
        assertThat(updates).as("the table does not wait").isEmpty();

        pass(RankingPublisher.COALESCE);

        assertThat(stored.get("pid.v3").get("service.ranking")).isEqualTo(20);
        assertThat(stored.get("pid.v3").get(Swappable.SHARE)).isEqualTo(100);
        assertThat(stored.get("pid.v1").get("service.ranking")).isEqualTo(10);
        assertThat(stored.get("pid.v1").get(Swappable.SHARE)).isEqualTo(0);
    }

    @Test
    void aBurstIsWrittenOnce() {
        for (int share = 1; share <= 50; share++) {
            rig.routing.promote("greeter", "v3", share, "test");
        }

        pass(RankingPublisher.COALESCE);

        assertThat(updates).containsExactlyInAnyOrder("pid.v1", "pid.v3");
        assertThat(stored.get("pid.v3").get(Swappable.SHARE)).isEqualTo(50);
    }

    @Test
    void whatDoesNotChangeIsNotWritten() {
        pass(RankingPublisher.COALESCE);
        updates.clear();

        rig.adapter.switchMode(org.dwcp.api.hybrid.NetworkMode.DATACENTER, "same mapping");
        for (int i = 0; i < 10; i++) {
            pass(RoutingCore.TICK);
        }

        assertThat(updates).isEmpty();
    }

    @Test
    void keepsWhatOthersWrote() {
        stored.put("pid.v1", new Hashtable<>(Map.of("window.bytes.max", 4_096)));

        pass(RankingPublisher.COALESCE);

        assertThat(Collections.list(stored.get("pid.v1").keys())).contains("window.bytes.max", "service.ranking", Swappable.SHARE);
    }

    @Test
    void aFailureIsTriedAgainAndNeverReachesTheTable() {
        broken = true;
        rig.routing.promote("greeter", "v3", 100, "test");
        pass(RankingPublisher.COALESCE);
        assertThat(rig.ask()).isEqualTo("v3");
        assertThat(stored).isEmpty();

        broken = false;
        pass(RankingPublisher.RETRY);

        assertThat(stored.get("pid.v3").get(Swappable.SHARE)).isEqualTo(100);
    }

    @Test
    void isWrittenWhenConfigAdminComesBack() {
        rig.configurations = Optional.empty();
        rig.routing.promote("greeter", "v3", 100, "test");
        pass(RankingPublisher.COALESCE);
        assertThat(stored).isEmpty();

        rig.configurations = Optional.of(admin());
        rig.routing.rankings().publish();
        pass(RankingPublisher.COALESCE);

        assertThat(stored).hasSize(2);
    }

    @Test
    void knowsItsOwnRankingsFromAUsersByTheConfigurationAlone() {
        pass(RankingPublisher.COALESCE);
        Hashtable<String, Object> written = new Hashtable<>();
        Collections.list(stored.get("pid.v3").keys()).forEach(key -> written.put(key, stored.get("pid.v3").get(key)));
        int registered = (Integer) written.get(RankingPublisher.REGISTERED_RANKING);

        assertThat(RankingPublisher.asked(reference(written))).isEqualTo(registered);
        written.put(Constants.SERVICE_RANKING, 7);
        assertThat(RankingPublisher.asked(reference(written))).isEqualTo(7);
        assertThat(RankingPublisher.asked(reference(new Hashtable<>()))).isZero();
    }

    private static ServiceReference<?> reference(Hashtable<String, Object> properties) {
        return (ServiceReference<?>) Proxy.newProxyInstance(ServiceReference.class.getClassLoader(), new Class<?>[] {ServiceReference.class},
                (proxy, method, arguments) -> properties.get(arguments[0]));
    }

    @Test
    void aProviderThatIsGoneIsWrittenNoMore() {
        rig.routing.rankings().gone(v3);

        pass(RankingPublisher.COALESCE);

        assertThat(stored).containsOnlyKeys("pid.v1");
    }
}
