// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.time.Duration;

import org.apache.felix.service.command.CommandSession;
import org.dwcp.api.DwcpException;
import org.dwcp.orchestrator.shell.view.Screen;

/** Shows a client how work in the background gets on until it ends: one line drawn again on a terminal, a line now and then elsewhere. No state. */
final class Following {
    /** Time between two drawings on a terminal. Source: chosen; looks alive, costs nothing. */
    private static final Duration REDRAW = Duration.ofMillis(200);
    /** Time between two lines elsewhere. Source: chosen; readable logs. */
    private static final Duration LINE = Duration.ofSeconds(2);

    private Following() {
    }

    /** Work that a command has ordered, and how it tells people of it. */
    interface Work<S> {
        /** Waits for the end, at most so long; gives how it stands then. */
        S await(Duration timeout);

        boolean isOver(S status);

        /** How it stands, on one line. */
        String progress(S status, Screen screen);

        void cancel();

        /** What a client hears whose going has cancelled it. */
        String cancelled(S status);
    }

    /**
     * Follows the work to its end. A client that goes cancels it.
     *
     * @param json the client wants JSON: then nothing is shown on the way but on a terminal
     * @return how it stands at its end
     * @throws DwcpException of kind RETRY when the client has gone
     */
    static <S> S toTheEnd(CommandSession session, boolean json, Work<S> work) {
        var screen = Screen.of(session);
        var out = session.getConsole();
        var quiet = json && !screen.live();
        while (true) {
            var status = work.await(screen.live() ? REDRAW : LINE);
            if (work.isOver(status)) {
                if (screen.live()) {
                    out.print("\r\u001b[K");
                    out.flush();
                }
                return status;
            }
            if (Thread.currentThread().isInterrupted() || out.checkError()) {
                work.cancel();
                throw new DwcpException(DwcpException.Kind.RETRY, work.cancelled(status));
            }
            if (!quiet) {
                out.print(screen.live() ? "\r" + work.progress(status, screen) + "\u001b[K" : work.progress(status, screen) + "\n");
                out.flush();
            }
        }
    }
}
