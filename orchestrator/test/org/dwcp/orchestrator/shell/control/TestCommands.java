// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Parameter;
import org.dwcp.api.DwcpException;
import org.dwcp.orchestrator.shell.Deadline;
import org.dwcp.orchestrator.shell.view.Note;
import org.dwcp.orchestrator.shell.view.Screen;
import org.dwcp.orchestrator.shell.view.View;

/** What a command got; every word as it came. */
public final class TestCommands {
    final List<List<String>> seen = new ArrayList<>();
    final CountDownLatch started = new CountDownLatch(1);
    final CountDownLatch interrupted = new CountDownLatch(1);

    public View echo(CommandSession session, @Parameter(names = "--as", absentValue = "") String as, String... words) {
        seen.add(Arrays.asList(words));
        return new Note(session.currentDir() + " " + as + Arrays.asList(words) + Screen.of(session).width());
    }

    public View fail() {
        throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "peer lisbon\nis offline");
    }

    public View bad() {
        return new View() {
            @Override
            public String render(Screen screen) {
                return "two checks failed";
            }

            @Override
            public boolean good() {
                return false;
            }
        };
    }

    public void hang() throws InterruptedException {
        started.countDown();
        try {
            new CountDownLatch(1).await();
        } finally {
            interrupted.countDown();
        }
    }

    public void stream(CommandSession session) throws InterruptedException {
        Deadline.of(session).lift();
        session.getConsole().println("first");
        session.getConsole().flush();
        hang();
    }

    public View big() {
        return new Note("x".repeat(1 << 20));
    }

    public String secret() {
        return "secret";
    }
}
