// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.DwcpException;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.api.gossip.GossipValue;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.flags.FlagGossip;
import org.dwcp.orchestrator.shell.view.ClusterFlags;
import org.dwcp.orchestrator.shell.view.FlagsView;
import org.dwcp.orchestrator.shell.view.Text;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.framework.BundleContext;
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
    private final Supplier<ClusterFlags> cluster;

    /**
     * Makes the commands.
     *
     * @param flags   the flags
     * @param clock   age of what others say
     * @param context finds the gossip, which may be missing
     */
    @Activate
    public FlagCommands(@Reference FeatureFlags flags, @Reference NodeClock clock, BundleContext context) {
        this(flags, () -> told(flags.state(), Services.of(context).ask(Gossip.class, Gossip::list).orElse(List.of()), clock.now()));
    }

    FlagCommands(FeatureFlags flags, Supplier<ClusterFlags> cluster) {
        this.flags = flags;
        this.cluster = cluster;
    }

    /** The snapshots that nodes tell, beside the flags here. */
    static ClusterFlags told(FlagState here, List<GossipValue> values, Instant now) {
        return new ClusterFlags(values.stream().filter(value -> value.name().equals(FlagGossip.NAME)).map(value -> {
            var age = Text.duration(Duration.between(value.written().isAfter(now) ? now : value.written(), now));
            try {
                var state = FlagGossip.read(value);
                return new ClusterFlags.Row(value.owner().value(), state.forceV1Mode() ? "on" : "off", String.valueOf(state.v3RolloutPercentage()),
                        state.equals(here) ? "yes" : "no", age);
            } catch (DwcpException e) {
                return new ClusterFlags.Row(value.owner().value(), "cannot be read: " + e.getMessage(), "-", "-", age);
            }
        }).toList());
    }

    /** Shows the flags, or sets one. */
    @Descriptor("show the feature flags, or set one")
    @Usage(words = "[set FLAG VALUE]", examples = {"flags", "flags --cluster", "flags set V3RolloutPercentage 10", "flags set EnableV3.transport false --dry-run"})
    public View flags(
            @Descriptor("change nothing, show the flags as they would be")
            @Parameter(names = "--dry-run", presentValue = "true", absentValue = "false") boolean dry,
            @Descriptor("show what each node tells of its flags by gossip")
            @Parameter(names = "--cluster", presentValue = "true", absentValue = "false") boolean all,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("set FLAG VALUE") String... words) {
        var now = flags.state();
        var checked = Words.of("flags", words, 0, 3, choice(now));
        if (checked.isEmpty() && all) {
            return cluster.get().as(json);
        }
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
