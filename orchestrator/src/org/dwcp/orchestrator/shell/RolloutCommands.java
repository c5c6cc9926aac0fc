// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.RolloutPlan;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.orchestrator.shell.view.Change;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Commands that move traffic. Each reads the flags first, so that it can name the command that undoes it; with {@code --dry-run} that is all it does.
 */
@Component(service = RolloutCommands.class)
@GogoCommand(scope = "dwcp", function = {"promote", "rollout", "pause", "resume", "rollback", "pin", "unpin", "killswitch"})
@Descriptor("rollouts: move traffic between providers")
public final class RolloutCommands {
    private static final String NOTHING = "nothing to undo";

    private final HybridManager manager;
    private final FeatureFlags flags;

    /**
     * Makes the commands.
     *
     * @param manager what they command
     * @param flags   where pins and rollouts are kept
     */
    @Activate
    public RolloutCommands(@Reference HybridManager manager, @Reference FeatureFlags flags) {
        this.manager = manager;
        this.flags = flags;
    }

    /** Routes a share of a slot's keys to a provider. */
    @Descriptor("route a share of the keys of a slot to a provider")
    @Usage(words = "SLOT PROVIDER", examples = {"promote transport transport.v3 --share 10 --dry-run", "promote transport v3 --share 50 --reason 'week 8'"})
    public View promote(CommandSession session,
            @Descriptor("percent of the keys, 0 to 100; 100 when left out") @Parameter(names = {"--share", "-s"}, absentValue = "100") String share,
            @Descriptor("change nothing, say what would change") @Parameter(names = "--dry-run", presentValue = "true", absentValue = "false") boolean dry,
            @Descriptor("why, for the history") @Parameter(names = {"--reason", "-r"}, absentValue = "operator") String reason,
            @Descriptor("longest time in seconds, 1 to 3600; 5 when left out") @Parameter(names = "--timeout", absentValue = "") String timeout,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("SLOT PROVIDER: name of the provider, or its generation or version") String... words) {
        var checked = Words.of("promote", words, 2, 2, SlotCommands.providers(manager.list()));
        var percent = Words.number("promote", "--share", share, 0, 100);
        var slot = checked.at(0);
        var provider = checked.at(1);
        var was = flags.state();
        var rollout = was.rollouts().get(slot);
        var undo = rollout != null ? promoteTo(slot, rollout)
                : was.pins().containsKey(slot) ? "dwcp promote " + slot + " " + provider + " --share 0" : "dwcp rollback " + slot;
        var command = "promote " + slot + " " + provider + " --share " + percent;
        var note = stronger(was, slot);
        if (dry) {
            var before = orchestrator().show(slot);
            return dry(command, List.of(before), List.of(orchestrator().preview(slot, provider, percent)), undo, note).as(json);
        }
        return move(session, timeout, "promote", command, List.of(slot), () -> orchestrator().promote(slot, provider, percent, reason), undo, note).as(json);
    }

    /** Raises the share of a provider step by step. */
    @Descriptor("raise the share of a provider step by step; back to 0 % by itself when it fails or is slow")
    @Usage(words = "SLOT PROVIDER", examples = {"rollout transport v3", "rollout transport v3 --steps 10,50,100 --dwell 10m --dry-run",
            "rollout encoding v3 --steps 5,100 --dwell 1h --calls 1000 --reason 'week 7'"})
    public View rollout(CommandSession session,
            @Descriptor("rising percentages; 10,50,100 when left out") @Parameter(names = "--steps", absentValue = "10,50,100") String steps,
            @Descriptor("time of each step: 30s, 10m, 2h or 1d; 30s when left out") @Parameter(names = "--dwell", absentValue = "30s") String dwell,
            @Descriptor("calls that each step waits for, 0 to 1000000; 20 when left out") @Parameter(names = "--calls", absentValue = "20") String calls,
            @Descriptor("change nothing, say what would change") @Parameter(names = "--dry-run", presentValue = "true", absentValue = "false") boolean dry,
            @Descriptor("why, for the history") @Parameter(names = {"--reason", "-r"}, absentValue = "operator") String reason,
            @Descriptor("longest time in seconds, 1 to 3600; 5 when left out") @Parameter(names = "--timeout", absentValue = "") String timeout,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("SLOT PROVIDER: name of the provider, or its generation or version") String... words) {
        var checked = Words.of("rollout", words, 2, 2, SlotCommands.providers(manager.list()));
        var slot = checked.at(0);
        var provider = checked.at(1);
        var plan = new RolloutPlan(Words.percents("rollout", "--steps", steps), Words.time("rollout", "--dwell", dwell),
                Words.number("rollout", "--calls", calls, 0, RolloutPlan.CALLS_MAX), false);
        var was = flags.state();
        var undo = was.rollouts().containsKey(slot) ? promoteTo(slot, was.rollouts().get(slot)) : "dwcp rollback " + slot;
        var command = "rollout " + slot + " " + provider + " --steps " + steps + " --dwell " + dwell + " --calls " + calls;
        var note = stronger(was, slot);
        if (dry) {
            return dry(command, List.of(orchestrator().show(slot)), List.of(orchestrator().preview(slot, provider, plan.steps().getFirst())), undo, note)
                    .as(json);
        }
        return move(session, timeout, "rollout", command, List.of(slot), () -> orchestrator().rollout(slot, provider, plan, reason), undo,
                note.isEmpty() ? "'dwcp why " + slot + "' shows how it goes" : note).as(json);
    }

