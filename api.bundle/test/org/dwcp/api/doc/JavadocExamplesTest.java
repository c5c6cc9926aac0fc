// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.doc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import javax.tools.JavaFileObject;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every exported type has an example, and every example compiles. */
class JavadocExamplesTest {
    @TempDir
    Path classes;

    @Test
    @Requirement("R-260")
    void everyExportedTypeHasAnExampleInItsOwnComment() {
        List<Path> without = Sources.types().stream().filter(file -> {
            String source = Sources.text(file);
            int declaration = source.indexOf("\npublic ");
            return declaration >= 0 && Example.of(file, source.substring(0, declaration)).isEmpty();
        }).toList();

        assertThat(Sources.types()).hasSizeGreaterThan(40);
        assertThat(without).isEmpty();
    }

    @Test
    @Requirement("R-260")
    void everyExampleCompilesOutsideTheApi() {
        List<JavaFileObject> units = new ArrayList<>();
        for (Path file : Sources.types()) {
            String source = Sources.text(file);
            Example.of(file, source).forEach(example -> units.add(example.unit(source)));
        }

        assertThat(units).hasSizeGreaterThan(40);
        assertThat(Sources.compile(units, classes)).isEmpty();
    }

    @Test
    void findsAnExampleThatDoesNotCompile() {
        String source = """
                package org.dwcp.api;
                /**
                 * {@snippet :
                 * NodeId lisbon = NodeId.of(17);
                 * }
                 */
                public final class Broken {}
                """;

        List<Example> examples = Example.of(Path.of("org/dwcp/api/Broken.java"), source);

        assertThat(examples).singleElement().satisfies(example -> assertThat(example.code()).contains("NodeId.of(17)"));
        assertThat(Sources.compile(List.of(examples.getFirst().unit(source)), classes)).isNotEmpty();
    }
}
