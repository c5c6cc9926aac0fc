// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Shows rows as a table for people and as JSON for programs. */
final class Report {
    private static final List<String> HEAD = List.of("case", "unit", "ours", "peer", "peer is", "ratio", "limit", "runs", "note");

    private Report() {
    }

    static void print(List<Row> rows, PrintStream out) {
        var lines = new ArrayList<List<String>>();
        lines.add(HEAD);
        for (var row : rows) {
            lines.add(List.of(row.scenario(), row.unit(), number(row.ours()), number(row.peer()), row.peerName(),
                    number(row.ratio()), limit(row), String.valueOf(row.runs()), row.note()));
        }
        var widths = new int[HEAD.size()];
        for (var line : lines) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], line.get(column).length());
            }
        }
        for (var line : lines) {
            var text = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                text.append(line.get(column)).repeat(' ', widths[column] - line.get(column).length() + 2);
            }
            out.println(text.toString().stripTrailing());
        }
    }

    static String json(List<Row> rows) {
        var array = new JsonArray();
        for (var row : rows) {
            var object = new JsonObject();
            object.addProperty("bench", row.bench());
            object.addProperty("case", row.scenario());
            object.addProperty("unit", row.unit());
            add(object, "ours", row.ours());
            add(object, "peer", row.peer());
            object.addProperty("peerName", row.peerName());
            add(object, "ratio", row.ratio());
            add(object, "limit", row.limit());
            object.addProperty("runs", row.runs());
            object.addProperty("note", row.note());
            array.add(object);
        }
        return new GsonBuilder().serializeNulls().setPrettyPrinting().create().toJson(array) + "\n";
    }

    static void writeJson(List<Row> rows, Path file) throws IOException {
        Files.writeString(file, json(rows));
    }

    /** JSON has no infinity and no not-a-number: what could not be computed is null. */
    private static void add(JsonObject object, String name, double value) {
        object.addProperty(name, Double.isFinite(value) ? value : null);
    }

    private static String limit(Row row) {
        return row.limit() == 0 ? "-" : number(row.limit()) + (row.reachesLimit() ? " ok" : " MISSED");
    }

    /** Four significant digits, without an exponent in the range people read. */
    private static String number(double value) {
        if (!Double.isFinite(value)) {
            return "-";
        }
        int digits = value == 0 ? 0 : Math.clamp(3 - (int) Math.floor(Math.log10(Math.abs(value))), 0, 6);
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
