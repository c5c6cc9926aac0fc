// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;

/**
 * The table of all keys of PID {@value Settings#PID}: name, kind, default, limits. Everything else that speaks of keys (parsing, README,
 * metatype) is checked against it. Limits are chosen so that a typing error by a factor of 1,000 is refused where that is possible.
 */
public enum Setting {
    /** Whether detection runs at all. */
    ENABLED("enabled", true),
    /** Whether detection may switch. */
    AUTO_DETECT("auto.detect", true),
    /** Time between detections. */
    DETECTION_INTERVAL("detection.interval.ms", Kind.WHOLE, "10000", "10", "3600000"),
    /** DATACENTER is below this. */
    DATACENTER_LATENCY("datacenter.latency.threshold.ms", Kind.DECIMAL, "10", "0.001", "60000"),
    /** DATACENTER is above this. */
    DATACENTER_BANDWIDTH("datacenter.bandwidth.threshold.bps", Kind.WHOLE, "1000000000", "1000", "1000000000000000"),
    /** INTERNET is above this. */
    INTERNET_LATENCY("internet.latency.threshold.ms", Kind.DECIMAL, "50", "0.001", "60000"),
    /** INTERNET is below this. */
    INTERNET_BANDWIDTH("internet.bandwidth.threshold.bps", Kind.WHOLE, "1000000000", "1000", "1000000000000000"),
    /** Share by which a threshold must be passed. */
    HYSTERESIS("hysteresis", Kind.DECIMAL, "0.1", "0", "0.5"),
    /** Least time between two automatic switches. */
    COOLDOWN_PERIOD("cooldown.period.ms", Kind.WHOLE, "30000", "0", "3600000"),
    /** Most automatic switches in any hour. */
    SWITCHES_PER_HOUR("switches.per.hour.max", Kind.WHOLE, "4", "1", "1000"),
    /** Whether calls in flight end before an automatic switch. */
    GRACEFUL_TRANSITION("graceful.transition", true),
    /** Longest wait for calls and leases. */
    DRAIN_TIMEOUT("drain.timeout.ms", Kind.WHOLE, "10000", "0", "600000"),
    /** Whether a flow follows the mode of its link. */
    PER_CONNECTION("per.connection", true),
    /** Whether the flows of a link move in steps. */
    GRADUAL("gradual.transition", true),
    /** The steps. */
    GRADUAL_STEPS("gradual.steps.percent", Kind.PERCENTS, "10 50 100", "1", "100"),
    /** Time that a step with flows is watched. */
    GRADUAL_DWELL("gradual.dwell.ms", Kind.WHOLE, "4000", "1000", "600000"),
    /** Loss of goodput that is still accepted. */
    GRADUAL_WORSE("gradual.worse.percent", Kind.WHOLE, "20", "1", "99"),
    /** Time until a move that went back is tried again. */
    GRADUAL_RETRY("gradual.retry.ms", Kind.WHOLE, "600000", "1000", "86400000"),
    /** Failures in a row that open a breaker. */
    THRESHOLD_ERRORS("threshold.errors", Kind.WHOLE, "3", "1", "1000"),
    /** First wait before a failed provider is tried again. */
    BACKOFF("backoff.ms", Kind.WHOLE, "1000", "10", "600000"),
    /** Most that the doubled wait may grow to. */
    BACKOFF_MAX("backoff.max.ms", Kind.WHOLE, "10000", "10", "3600000"),
    /** Time between probes of a healthy provider. */
    HEALTH_INTERVAL("health.interval.ms", Kind.WHOLE, "30000", "100", "3600000"),
    /** Longest time of one probe. */
    PROBE_TIMEOUT("probe.timeout.ms", Kind.WHOLE, "5000", "10", "60000"),
    /** Mode changes in the window that are still calm. */
    FLAPPING_SWITCHES("flapping.switches.max", Kind.WHOLE, "4", "1", "1000"),
    /** The window in which mode changes are counted. */
    FLAPPING_WINDOW("flapping.window.ms", Kind.WHOLE, "600000", "1000", "86400000");

    /** What a value is. */
    public enum Kind {
        /** {@code true} or {@code false}. */
        SWITCH,
        /** A whole number; {@code 1e9} is understood. */
        WHOLE,
        /** A number with fraction. */
        DECIMAL,
        /** Rising percentages, separated by spaces or commas, the last one 100. */
        PERCENTS
    }

