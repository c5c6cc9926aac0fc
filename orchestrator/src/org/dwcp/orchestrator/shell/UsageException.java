// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

/** A command was called wrongly. Its message says what is wrong, what there is to choose from, and how to call it: exit code 2. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageException(String command, String problem) {
        super(problem + Manual.page(command).map(page -> "\nusage: " + page.usage()).orElse(""));
    }

    /**
     * Says how a command is called whose options could not be read at all, for example because one has no value.
     *
     * @param command name of the command
     * @return the exception
     */
    public static UsageException unreadable(String command) {
        return new UsageException(command, command + " cannot be read like this: an option has no value, or a word is in the wrong place");
    }
}
