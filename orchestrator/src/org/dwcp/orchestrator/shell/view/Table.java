// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.util.ArrayList;
import java.util.List;

/**
 * Aligned columns. On a terminal each line is cut to its width; in a file nothing is cut. A column whose title begins with {@code >} is set to the right,
 * one that begins with {@code *} holds state words, which are the only ones coloured.
 */
public final class Table {
    private final List<String> titles = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();
    private final List<Character> kinds = new ArrayList<>();

    /**
     * Begins a table.
     *
     * @param columns the titles, see the class
     */
    public Table(String... columns) {
        for (var column : columns) {
            var kind = column.isEmpty() ? ' ' : column.charAt(0);
            var marked = kind == '>' || kind == '*';
            kinds.add(marked ? kind : ' ');
            titles.add(marked ? column.substring(1) : column);
        }
    }

    /**
     * Adds a row.
     *
     * @param cells one value a column
     * @return this table
     */
    public Table row(Object... cells) {
        var row = new ArrayList<String>();
        for (var cell : cells) {
            row.add(Text.line(String.valueOf(cell)));
        }
        while (row.size() < titles.size()) {
            row.add("");
        }
        rows.add(row);
        return this;
    }

    /**
     * Tells whether it has rows.
     *
     * @return true without rows
     */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /**
     * Draws the table.
     *
     * @param screen where it will be read
     * @return title line and one line a row
     */
    public String render(Screen screen) {
        var widths = widths();
        var lines = new ArrayList<String>();
        lines.add(line(titles, widths, screen, true));
        rows.forEach(row -> lines.add(line(row, widths, screen, false)));
        return String.join("\n", lines);
    }

    private int[] widths() {
        var widths = new int[titles.size()];
        for (var column = 0; column < widths.length; column++) {
            widths[column] = Text.width(titles.get(column));
            for (var row : rows) {
                widths[column] = Math.max(widths[column], Text.width(row.get(column)));
            }
        }
        return widths;
    }

    private String line(List<String> cells, int[] widths, Screen screen, boolean title) {
        var line = new StringBuilder();
        var used = 0;
        for (var column = 0; column < widths.length; column++) {
            if (column > 0) {
                line.append("  ");
                used += 2;
            }
            var last = column == widths.length - 1;
            var cell = cells.get(column);
            var room = screen.live() ? screen.width() - used : Integer.MAX_VALUE;
            if (room <= 0) {
                break;
            }
            var padded = last && kinds.get(column) != '>' ? cell : Text.pad(cell, widths[column], kinds.get(column) == '>');
            var fitted = Text.cut(padded, room, screen);
            used += Text.width(fitted);
            line.append(kinds.get(column) == '*' && !title ? Paint.state(fitted, screen) : fitted);
        }
        return line.toString().stripTrailing();
    }
}
