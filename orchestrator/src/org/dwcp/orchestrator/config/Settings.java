// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.HybridConfig;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings in force, for the parts of this bundle. Environment variable over Config Admin over default, key by key.
 *
 * <p>A bad value at start is skipped: the next source's value is used, so that a typing error cannot keep a node from starting. A bad update
 * is refused as a whole. Both are logged and stand in {@link #problems()} until a good update. The properties come as a map and not as the
 * annotation, because the annotation's conversion would turn unreadable text into 0 or false without a word.
 */
@Component(service = Settings.class, configurationPid = Settings.PID)
@Designate(ocd = Settings.Config.class)
public final class Settings {
    /** The persistent identity in Config Admin. */
    public static final String PID = "org.dwcp.orchestrator";
    private static final Logger LOG = LoggerFactory.getLogger(Settings.class);
    /** Prefixes of what the framework and its installers put beside our keys. */
    private static final List<String> FOREIGN = List.of("service.", "component.", "felix.", "osgi.", "org.osgi.", "org.apache.felix.", ".", ":");

    /** What consoles show; defaults and limits are those of {@link Setting}, a test compares them. */
    @ObjectClassDefinition(name = "DWCP orchestrator", description = "Mode detection, switching, fallback.")
    @interface Config {
        @AttributeDefinition(description = "False: no detection runs and the mode never changes.")
        boolean enabled() default true;

        @AttributeDefinition(description = "False: the mode changes by hand only.")
        boolean auto_detect() default true;

        @AttributeDefinition(min = "10", max = "3600000", description = "Time between two detections, in milliseconds.")
        long detection_interval_ms() default 10_000;

        @AttributeDefinition(min = "0.001", max = "60000", description = "DATACENTER is below this round-trip time, in milliseconds.")
        double datacenter_latency_threshold_ms() default 10;

        @AttributeDefinition(min = "1000", max = "1000000000000000", description = "DATACENTER is above this bandwidth, in bit/s.")
        long datacenter_bandwidth_threshold_bps() default 1_000_000_000;

        @AttributeDefinition(min = "0.001", max = "60000",
                description = "INTERNET is above this round-trip time, in milliseconds. Not below the datacenter's.")
        double internet_latency_threshold_ms() default 50;

        @AttributeDefinition(min = "1000", max = "1000000000000000", description = "INTERNET is below this bandwidth, in bit/s.")
        long internet_bandwidth_threshold_bps() default 1_000_000_000;

        @AttributeDefinition(min = "0", max = "0.5", description = "Share by which a threshold must be passed to enter or leave a mode.")
        double hysteresis() default 0.1;

        @AttributeDefinition(min = "0", max = "3600000", description = "Least time between two automatic switches, in milliseconds.")
        long cooldown_period_ms() default 30_000;

        @AttributeDefinition(min = "1", max = "1000", description = "Most automatic switches in any hour.")
        int switches_per_hour_max() default 4;

        @AttributeDefinition(description = "True: calls in flight end before an automatic switch.")
        boolean graceful_transition() default true;

        @AttributeDefinition(min = "0", max = "600000", description = "Longest wait for calls and leases, in milliseconds.")
        long drain_timeout_ms() default 10_000;

        @AttributeDefinition(description = "True: a flow follows the mode of its link; false: the node's.")
        boolean per_connection() default true;

        @AttributeDefinition(description = "True: the flows of a link move in steps when its mode changes.")
        boolean gradual_transition() default true;

        @AttributeDefinition(description = "Percentages of a link's flows that have moved after each step, rising, the last one 100.")
        String gradual_steps_percent() default "10 50 100";

        @AttributeDefinition(min = "1000", max = "600000", description = "Time that a step with flows is watched, in milliseconds.")
        long gradual_dwell_ms() default 4_000;

        @AttributeDefinition(min = "1", max = "99", description = "Loss of goodput in percent that moved flows may have; more moves them back.")
        int gradual_worse_percent() default 20;

        @AttributeDefinition(min = "1000", max = "86400000", description = "Time until a move that went back is tried again, in milliseconds.")
        long gradual_retry_ms() default 600_000;

        @AttributeDefinition(min = "1", max = "1000", description = "Failures in a row that take a provider out.")
        int threshold_errors() default 3;

        @AttributeDefinition(min = "10", max = "600000", description = "First wait before a failed provider is tried again, in milliseconds.")
        long backoff_ms() default 1_000;

        @AttributeDefinition(min = "10", max = "3600000", description = "Most that the doubled wait may grow to, in milliseconds.")
        long backoff_max_ms() default 10_000;

        @AttributeDefinition(min = "100", max = "3600000", description = "Time between two probes of a healthy provider, in milliseconds.")
        long health_interval_ms() default 30_000;

        @AttributeDefinition(min = "10", max = "60000", description = "Longest time of one probe, in milliseconds.")
        long probe_timeout_ms() default 5_000;

        @AttributeDefinition(min = "1", max = "1000", description = "Mode changes in the window that raise no alert.")
        int flapping_switches_max() default 4;

        @AttributeDefinition(min = "1000", max = "86400000", description = "Window in which mode changes are counted, in milliseconds.")
        long flapping_window_ms() default 600_000;
    }

    /** Where a value comes from. */
    public enum Source {
        /** An environment variable. */
        ENVIRONMENT,
        /** Config Admin, so also a file in {@code etc}. */
        CONFIGURATION,
        /** Nobody said anything. */
        DEFAULT
    }

    /**
     * One value in force.
     *
     * @param setting the key
     * @param value   as text
     * @param source  where it comes from
     */
    public record Effective(Setting setting, String value, Source source) {
    }

    private record InForce(OrchestratorSettings settings, List<Effective> effective, List<String> problems) {
    }

    private final Listeners<OrchestratorSettings> listeners = new Listeners<>("settings");
    private final Map<Setting, Object> environment = new EnumMap<>(Setting.class);
    private final List<String> environmentProblems = new ArrayList<>();
    private volatile InForce inForce;

    /** Called by Declarative Services. */
    @Activate
    public Settings(Map<String, Object> properties) {
        this(properties, System::getenv);
    }

    /**
     * Makes settings.
     *
     * @param properties  from Config Admin
     * @param environment name to value, null when there is none
     */
    public Settings(Map<String, Object> properties, UnaryOperator<String> environment) {
        for (Setting setting : Setting.values()) {
            String value = environment.apply(setting.environment());
            if (value != null) {
                try {
                    this.environment.put(setting, setting.parse(value));
                } catch (DwcpException e) {
                    environmentProblems.add("environment variable " + setting.environment() + ": " + e.getMessage());
                }
            }
        }
        List<String> problems = new ArrayList<>(environmentProblems);
        InForce resolved = resolve(properties, problems);
        problems.addAll(unknown(properties));
        problems.forEach(p -> LOG.warn("configuration skipped pid={} problem=\"{}\" action=next-source-used", PID, p));
        inForce = new InForce(resolved.settings(), resolved.effective(), List.copyOf(problems));
    }

    /** Makes settings that never change, for a manager that stands alone. */
    public static Settings fixed(HybridConfig config) {
        Settings settings = new Settings(Map.of(), name -> null);
        settings.inForce = new InForce(OrchestratorSettings.defaults().withHybrid(config), settings.inForce.effective(), List.of());
        return settings;
    }

    /** Takes an update from Config Admin. A bad one is refused as a whole and keeps what was; an unknown key is reported and left out. */
    @Modified
    public void update(Map<String, Object> properties) {
        List<String> refusals = new ArrayList<>();
        InForce wanted = resolve(properties, refusals);
        List<String> problems = new ArrayList<>(environmentProblems);
        problems.addAll(refusals);
        problems.addAll(unknown(properties));
        refusals.forEach(p -> LOG.warn("configuration refused pid={} problem=\"{}\" action=previous-kept", PID, p));
        synchronized (this) {
            InForce kept = refusals.isEmpty() ? wanted : inForce;
            boolean changed = !kept.settings().equals(inForce.settings());
            inForce = new InForce(kept.settings(), kept.effective(), List.copyOf(problems));
            if (changed) {
                LOG.info("configuration applied pid={}", PID);
                listeners.offer(kept.settings());
            }
        }
        listeners.deliver();
    }

    /** Gives all settings in force. */
    public OrchestratorSettings current() {
        return inForce.settings();
    }

    /** Gives the settings of mode and switching; a {@code Supplier<HybridConfig>} as method reference. */
    public HybridConfig hybrid() {
        return inForce.settings().hybrid();
    }

    /** Lists every key with its value and where it comes from. */
    public List<Effective> effective() {
        return inForce.effective();
    }

    /** Lists what is wrong with the configuration now, one sentence each; empty when all is well. */
    public List<String> problems() {
        return inForce.problems();
    }

    /** Asks to be told of changes. */
    public Registration onChange(Consumer<? super OrchestratorSettings> listener) {
        return listeners.add(listener);
    }

    /** Resolves every key; a bad value adds a problem and is skipped. */
    private InForce resolve(Map<String, Object> properties, List<String> problems) {
        Map<Setting, Object> values = new EnumMap<>(Setting.class);
        List<Effective> effective = new ArrayList<>();
        for (Setting setting : Setting.values()) {
            Optional<Object> configured = configured(setting, properties, problems);
            Source source = environment.containsKey(setting) ? Source.ENVIRONMENT
                    : configured.isPresent() ? Source.CONFIGURATION : Source.DEFAULT;
            Object value = source == Source.ENVIRONMENT ? environment.get(setting)
                    : configured.orElseGet(() -> setting.parse(setting.defaultText()));
            values.put(setting, value);
            effective.add(new Effective(setting, value.toString(), source));
        }
        try {
            return new InForce(OrchestratorSettings.of(values), List.copyOf(effective), List.of());
        } catch (DwcpException e) { // two values contradict each other: neither can be trusted
            problems.add(e.getMessage());
            return new InForce(OrchestratorSettings.defaults(),
                    effective.stream().map(f -> new Effective(f.setting(), f.setting().defaultText(), Source.DEFAULT)).toList(),
                    List.of());
        }
    }

    private static List<String> unknown(Map<String, Object> properties) {
        return properties.keySet().stream().filter(k -> Setting.of(k).isEmpty() && FOREIGN.stream().noneMatch(k::startsWith)).sorted()
                .map(k -> "key '" + k + "' is unknown and left out; the known ones are " + Arrays.stream(Setting.values()).map(Setting::key)
                        .toList())
                .toList();
    }

    private static Optional<Object> configured(Setting setting, Map<String, Object> properties, List<String> problems) {
        Object raw = properties.get(setting.key());
        if (raw == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(setting.parse(raw));
        } catch (DwcpException e) {
            problems.add(e.getMessage());
            return Optional.empty();
        }
    }
}