    /** Keeps a planned rollout at its share. */
    @Descriptor("keep the planned rollout of a slot at its share")
    @Usage(words = "SLOT", examples = "pause transport")
    public View pause(CommandSession session,
            @Descriptor("why, for the log") @Parameter(names = {"--reason", "-r"}, absentValue = "operator") String reason,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("SLOT: name of the slot") String... words) {
        var slot = Words.of("pause", words, 1, 1, SlotCommands.slots(manager.list())).at(0);
        return move(session, "", "pause", "pause " + slot, List.of(slot), () -> {
            orchestrator().pauseRollout(slot, reason);
            return List.of();
        }, "dwcp resume " + slot, "").as(json);
    }

    /** Lets a paused rollout go on. */
    @Descriptor("let the paused rollout of a slot go on; its step begins anew")
    @Usage(words = "SLOT", examples = "resume transport")
    public View resume(CommandSession session,
            @Descriptor("why, for the log") @Parameter(names = {"--reason", "-r"}, absentValue = "operator") String reason,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("SLOT: name of the slot") String... words) {
        var slot = Words.of("resume", words, 1, 1, SlotCommands.slots(manager.list())).at(0);
        return move(session, "", "resume", "resume " + slot, List.of(slot), () -> {
            orchestrator().resumeRollout(slot, reason);
            return List.of();
        }, "dwcp pause " + slot, "").as(json);
    }

    /** Ends a slot's rollout and takes its pin away. */
    @Descriptor("end the rollout of a slot and take its pin away: the network mode decides again")
    @Usage(words = "SLOT", examples = {"rollback transport", "rollback transport --reason 'too slow'"})
    public View rollback(CommandSession session,
            @Descriptor("change nothing, say what would change") @Parameter(names = "--dry-run", presentValue = "true", absentValue = "false") boolean dry,
            @Descriptor("why, for the history") @Parameter(names = {"--reason", "-r"}, absentValue = "operator") String reason,
            @Descriptor("longest time in seconds, 1 to 3600; 5 when left out") @Parameter(names = "--timeout", absentValue = "") String timeout,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("SLOT: name of the slot") String... words) {
        var slot = Words.of("rollback", words, 1, 1, SlotCommands.slots(manager.list())).at(0);
        var was = flags.state();
        var rollout = was.rollouts().get(slot);
        var pin = was.pins().get(slot);
        var undo = both(rollout == null ? "" : promoteTo(slot, rollout), pin == null ? "" : "dwcp pin " + slot + " " + pin);
        if (dry) {
            var before = orchestrator().show(slot);
            var after = rollout != null && pin == null ? List.of(orchestrator().preview(slot, rollout.provider(), 0))
                    : pin == null ? List.of(before) : List.<SlotStatus>of();
            var note = pin != null ? "the pin to " + pin + " would be taken away; the mode's mapping would apply" : "";
            return dry("rollback " + slot, List.of(before), after, undo, note).as(json);
        }
        return move(session, timeout, "rollback", "rollback " + slot, List.of(slot), () -> orchestrator().rollback(slot, reason), undo, "").as(json);
    }

    /** Sends all work of a slot to one provider. */
    @Descriptor("send all work of a slot to one provider, whatever mode, flags and rollout say")
    @Usage(words = "SLOT PROVIDER", examples = {"pin transport transport.v1", "pin encoding v3 --dry-run"})
    public View pin(CommandSession session,
            @Descriptor("change nothing, say what would change") @Parameter(names = "--dry-run", presentValue = "true", absentValue = "false") boolean dry,
            @Descriptor("why, for the history") @Parameter(names = {"--reason", "-r"}, absentValue = "operator") String reason,
            @Descriptor("longest time in seconds, 1 to 3600; 5 when left out") @Parameter(names = "--timeout", absentValue = "") String timeout,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("SLOT PROVIDER: name of the provider, or its generation or version") String... words) {
        var checked = Words.of("pin", words, 2, 2, SlotCommands.providers(manager.list()));
        var slot = checked.at(0);
        var provider = checked.at(1);
        var was = flags.state().pins().get(slot);
        var undo = was == null ? "dwcp unpin " + slot : "dwcp pin " + slot + " " + was;
        var command = "pin " + slot + " " + provider;
        var note = flags.state().forceV1Mode() ? "the kill switch is on and stronger than a pin" : "";
        if (dry) {
            return dry(command, List.of(orchestrator().show(slot)), List.of(orchestrator().preview(slot, provider, 100)), undo, note).as(json);
        }
        return move(session, timeout, "pin", command, List.of(slot), () -> orchestrator().pin(slot, provider, reason), undo, note).as(json);
    }