    private static final int SHOWN_CHARACTERS_MAX = 80; // chosen: a value in a log line must not fill the screen

    private final String key;
    private final Kind kind;
    private final String defaultText;
    private final Optional<BigDecimal> min;
    private final Optional<BigDecimal> max;

    Setting(String key, boolean standard) {
        this.key = key;
        this.kind = Kind.SWITCH;
        this.defaultText = String.valueOf(standard);
        this.min = Optional.empty();
        this.max = Optional.empty();
    }

    Setting(String key, Kind kind, String defaultText, String min, String max) {
        this.key = key;
        this.kind = kind;
        this.defaultText = defaultText;
        this.min = Optional.of(new BigDecimal(min));
        this.max = Optional.of(new BigDecimal(max));
    }

    /** Gives the name in Config Admin. */
    public String key() {
        return key;
    }

    /** Gives the kind of its values. */
    public Kind kind() {
        return kind;
    }

    /** Gives the name of the environment variable that overrides it. */
    public String environment() {
        return "DWCP_" + key.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    /** Gives the default as it would be typed. */
    public String defaultText() {
        return defaultText;
    }

    /** Gives the limits in words. */
    public String limits() {
        return kind == Kind.SWITCH ? "true or false" : kind == Kind.PERCENTS ? "rising percentages that end with 100" : min.orElseThrow().toPlainString() + " to " + max.orElseThrow().toPlainString();
    }

    /** Finds a setting by its key. */
    static Optional<Setting> of(String key) {
        return Arrays.stream(values()).filter(s -> s.key.equals(key)).findFirst();
    }

    /**
     * Reads a value of any type that Config Admin or an environment variable may give.
     *
     * @return {@code Boolean}, {@code BigDecimal}, or the text of percentages
     * @throws DwcpException of kind REJECTED naming key, value and limits
     */
    Object parse(Object raw) {
        String text = String.valueOf(raw).strip();
        if (kind == Kind.SWITCH) {
            Check.argument(text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false"), "%s", refusal(text));
            return Boolean.valueOf(text);
        }
        if (kind == Kind.PERCENTS) {
            try {
                List<Integer> steps = percents(text);
                new LinkSettings(true, steps, java.time.Duration.ZERO, 1, java.time.Duration.ZERO);
                return text;
            } catch (NumberFormatException | DwcpException e) {
                throw new DwcpException(DwcpException.Kind.REJECTED, refusal(text));
            }
        }
        BigDecimal number = number(text);
        boolean whole = number.stripTrailingZeros().scale() <= 0;
        Check.argument(number.compareTo(min.orElseThrow()) >= 0 && number.compareTo(max.orElseThrow()) <= 0 && (whole || kind == Kind.DECIMAL),
                "%s", refusal(text));
        return number;
    }

    private BigDecimal number(String text) {
        try {
            // The exponent is bounded before the number is used: "1e999999999" would otherwise be expanded digit by digit.
            BigDecimal number = new BigDecimal(text.length() > SHOWN_CHARACTERS_MAX ? "" : text);
            Check.argument(Math.abs((long) number.precision() - number.scale()) <= 30 && Math.abs((long) number.scale()) <= 30, "%s",
                    refusal(text));
            return number;
        } catch (NumberFormatException e) {
            throw new DwcpException(DwcpException.Kind.REJECTED, refusal(text));
        }
    }

    private String refusal(String text) {
        String shown = text.length() > SHOWN_CHARACTERS_MAX ? text.substring(0, SHOWN_CHARACTERS_MAX) + "..." : text;
        return "%s '%s' is not %s%s; correct it, or remove it for the default %s".formatted(key, shown,
                kind == Kind.WHOLE ? "a whole number from " : kind == Kind.DECIMAL ? "a number from " : "", limits(), defaultText);
    }

    /** Gives parsed percentages. */
    static List<Integer> percents(Object parsed) {
        return Arrays.stream(parsed.toString().strip().split("[\\s,]+")).map(Integer::valueOf).toList();
    }

    /** Gives a parsed number as a duration in milliseconds. */
    static Duration millis(Object parsed) {
        return Duration.ofNanos(((BigDecimal) parsed).movePointRight(6).longValue());
    }
}
