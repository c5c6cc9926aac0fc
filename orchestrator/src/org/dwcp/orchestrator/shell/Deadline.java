// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.time.Duration;

import org.apache.felix.service.command.CommandSession;

/** How long a command may take. The control port interrupts what takes longer; an interactive shell has no such limit. */
public interface Deadline {
    /** Session variable that holds it. */
    String VARIABLE = ".dwcp.deadline";
    /** Longest time that {@code --timeout} takes, in seconds. Source: chosen; an hour. */
    int TIMEOUT_MAX_S = 3_600;

    /** Takes the limit away: the command streams and ends when its client goes. */
    void lift();

    /**
     * Moves the limit.
     *
     * @param limit longest time from now
     */
    void extend(Duration limit);

    /**
     * Finds the limit of a session.
     *
     * @param session the session
     * @return its limit, or one that does nothing
     */
    static Deadline of(CommandSession session) {
        return session.get(VARIABLE) instanceof Deadline deadline ? deadline : NONE;
    }

    /** No limit. */
    Deadline NONE = new Deadline() {
        @Override
        public void lift() {
            // There is none.
        }

        @Override
        public void extend(Duration limit) {
            // There is none.
        }
    };
}
