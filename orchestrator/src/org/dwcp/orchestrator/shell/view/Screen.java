// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

import org.apache.felix.service.command.CommandSession;

/**
 * Where an answer will be read. Colour only repeats what the words say, so a screen without it loses nothing.
 *
 * @param live    true for a terminal: lines may be redrawn and are cut to the width
 * @param colour  true when escape codes for colour may be written
 * @param unicode true when bars may use block characters
 * @param width   columns, {@link #WIDTH_MIN} to {@link #WIDTH_MAX}
 */
public record Screen(boolean live, boolean colour, boolean unicode, int width) {
    /** Narrowest screen that is believed. Source: chosen; tables need it. */
    public static final int WIDTH_MIN = 40;
    /** Widest screen that is believed. Source: chosen. */
    public static final int WIDTH_MAX = 500;
    /** A file or a pipe: nothing redrawn, coloured or cut. */
    public static final Screen PLAIN = new Screen(false, false, false, 100);
    /** Session variable that holds the screen of a client of the control port. */
    public static final String VARIABLE = ".dwcp.screen";

    /** Clamps the width. */
    public Screen {
        width = Math.clamp(width, WIDTH_MIN, WIDTH_MAX);
    }

    /**
     * Finds out what a session writes to: the client's screen, the terminal of an interactive shell, or else a plain file.
     *
     * @param session the session, or any other converter
     * @return the screen
     */
    public static Screen of(Object session) {
        if (!(session instanceof CommandSession commands)) {
            return PLAIN;
        }
        if (commands.get(VARIABLE) instanceof Screen screen) {
            return screen;
        }
        if (commands.get(".terminal") == null) {
            return PLAIN;
        }
        var columns = commands.get("COLUMNS") instanceof Number number ? number.intValue() : 0;
        var type = String.valueOf(commands.get("TERM"));
        var colour = System.getenv("NO_COLOR") == null && !type.startsWith("dumb");
        return new Screen(!type.startsWith("dumb"), colour, Charset.defaultCharset().equals(StandardCharsets.UTF_8), columns > 0 ? columns : 100);
    }
}