    /** Takes the pin of a slot away. */
    @Descriptor("take the pin of a slot away")
    @Usage(words = "SLOT", examples = "unpin transport")
    public View unpin(CommandSession session,
            @Descriptor("change nothing, say what would change") @Parameter(names = "--dry-run", presentValue = "true", absentValue = "false") boolean dry,
            @Descriptor("why, for the history") @Parameter(names = {"--reason", "-r"}, absentValue = "operator") String reason,
            @Descriptor("longest time in seconds, 1 to 3600; 5 when left out") @Parameter(names = "--timeout", absentValue = "") String timeout,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("SLOT: name of the slot") String... words) {
        var slot = Words.of("unpin", words, 1, 1, SlotCommands.slots(manager.list())).at(0);
        var was = flags.state().pins().get(slot);
        var undo = was == null ? NOTHING : "dwcp pin " + slot + " " + was;
        if (dry) {
            var note = was == null ? "the slot is not pinned" : "the pin to " + was + " would be taken away; flags, rollout and mode would decide";
            return dry("unpin " + slot, List.of(orchestrator().show(slot)), List.of(), undo, note).as(json);
        }
        return move(session, timeout, "unpin", "unpin " + slot, List.of(slot), () -> orchestrator().unpin(slot, reason), undo, "").as(json);
    }

    /** Puts every slot on v1 at once, or ends that. */
    @Descriptor("put every slot on v1 at once, or end that")
    @Usage(words = "on|off", examples = {"killswitch on --reason 'errors after the upgrade'", "killswitch off", "killswitch on --dry-run"})
    public View killswitch(CommandSession session,
            @Descriptor("change nothing, say what would change") @Parameter(names = "--dry-run", presentValue = "true", absentValue = "false") boolean dry,
            @Descriptor("why, for the history") @Parameter(names = {"--reason", "-r"}, absentValue = "operator") String reason,
            @Descriptor("longest time in seconds, 1 to 3600; 5 when left out") @Parameter(names = "--timeout", absentValue = "") String timeout,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("on or off") String... words) {
        var on = Words.of("killswitch", words, 1, 1, "choose on or off").oneOf(0, List.of("on", "off")).equals("on");
        var already = flags.state().forceV1Mode() == on;
        var undo = already ? NOTHING : "dwcp killswitch " + (on ? "off" : "on");
        var command = "killswitch " + (on ? "on" : "off");
        var slots = manager.list();
        if (dry) {
            var note = already ? "it is " + (on ? "on" : "off") + " already" : on ? "" : "pins, flags, rollouts and mode would decide again";
            return dry(command, slots, on ? slots.stream().map(Expected::forcedToV1).toList() : List.of(), undo, note).as(json);
        }
        return move(session, timeout, "killswitch", command, slots.stream().map(SlotStatus::slot).toList(),
                () -> on ? orchestrator().killSwitch(reason) : orchestrator().releaseKillSwitch(reason), undo, "").as(json);
    }

    /** Says what keeps a share from showing effect. */
    private static String stronger(FlagState was, String slot) {
        return was.forceV1Mode() ? "the kill switch is on; this shows effect when it is off"
                : was.pins().containsKey(slot) ? "the slot is pinned to " + was.pins().get(slot) + "; this shows effect after 'dwcp unpin " + slot + "'" : "";
    }

    private HybridOrchestrator orchestrator() {
        return manager.orchestrator();
    }

    private static Change dry(String command, List<SlotStatus> before, List<SlotStatus> after, String undo, String note) {
        return new Change(command, true, before, after, List.of(), undo, note);
    }

    private Change move(CommandSession session, String timeout, String name, String command, List<String> slots, Supplier<List<SwapRecord>> act,
            String undo, String note) {
        if (!timeout.isEmpty()) {
            Deadline.of(session).extend(Words.seconds(name, "--timeout", timeout, Deadline.TIMEOUT_MAX_S));
        }
        var before = show(slots);
        var swaps = act.get();
        return new Change(command, false, before, show(slots), swaps, undo, note);
    }

    private List<SlotStatus> show(List<String> slots) {
        var all = new ArrayList<SlotStatus>();
        slots.forEach(slot -> all.add(orchestrator().show(slot)));
        return all;
    }

    /** The command that makes a rollout as it was. */
    private static String promoteTo(String slot, FlagState.Rollout rollout) {
        return rollout.plan().map(plan -> "dwcp rollout " + slot + " " + rollout.provider() + " --steps "
                + Stream.concat(Stream.of(rollout.share()), plan.steps().stream().filter(step -> step > rollout.share())).map(String::valueOf)
                        .collect(Collectors.joining(","))
                + " --dwell " + plan.dwell().toSeconds() + "s --calls " + plan.calls() + (plan.paused() ? " && dwcp pause " + slot : ""))
                .orElse("dwcp promote " + slot + " " + rollout.provider() + " --share " + rollout.share());
    }

    private static String both(String first, String second) {
        return first.isEmpty() && second.isEmpty() ? NOTHING : first.isEmpty() || second.isEmpty() ? first + second : first + " && " + second;
    }
}
