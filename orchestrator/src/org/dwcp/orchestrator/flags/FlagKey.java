// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

import org.dwcp.api.Check;
import org.dwcp.api.hybrid.FlagState;

/** The single-valued flags: name in the file, environment variable, type, how to read and set it. Pins and rollouts are tables of their own. */
public enum FlagKey {
    /** AMST v3. */
    ENABLE_V3_TRANSPORT("EnableV3Transport", "transport"),
    /** HDE v3. */
    ENABLE_V3_COMPRESSION("EnableV3Compression", "encoding"),
    /** PBA v3. */
    ENABLE_V3_PREDICTION("EnableV3Prediction", "prediction"),
    /** ASS v3. */
    ENABLE_V3_STATE_SYNC("EnableV3StateSync", "sync"),
    /** ACP v3. */
    ENABLE_V3_CONSENSUS("EnableV3Consensus", "consensus"),
    /** ITP v3. */
    ENABLE_V3_PLACEMENT("EnableV3Placement", "placement"),
    /** Share of keys that v3 may serve. */
    V3_ROLLOUT_PERCENTAGE("V3RolloutPercentage", Integer.class, FlagState::v3RolloutPercentage, (s, v) -> s.withRolloutPercentage((Integer) v)),
    /** The kill switch. */
    FORCE_V1_MODE("ForceV1Mode", Boolean.class, FlagState::forceV1Mode, (s, v) -> s.withForceV1((Boolean) v)),
    /** Whether HYBRID may be entered. */
    ENABLE_HYBRID_MODE("EnableHybridMode", Boolean.class, FlagState::enableHybridMode,
            (s, v) -> s.withModes((Boolean) v, s.enableModeDetection())),
    /** Whether the mode may change by itself. */
    ENABLE_MODE_DETECTION("EnableModeDetection", Boolean.class, FlagState::enableModeDetection,
            (s, v) -> s.withModes(s.enableHybridMode(), (Boolean) v)),
    /** Changes who is in the first percent. */
    SALT("Salt", String.class, FlagState::salt, FlagKey::withSalt);

    private final String label;
    private final Optional<String> slot;
    private final Class<?> type;
    private final Function<FlagState, Object> getter;
    private final BiFunction<FlagState, Object, FlagState> setter;

    FlagKey(String label, String slot) {
        this.label = label;
        this.slot = Optional.of(slot);
        this.type = Boolean.class;
        this.getter = state -> state.enabled(slot);
        this.setter = (state, value) -> state.withEnabled(slot, (Boolean) value);
    }

    FlagKey(String label, Class<?> type, Function<FlagState, Object> getter, BiFunction<FlagState, Object, FlagState> setter) {
        this.label = label;
        this.slot = Optional.empty();
        this.type = type;
        this.getter = getter;
        this.setter = setter;
    }

    /** Gives the name in the file. */
    public String label() {
        return label;
    }

    /** Gives the environment variable that sets it at start. */
    public String environment() {
        return "DWCP_" + name();
    }

    /** Gives the slot of a component flag. */
    Optional<String> slot() {
        return slot;
    }

    /** Gives {@code Boolean}, {@code Integer} or {@code String}. */
    Class<?> type() {
        return type;
    }

    Object get(FlagState state) {
        return getter.apply(state);
    }

    FlagState set(FlagState state, Object value) {
        return setter.apply(state, value);
    }

    static Optional<FlagKey> of(String label) {
        return Arrays.stream(values()).filter(k -> k.label.equals(label)).findFirst();
    }

    /** Reads the text of an environment variable. */
    Object parse(String text) {
        if (type == Boolean.class) {
            Check.argument(text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false"), "%s '%s' is not true or false", environment(), text);
            return Boolean.valueOf(text);
        }
        if (type == Integer.class) {
            Check.argument(text.matches("\\d{1,3}") && Integer.parseInt(text) <= 100, "%s '%s' is not a whole number from 0 to 100",
                    environment(), text);
            return Integer.valueOf(text);
        }
        Check.argument(!text.isEmpty() && text.length() <= 64, "%s '%s' is not 1 to 64 characters long", environment(), text);
        return text;
    }

    private static FlagState withSalt(FlagState s, Object salt) {
        return new FlagState(s.enableV3(), s.v3RolloutPercentage(), s.forceV1Mode(), s.enableHybridMode(), s.enableModeDetection(), (String) salt,
                s.pins(), s.rollouts());
    }
}
