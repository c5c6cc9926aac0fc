// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.orchestrator.shell.view.FlagsView;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Commands over the feature flags. */
@Component(service = FlagCommands.class)
@GogoCommand(scope = "dwcp", function = "flags")
@Descriptor("feature flags")
public final class FlagCommands {
    private static final String SLOT_FLAG = "EnableV3.";
    private static final int SALT_LENGTH_MAX = 64;

    private final FeatureFlags flags;

    /**
     * Makes the commands.
     *
     * @param flags the flags
     */
    @Activate
    public FlagCommands(@Reference FeatureFlags flags) {
        this.flags = flags;
    }

    /** Shows the flags, or sets one. */
    @Descriptor("show the feature flags, or set one")
    @Usage(words = "[set FLAG VALUE]", examples = {"flags", "flags set V3RolloutPercentage 10", "flags set EnableV3.transport false --dry-run"})
    public View flags(
            @Descriptor("change nothing, show the flags as they would be")
            @Parameter(names = "--dry-run", presentValue = "true", absentValue = "false") boolean dry,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("set FLAG VALUE") String... words) {
        var now = flags.state();
        var checked = Words.of("flags", words, 0, 3, choice(now));
        if (checked.isEmpty()) {
            return new FlagsView(now, "").as(json);
        }
        checked.oneOf(0, List.of("set"));
        if (checked.count() != 3) {
            throw new UsageException("flags", "flags set needs a flag and a value; " + choice(now));
        }
        var change = change(now, checked.at(1), checked.at(2));
        var undo = "dwcp flags set " + checked.at(1) + " " + values(now).get(key(now, checked.at(1)));
        return new FlagsView(dry ? change.apply(now) : flags.update(change), dry ? "" : undo).as(json);
    }

    private static UnaryOperator<FlagState> change(FlagState now, String name, String value) {
        var key = key(now, name);
        return switch (key) {
            case "ForceV1Mode" -> {
                var on = truth(value);
                yield state -> state.withForceV1(on);
            }
            case "EnableHybridMode" -> {
                var on = truth(value);
                yield state -> state.withModes(on, state.enableModeDetection());
            }
            case "EnableModeDetection" -> {
                var on = truth(value);
                yield state -> state.withModes(state.enableHybridMode(), on);
            }
            case "V3RolloutPercentage" -> {
                var percent = Words.number("flags", "V3RolloutPercentage", value, 0, 100);
                yield state -> state.withRolloutPercentage(percent);
            }
            case "Salt" -> {
                if (value.isBlank() || value.length() > SALT_LENGTH_MAX) {
                    throw new UsageException("flags", "Salt is not 1 to " + SALT_LENGTH_MAX + " characters long");
                }
                yield state -> new FlagState(state.enableV3(), state.v3RolloutPercentage(), state.forceV1Mode(), state.enableHybridMode(),
                        state.enableModeDetection(), value, state.pins(), state.rollouts());
            }
            default -> {
                var on = truth(value);
                yield state -> state.withEnabled(key.substring(SLOT_FLAG.length()), on);
            }
        };
    }

    private static String key(FlagState now, String name) {
        return values(now).keySet().stream().filter(key -> key.equalsIgnoreCase(name)).findFirst()
                .orElseThrow(() -> new UsageException("flags", "there is no flag '" + name + "'; " + choice(now)));
    }

    private static boolean truth(String value) {
        return switch (value.toLowerCase(java.util.Locale.ROOT)) {
            case "true", "on" -> true;
            case "false", "off" -> false;
            default -> throw new UsageException("flags", "'" + value + "' is neither true nor false");
        };
    }

    private static Map<String, Object> values(FlagState now) {
        var values = new TreeMap<String, Object>();
        values.put("ForceV1Mode", now.forceV1Mode());
        values.put("EnableHybridMode", now.enableHybridMode());
        values.put("EnableModeDetection", now.enableModeDetection());
        values.put("V3RolloutPercentage", now.v3RolloutPercentage());
        values.put("Salt", now.salt());
        now.enableV3().forEach((slot, on) -> values.put(SLOT_FLAG + slot, on));
        return values;
    }

    /** The names of all flags, for completion. */
    static Stream<String> names(FlagState now) {
        return values(now).keySet().stream();
    }

    private static String choice(FlagState now) {
        return "flags: " + String.join(", ", values(now).keySet());
    }
}
