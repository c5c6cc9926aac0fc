// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.dwcp.orchestrator.shell.view.Screen;
import org.junit.jupiter.api.Test;

class ManualTest {
    @Test
    void explainsEveryCommand() {
        assertThat(Manual.pages()).extracting(Manual.Page::name).containsExactly("baselines", "doctor", "fetch", "flags", "gossip", "group", "groups", "help", "history", "image", "killswitch", "list",
                "log", "mode", "pause", "peers", "pin", "plugins", "promote", "resume", "rollback", "rollout", "send", "show", "status", "unpin", "vm", "watch", "why");
        assertThat(Manual.pages()).allSatisfy(page -> {
            assertThat(page.summary()).isNotBlank().doesNotContain("'", "\""); // They stand in quotes in etc/gosh_profile.
            assertThat(page.examples()).isNotEmpty().allSatisfy(example -> assertThat(example).startsWith(page.name()));
            assertThat(page.options()).allSatisfy(option -> assertThat(option.meaning()).isNotBlank().doesNotContain("'", "\""));
        });
    }

    @Test
    void offersADryRunWhereverTrafficMoves() {
        for (var name : new String[] {"promote", "rollout", "rollback", "pin", "unpin", "killswitch", "flags", "mode", "group"}) {
            assertThat(Manual.page(name).orElseThrow().usage()).as(name).contains("--dry-run");
        }
    }

    @Test
    void explainsOneCommandWithOptionsAndExamples() {
        assertThat(new HelpCommands().help(false, "unpin").render(Screen.PLAIN)).isEqualTo("""
                unpin: take the pin of a slot away
                usage: dwcp unpin SLOT [--dry-run] [--reason VALUE] [--timeout VALUE] [--json]
                option              meaning
                --dry-run           change nothing, say what would change
                --reason, -r VALUE  why, for the history
                --timeout VALUE     longest time in seconds, 1 to 3600; 5 when left out
                --json              write JSON
                example: dwcp unpin transport""");
    }

    @Test
    void namesTheCommandsWhenOneIsUnknown() {
        assertThatThrownBy(() -> new HelpCommands().help(false, "nonsense")).isInstanceOf(UsageException.class).hasMessageContaining("commands: baselines, doctor, fetch");
    }
}
