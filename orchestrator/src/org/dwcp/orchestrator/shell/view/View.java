// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

/** A command's answer: a record that can draw itself. */
public interface View {
    /**
     * Draws the answer.
     *
     * @param screen where it will be read
     * @return lines without a line end after the last
     */
    String render(Screen screen);

    /**
     * Tells whether what was asked for was done: the command's exit code.
     *
     * @return false for exit code 1
     */
    default boolean good() {
        return true;
    }

    /**
     * Gives this answer, or its JSON when that was asked for.
     *
     * @param json whether {@code --json} was given
     * @return the answer
     */
    default View as(boolean json) {
        return json ? new Json(this) : this;
    }
}
