// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FlagState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flags set by environment variables. They win at start, and each holds until somebody changes that very flag, by command or in the file: an
 * operator in an emergency must not be overruled by how the process was started. They are never written to the file. Not thread-safe.
 */
final class Overrides {
    private static final Logger LOG = LoggerFactory.getLogger(Overrides.class);

    private final Map<FlagKey, Object> values = new EnumMap<>(FlagKey.class);
    private final List<String> problems = new ArrayList<>();

    Overrides(UnaryOperator<String> environment) {
        for (FlagKey key : FlagKey.values()) {
            String text = environment.apply(key.environment());
            if (text != null) {
                try {
                    values.put(key, key.parse(text.strip()));
                    LOG.info("flags override name={} value={} source={}", key.label(), text, key.environment());
                } catch (DwcpException e) {
                    problems.add(e.getMessage());
                    LOG.warn("flags override refused problem=\"{}\" action=file-used", e.getMessage());
                }
            }
        }
    }

    /** Puts what still holds over the file's flags. */
    FlagState over(FlagState file) {
        FlagState state = file;
        for (var override : values.entrySet()) {
            state = override.getKey().set(state, override.getValue());
        }
        return state;
    }

    /** Ends what somebody has changed. */
    void changed(FlagState before, FlagState after) {
        values.keySet().removeIf(key -> !key.get(before).equals(key.get(after)));
    }

    /** Gives what belongs in the file: the flags in force, but the file's own value where an override holds. */
    FlagState under(FlagState inForce, FlagState file) {
        FlagState state = inForce;
        for (FlagKey key : values.keySet()) {
            state = key.set(state, key.get(file));
        }
        return state;
    }

    /** Lists what holds, one sentence each. */
    List<String> shown() {
        return values.entrySet().stream().map(e -> e.getKey().label() + "=" + e.getValue() + " by " + e.getKey().environment()).toList();
    }

    List<String> problems() {
        return problems;
    }
}
