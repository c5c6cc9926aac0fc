// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Locale;

/** Words for people. */
public final class Texts {
    private Texts() {
    }

    /** What an I/O failure says, with its file. */
    public static String of(IOException e) {
        if (e instanceof FileSystemException file && file.getFile() != null) {
            return file.getFile() + ": " + (file.getReason() == null ? e.getClass().getSimpleName() : file.getReason());
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** A size with three figures, decimal units. */
    public static String bytes(long bytes) {
        if (bytes < 1_000) {
            return bytes + " B";
        }
        double value = bytes;
        String[] units = {"kB", "MB", "GB", "TB", "PB", "EB"};
        int unit = -1;
        while (value >= 999.5) {
            value /= 1_000;
            unit++;
        }
        return String.format(Locale.ROOT, value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    }
}
