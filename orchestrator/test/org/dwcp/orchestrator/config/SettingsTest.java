// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.orchestrator.health.BreakerSettings;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.osgi.service.metatype.annotations.AttributeDefinition;

class SettingsTest {
    private static Settings of(Map<String, Object> configured, Map<String, String> environment) {
        return new Settings(configured, environment::get);
    }

    @Test
    @Requirement({"R-019", "R-020", "R-085"})
    void defaultsAreTheDocumentedOnes() {
        OrchestratorSettings settings = of(Map.of(), Map.of()).current();

        assertThat(settings.hybrid()).isEqualTo(HybridConfig.defaults());
        assertThat(settings.breaker()).isEqualTo(BreakerSettings.DEFAULT);
        assertThat(settings.flappingSwitchesMax()).isEqualTo(4);
        assertThat(settings.flappingWindow()).isEqualTo(Duration.ofMinutes(10));
        assertThat(settings).isEqualTo(OrchestratorSettings.defaults());
    }

    @Test
    @Requirement("R-311")
    void environmentOverridesConfigAdminWhichOverridesTheDefault() {
        Settings settings = of(Map.of("cooldown.period.ms", "20000", "drain.timeout.ms", 7_000L), Map.of("DWCP_COOLDOWN_PERIOD_MS", "5000"));

        assertThat(settings.hybrid().cooldownPeriod()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.hybrid().drainTimeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(settings.hybrid().detectionInterval()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.effective()).contains(
                new Settings.Effective(Setting.COOLDOWN_PERIOD, "5000", Settings.Source.ENVIRONMENT),
                new Settings.Effective(Setting.DRAIN_TIMEOUT, "7000", Settings.Source.CONFIGURATION),
                new Settings.Effective(Setting.DETECTION_INTERVAL, "10000", Settings.Source.DEFAULT));
    }

    @Test
    @Requirement("R-311")
    void anUpdateFromConfigAdminDoesNotOverruleTheEnvironment() {
        Settings settings = of(Map.of(), Map.of("DWCP_HYSTERESIS", "0.2"));

        settings.update(Map.of("hysteresis", 0.3, "drain.timeout.ms", 1));

        assertThat(settings.hybrid().hysteresis()).isEqualTo(0.2);
        assertThat(settings.hybrid().drainTimeout()).isEqualTo(Duration.ofMillis(1));
    }

    @Test
    @Requirement("R-312")
    void aGoodUpdateIsToldToListeners() {
        Settings settings = of(Map.of(), Map.of());
        List<OrchestratorSettings> told = new ArrayList<>();
        var registration = settings.onChange(told::add);

        settings.update(Map.of("drain.timeout.ms", 1));
        settings.update(Map.of("drain.timeout.ms", 1));
        registration.close();
        settings.update(Map.of("drain.timeout.ms", 2));

        assertThat(told).hasSize(1);
        assertThat(told.getFirst().hybrid().drainTimeout()).isEqualTo(Duration.ofMillis(1));
        assertThat(settings.hybrid().drainTimeout()).isEqualTo(Duration.ofMillis(2));
    }

    @Test
    void aBadUpdateKeepsEverythingAndShowsKeyValueAndLimitsUntilAGoodOne() {
        Settings settings = of(Map.of("drain.timeout.ms", 5), Map.of());

        settings.update(Map.of("drain.timeout.ms", 6, "cooldown.period.ms", -1));

        assertThat(settings.hybrid().drainTimeout()).isEqualTo(Duration.ofMillis(5));
        assertThat(settings.problems()).singleElement().asString().contains("cooldown.period.ms", "'-1'", "0 to 3600000", "default 30000");

        settings.update(Map.of("drain.timeout.ms", 6));

        assertThat(settings.hybrid().drainTimeout()).isEqualTo(Duration.ofMillis(6));
        assertThat(settings.problems()).isEmpty();
    }

    @Test
    void aBadValueAtStartFallsToTheNextSource() {
        Settings settings = of(Map.of("drain.timeout.ms", "soon", "hysteresis", "0.3"), Map.of("DWCP_HYSTERESIS", "much"));

        assertThat(settings.hybrid().drainTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.hybrid().hysteresis()).isEqualTo(0.3);
        assertThat(settings.problems()).hasSize(2).anyMatch(p -> p.contains("DWCP_HYSTERESIS") && p.contains("'much'"))
                .anyMatch(p -> p.contains("drain.timeout.ms") && p.contains("'soon'"));
    }

    @Test
    void refusesAnInternetThresholdBelowTheDatacenters() {
        Settings settings = of(Map.of(), Map.of());

        settings.update(Map.of("datacenter.latency.threshold.ms", 60));

        assertThat(settings.hybrid()).isEqualTo(HybridConfig.defaults());
        assertThat(settings.problems()).singleElement().asString().contains("internet.latency.threshold");
    }

    @Test
    void reportsAnUnknownKeyAndAppliesTheOthers() {
        Settings settings = of(Map.of(), Map.of());

        settings.update(Map.of("cooldown.perod.ms", 5, "drain.timeout.ms", 5, "service.pid", "x", "felix.fileinstall.filename", "y"));

        assertThat(settings.hybrid().drainTimeout()).isEqualTo(Duration.ofMillis(5));
        assertThat(settings.problems()).singleElement().asString().contains("cooldown.perod.ms");
    }

    @ParameterizedTest
    @EnumSource(Setting.class)
    @Requirement({"R-019", "R-311", "R-312"})
    void eachKeyChangesTheSettingsAndNoOtherKeyDoes(Setting setting) {
        String other = switch (setting) {
            case HYSTERESIS -> "0.3";
            case INTERNET_LATENCY -> "60";
            case BACKOFF_MAX -> "20000";
            case GRADUAL_STEPS -> "5, 100";
            default -> setting.kind() == Setting.Kind.SWITCH ? "false" : setting.limits().split(" to ")[0];
        };
        Settings byUpdate = of(Map.of(), Map.of());
        byUpdate.update(Map.of(setting.key(), other));
        Settings byVariable = of(Map.of(), Map.of(setting.environment(), other));

        assertThat(byUpdate.problems()).isEmpty();
        assertThat(byUpdate.current()).isNotEqualTo(OrchestratorSettings.defaults()).isEqualTo(byVariable.current());
        assertThat(byUpdate.effective().stream().filter(e -> e.source() != Settings.Source.DEFAULT)).singleElement()
                .satisfies(e -> assertThat(e.setting()).isEqualTo(setting));
    }

    @ParameterizedTest
    @EnumSource(Setting.class)
    void eachKeyAcceptsItsLimitsAndRefusesOnePast(Setting setting) {
        if (setting.kind() == Setting.Kind.SWITCH) {
            assertThat(accepts(setting, "false")).isTrue();
            assertThat(accepts(setting, "yes")).isFalse();
            return;
        }
        if (setting.kind() == Setting.Kind.PERCENTS) {
            assertThat(List.of("100", "1 100", "10,50,100", "1 2 3 4 5 6 7 8 9 100")).allMatch(steps -> accepts(setting, steps));
            assertThat(List.of("", "0 100", "10 50", "50 10 100", "10 10 100", "10 101", "a 100", "1 2 3 4 5 6 7 8 9 10 100"))
                    .noneMatch(steps -> accepts(setting, steps));
            return;
        }
        String[] limits = setting.limits().split(" to ");
        BigDecimal step = setting.kind() == Setting.Kind.WHOLE ? BigDecimal.ONE : new BigDecimal("0.0001");

        assertThat(accepts(setting, limits[0])).isTrue();
        assertThat(accepts(setting, limits[1])).isTrue();
        assertThat(accepts(setting, new BigDecimal(limits[0]).subtract(step).toPlainString())).isFalse();
        assertThat(accepts(setting, new BigDecimal(limits[1]).add(step).toPlainString())).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"1e9, true", "1000000000.0, true", "0.5, false", "1e999999999, false", "NaN, false", "'', false"})
    void readsWholeNumbersAsPeopleTypeThem(String text, boolean good) {
        assertThat(accepts(Setting.DATACENTER_BANDWIDTH, text)).isEqualTo(good);
    }

