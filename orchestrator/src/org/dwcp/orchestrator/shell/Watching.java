// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.time.Duration;
import java.util.function.Supplier;

import org.apache.felix.service.command.CommandSession;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.shell.view.Screen;
import org.dwcp.orchestrator.shell.view.Text;
import org.dwcp.orchestrator.shell.view.View;

/** Shows a page again and again, until Ctrl-C or as often as was asked for. */
final class Watching {
    private static final int COUNT_MAX = 1_000_000;

    private Watching() {
    }

    /** Reads {@code --count}. */
    static int times(String command, String count) {
        return Words.number(command, "--count", count, 1, COUNT_MAX);
    }

    /** Shows all pages but the last, which is the command's answer and stays on the screen. */
    static void show(CommandSession session, NodeClock clock, int times, Duration pause, Supplier<? extends View> page) throws InterruptedException {
        Deadline.of(session).lift();
        var screen = Screen.of(session);
        var out = session.getConsole();
        for (var shown = 1; shown < times && !out.checkError(); shown++) {
            out.print((screen.live() ? "\u001b[H\u001b[2J" : "") + Text.moment(clock.now()) + "\n" + page.get().render(screen) + (screen.live() ? "\n" : "\n\n"));
            out.flush();
            clock.sleep(pause);
        }
        out.print(screen.live() ? "\u001b[H\u001b[2J" : "");
    }
}
