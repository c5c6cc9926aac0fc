// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.ArrayList;

import org.dwcp.api.hybrid.SlotStatus;

/**
 * Why a slot's traffic goes where it goes: the rules in the order they were applied, then the outcome.
 *
 * @param status the slot
 */
public record Reasons(SlotStatus status) implements View {
    @Override
    public String render(Screen screen) {
        var lines = new ArrayList<String>();
        var number = 1;
        for (var reason : status.reasons()) {
            lines.add(number++ + ". " + Text.line(reason));
        }
        if (lines.isEmpty()) {
            lines.add("no rule has decided yet");
        }
        for (var provider : status.providers()) {
            lines.add("=> " + provider.name() + " " + provider.share() + " % " + Paint.state(provider.state().name(), screen)
                    + (provider.reason().isEmpty() ? "" : ": " + Text.line(provider.reason())));
        }
        return String.join("\n", lines);
    }
}
