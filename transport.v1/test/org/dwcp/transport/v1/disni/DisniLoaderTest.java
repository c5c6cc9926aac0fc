// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.disni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DiSNI whose native half is missing, or is no library: said in words, each time, and without a class that is spoilt for ever. */
@Requirement({"R-056", "R-057"})
class DisniLoaderTest {
    @TempDir
    private Path folder;

    @Test
    void aMissingFileIsSaidWithoutLoadingAClass() {
        assertThat(DisniLoader.absent(List.of(folder))).hasValueSatisfying(why -> assertThat(why).startsWith("libdisni.so is neither in java.library.path"));
        assertThatThrownBy(() -> DisniLoader.load(List.of(folder))).isInstanceOf(UnsatisfiedLinkError.class).hasMessageContaining("libdisni.so is neither");
    }

    @Test
    void aFileThatIsNoLibraryIsSaidAgainAndAgain() throws Exception {
        var file = Files.writeString(folder.resolve(DisniLoader.FILE), "not a library");
        assertThat(DisniLoader.absent(List.of(folder))).isEmpty();

        for (int attempt = 0; attempt < 2; attempt++) { // the second would be NoClassDefFoundError with one loader for both
            assertThatThrownBy(() -> DisniLoader.load(List.of(folder))).isInstanceOf(UnsatisfiedLinkError.class)
                    .hasMessageContaining(file + " cannot be used").hasMessageNotContaining("Could not initialize");
        }
    }

    @Test
    void looksInTheUsualFoldersToo() {
        assertThat(DisniLoader.folders()).contains(Path.of("/usr/local/lib"), Path.of("/usr/lib"));
    }
}
