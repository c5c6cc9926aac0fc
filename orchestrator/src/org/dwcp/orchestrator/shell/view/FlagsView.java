// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import org.dwcp.api.hybrid.FlagState;

/**
 * The feature flags.
 *
 * @param flags the state now
 * @param undo  command that brings back what was, empty text when nothing was changed
 */
public record FlagsView(FlagState flags, String undo) implements View {
    @Override
    public String render(Screen screen) {
        var table = new Table("flag", "value", "meaning");
        table.row("ForceV1Mode", flags.forceV1Mode(), flags.forceV1Mode() ? "every slot answers from v1" : "the kill switch is off");
        table.row("V3RolloutPercentage", flags.v3RolloutPercentage(), "share of keys that v3 may serve, in percent");
        table.row("EnableHybridMode", flags.enableHybridMode(), flags.enableHybridMode() ? "mode hybrid may be entered" : "mode hybrid is never entered");
        table.row("EnableModeDetection", flags.enableModeDetection(),
                flags.enableModeDetection() ? "the mode may change by itself" : "the mode never changes by itself");
        table.row("Salt", flags.salt(), "decides who is in the first percent");
        flags.enableV3().forEach((slot, on) -> table.row("EnableV3." + slot, on, on ? "v3 may serve it" : "v3 is kept out"));
        flags.pins().forEach((slot, provider) -> table.row("pin of " + slot, provider, "end it with 'dwcp unpin " + slot + "'"));
        flags.rollouts().forEach((slot, rollout) -> table.row("rollout of " + slot, rollout.provider() + " " + rollout.share() + " %" + rollout.plan().map(plan -> " of " + plan.steps()).orElse(""),
                "end it with 'dwcp rollback " + slot + "'"));
        return table.render(screen) + (undo.isEmpty() ? "" : "\nundo: " + undo);
    }
}
