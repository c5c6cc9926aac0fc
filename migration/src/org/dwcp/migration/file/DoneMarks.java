// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers which transfers are done and what their targets looked like then, so that a sender that did not get the answer gets it later, also
 * after a restart. One line a transfer in one file; the last 10,000 count. Losing it costs a comparison by hashes and nothing else. Thread-safe.
 */
public final class DoneMarks {
    /** Most transfers that are remembered. */
    static final int MARKS_MAX = 10_000;
    private static final Logger LOG = LoggerFactory.getLogger(DoneMarks.class);

    private final Path file;
    private final Map<String, String> looks = new LinkedHashMap<>();
    private int lines;

    /** Reads what was remembered. */
    public DoneMarks(Path file) {
        this.file = file;
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
                int tab = line.indexOf('\t');
                if (tab > 0) {
                    remember(line.substring(0, tab), line.substring(tab + 1));
                }
                lines++;
            }
        } catch (NoSuchFileException _) {
            return;
        } catch (IOException e) {
            LOG.warn("marks file={} not read: {}", file, e.toString());
        }
    }

    private void remember(String key, String look) {
        looks.remove(key);
        looks.put(key, look);
        if (looks.size() > MARKS_MAX) {
            looks.remove(looks.keySet().iterator().next());
        }
    }

    /** The transfer is done and its target is in place. */
    synchronized void add(String key, Path target) throws IOException {
        String look = look(target);
        remember(key, look);
        if (++lines > 2 * MARKS_MAX) {
            List<String> kept = new ArrayList<>(looks.size());
            looks.forEach((other, seen) -> kept.add(other + '\t' + seen));
            Trees.replace(file, (String.join("\n", kept) + "\n").getBytes(StandardCharsets.ISO_8859_1));
            lines = kept.size();
        } else {
            Files.write(file, (key + '\t' + look + '\n').getBytes(StandardCharsets.ISO_8859_1), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    /** Whether the transfer was done before and its target still looks so. */
    synchronized boolean has(String key, Path target) {
        String then = looks.get(key);
        try {
            return then != null && SafeName.exists(target) && then.equals(look(target));
        } catch (IOException e) {
            LOG.debug("target {} not looked at: {}", target, e.toString());
            return false;
        }
    }

    private static String look(Path target) throws IOException {
        BasicFileAttributes now = Files.readAttributes(target, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return (now.isDirectory() ? "folder" : Long.toString(now.size())) + ' ' + now.lastModifiedTime() + ' ' + now.fileKey();
    }
}