    private static boolean accepts(Setting setting, String value) {
        try {
            setting.parse(value);
            return true;
        } catch (org.dwcp.api.DwcpException e) {
            assertThat(e).hasMessageContaining(setting.key()).hasMessageContaining(setting.limits());
            return false;
        }
    }

    @Test
    void theMetatypeShowsTheSameKeysDefaultsAndLimits() {
        Method[] attributes = Settings.Config.class.getDeclaredMethods();

        assertThat(Arrays.stream(attributes).map(m -> m.getName().replace('_', '.')))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Setting.values()).map(Setting::key).toList());
        for (Method attribute : attributes) {
            Setting setting = Setting.of(attribute.getName().replace('_', '.')).orElseThrow();
            assertThat(setting.parse(attribute.getDefaultValue())).as(setting.key()).satisfies(v -> assertThat(comparable(v))
                    .isEqualTo(comparable(setting.parse(setting.defaultText()))));
            AttributeDefinition shown = attribute.getAnnotation(AttributeDefinition.class);
            if (shown != null && setting.kind() != Setting.Kind.SWITCH) { // the annotation is of class retention: bnd reads it, the JVM does not
                assertThat(shown.min() + " to " + shown.max()).isEqualTo(setting.limits());
            }
        }
    }

    private static Object comparable(Object value) {
        return value instanceof BigDecimal number ? number.stripTrailingZeros() : value;
    }

    @Test
    void theReadmeListsEachKeyWithDefaultLimitsAndVariable() throws Exception {
        String readme = Files.readString(Path.of("README.md"));

        for (Setting setting : Setting.values()) {
            assertThat(readme).contains("| `%s` | %s | %s | `%s` |".formatted(setting.key(), setting.defaultText(), setting.limits(),
                    setting.environment()));
        }
    }
}
