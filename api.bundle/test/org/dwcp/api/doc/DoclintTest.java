// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.doc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;

import javax.tools.JavaFileObject;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JDK's own check of comments: nothing exported is undocumented, no tag, link or mark-up is wrong. */
class DoclintTest {
    private static final String[] OPTIONS = {"-Xdoclint:all/protected", "-Xlint:none"};

    @TempDir
    Path classes;

    @Test
    @Requirement("R-281")
    void hasNothingToSayAboutTheApi() {
        List<JavaFileObject> units = Sources.types().stream()
                .map(file -> Sources.unit(Path.of("src").relativize(file).toString(), Sources.text(file))).toList();

        assertThat(Sources.compile(units, classes, OPTIONS)).isEmpty();
    }

    @Test
    void findsAMissingComment() {
        JavaFileObject bare = Sources.unit("bare/Bare.java", "package bare; /** A type. */ public interface Bare { int bytes(); }");

        assertThat(Sources.compile(List.of(bare), classes, OPTIONS)).singleElement()
                .satisfies(found -> assertThat(found.toString()).contains("no comment"));
    }
}
