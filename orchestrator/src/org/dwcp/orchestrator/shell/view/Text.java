// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** How values are written: the same in every answer, whatever the machine's language. */
public final class Text {
    private static final int VERSION_DIGITS = 12;
    private static final DateTimeFormatter MOMENT = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final String[] BYTE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    private static final String[] BIT_UNITS = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"};

    private Text() {
    }

    /** Makes one printable line: what comes from peers and files must not steer a terminal. */
    static String line(String text) {
        var clean = new StringBuilder(text.length());
        text.codePoints().map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? ' ' : c).forEach(clean::appendCodePoint);
        return clean.toString();
    }

    /** Columns a text takes; every character we write ourselves takes one. */
    static int width(String text) {
        return text.codePointCount(0, text.length());
    }

    static String pad(String text, int width, boolean right) {
        var gap = " ".repeat(Math.max(0, width - width(text)));
        return right ? gap + text : text + gap;
    }

    /** Cuts a text that is too long and shows that it was cut. */
    static String cut(String text, int width, Screen screen) {
        if (width(text) <= width) {
            return text;
        }
        var mark = screen.unicode() ? "…" : "~";
        return width <= 1 ? mark : text.substring(0, text.offsetByCodePoints(0, width - 1)) + mark;
    }

    /** The first digits of a version's hash: enough for people to tell versions apart. */
    static String version(String sha256) {
        return sha256.substring(0, Math.min(VERSION_DIGITS, sha256.length()));
    }

    /**
     * Writes a moment.
     *
     * @param moment the moment
     * @return for example {@code 2026-11-20 11:14:03Z}
     */
    public static String moment(Instant moment) {
        return MOMENT.format(moment);
    }

    /**
     * Writes a duration with the two largest units that matter.
     *
     * @param duration 0 or more
     * @return for example {@code 3 d 4 h}, {@code 12 min 5 s}, {@code 4.2 s}, {@code 17 ms}
     */
    public static String duration(Duration duration) {
        var ms = Math.max(0, duration.toMillis());
        if (ms < 1_000) {
            var us = duration.toNanos() / 1_000;
            return ms > 0 || us <= 0 ? ms + " ms" : us + " us";
        }
        var s = ms / 1_000;
        if (s < 60) {
            return String.format(Locale.ROOT, "%.1f s", ms / 1e3);
        }
        if (s < 3_600) {
            return s / 60 + " min " + s % 60 + " s";
        }
        return s < 86_400 ? s / 3_600 + " h " + s % 3_600 / 60 + " min" : s / 86_400 + " d " + s % 86_400 / 3_600 + " h";
    }

    /**
     * Writes a number of bytes.
     *
     * @param bytes 0 or more
     * @return for example {@code 1.5 GiB}
     */
    public static String bytes(long bytes) {
        return scaled(bytes, 1_024, BYTE_UNITS);
    }

    /**
     * Writes a bit rate.
     *
     * @param bitsPerSecond 0 or more
     * @return for example {@code 940.0 Mbit/s}
     */
    public static String bits(long bitsPerSecond) {
        return scaled(bitsPerSecond, 1_000, BIT_UNITS);
    }

    private static String scaled(long value, int step, String[] units) {
        var unit = 0;
        double scaled = value;
        while (scaled >= step && unit < units.length - 1) {
            scaled /= step;
            unit++;
        }
        return unit == 0 ? value + " " + units[0] : String.format(Locale.ROOT, "%.1f %s", scaled, units[unit]);
    }

    /**
     * Writes a round-trip time.
     *
     * @param ns nanoseconds, 0 when unknown
     * @return for example {@code 80.12 ms}, {@code -} when unknown
     */
    public static String rtt(long ns) {
        return ns <= 0 ? "-" : String.format(Locale.ROOT, "%.2f ms", ns / 1e6);
    }

    /** Draws a share as a bar. */
    static String bar(int percent, int cells, Screen screen) {
        var full = Math.clamp(Math.round(percent * cells / 100.0), percent > 0 ? 1 : 0, cells);
        return (screen.unicode() ? "█" : "#").repeat(full) + (screen.unicode() ? "░" : ".").repeat(cells - full);
    }
}
