// SPDX-License-Identifier: Apache-2.0
package org.dwcp.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;

/** The pages lead somewhere, and every decision is whole. */
class PagesTest {
    private static final Path ROOT = Path.of(System.getProperty("dwcp.root", "..")).normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    /** Made from test results by a command, so it is not always there. */
    private static final String GENERATED = "STATUS.md";
    /** Folders that hold no page of ours. */
    private static final Set<String> OTHERS = Set.of("target", "bin", "bin_test", "generated", "cache", ".git");

    private static List<Path> pages() throws IOException {
        try (var files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> java.util.stream.StreamSupport.stream(ROOT.relativize(file).spliterator(), false).noneMatch(n -> OTHERS.contains(n.toString())))
                    .toList();
        }
    }

    @Test
    void everyLinkBetweenPagesLeadsSomewhere() throws Exception {
        var broken = new ArrayList<String>();
        for (var page : pages()) {
            LINK.matcher(Files.readString(page)).results().map(found -> found.group(1)).filter(link -> !link.contains("://")).forEach(link -> {
                if (!leads(page, link)) {
                    broken.add(ROOT.relativize(page) + " -> " + link);
                }
            });
        }

        assertThat(broken).isEmpty();
    }

    private static boolean leads(Path page, String link) {
        var parts = link.split("#", 2);
        var target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        return target.endsWith(GENERATED) || Files.exists(target) && (parts.length == 1 || anchors(target).contains(parts[1]));
    }

    /** The names that a heading gets on the usual sites: lower case, letters and digits, dashes for blanks. */
    private static Set<String> anchors(Path page) {
        try {
            return HEADING.matcher(Files.readString(page)).results()
                    .map(found -> found.group(1).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "").replace(' ', '-'))
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void everyDecisionHasItsFivePartsAndStandsInTheIndex() throws Exception {
        var index = Files.readString(ROOT.resolve("docs/adr/README.md"));
        try (var decisions = Files.newDirectoryStream(ROOT.resolve("docs/adr"), "0*.md")) {
            for (var decision : decisions) {
                var name = decision.getFileName().toString();
                var text = Files.readString(decision);
                assertThat(text).as(name).startsWith("# " + name.substring(0, 4) + " ")
                        .contains("## Context", "## Decision", "## Alternatives", "## Consequences", "## Evidence");
                assertThat(index).contains("(" + name + ")");
            }
        }
    }

    @Test
    void everyPartHasAPageOfItsOwn() throws Exception {
        try (var parts = Files.newDirectoryStream(ROOT, folder -> Files.exists(folder.resolve("bnd.bnd")))) {
            for (var part : parts) {
                assertThat(part.resolve("README.md")).exists();
            }
        }
    }
}
