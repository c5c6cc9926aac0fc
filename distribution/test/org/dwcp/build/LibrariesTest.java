// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibrariesTest {
    @TempDir
    Path folder;

    @Test
    void keepsTheClassifierOfANativeJar() throws Exception {
        var pom = pom("<groupId>g</groupId><artifactId>a</artifactId><version>1</version><classifier>linux-x86_64</classifier>");

        assertThat(Libraries.read(pom)).containsExactly("g:a:jar:linux-x86_64:1");
    }

    @Test
    void refusesAValueThatOnlyMavenKnows() throws Exception {
        var pom = pom("<groupId>g</groupId><artifactId>a</artifactId><version>${a.version}</version>");

        assertThatThrownBy(() -> Libraries.read(pom)).isInstanceOf(BuildException.class).hasMessageContaining("${a.version}");
    }

    @Test
    void leavesAnIndexThatIsRightUntouched() throws Exception {
        var pom = pom("<groupId>g</groupId><artifactId>a</artifactId><version>1</version>");
        var index = folder.resolve("cache/index");
        Libraries.writeIndex(pom, index);
        var written = Files.getLastModifiedTime(index);

        Libraries.writeIndex(pom, index);

        assertThat(Files.getLastModifiedTime(index)).isEqualTo(written);
    }

    private Path pom(String dependency) throws Exception {
        return Files.writeString(folder.resolve("pom.xml"),
                "<project><dependencies><dependency>" + dependency + "</dependency></dependencies></project>");
    }
}
