// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Random;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The model's file says what the model says, and a file that is not one is refused with its line. */
@Requirement("R-157")
class CostModelTest {
    private static final String HEAD = "dwcp-cost-model 2\ntraits " + String.join(" ", BlockTraits.NAMES) + "\nefforts 1 lz4\ntrees 1\n";
    private static final String TREE = "s 1 0.5\nl -2 0 -3 2\nl 0 1 0 3\n";

    @Test
    void answersByTheLeafThatTheTraitsLeadTo() throws IOException {
        var model = read(HEAD + TREE);

        assertThat(answers(model, 0.5)).containsExactly(new double[] {Math.exp(-2), 1, Math.exp(-3), Math.exp(2)}, within(1e-6));
        assertThat(answers(model, 0.51)).containsExactly(new double[] {1, Math.E, 1, Math.exp(3)}, within(1e-6));
    }

    @Test
    void takesTheMeanOfItsTrees() throws IOException {
        var model = read(HEAD.replace("trees 1", "trees 2") + TREE + "l 0 0 0 0\n");

        assertThat(answers(model, 0)[0]).isCloseTo(Math.exp(-1), within(1e-6));
    }

    @Test
    void readsWhatItWrites() throws IOException {
        var model = read(HEAD + TREE);
        var written = new StringWriter();
        model.write(written);

        assertThat(answers(read(written.toString()), 0.4)).containsExactly(answers(model, 0.4), within(1e-3));
        assertThat(answers(read(written.toString()), 0.6)).containsExactly(answers(model, 0.6), within(1e-3));
    }

    @Test
    void comesWithTheBundle() throws IOException {
        var model = CostModel.read(ZstdEncoding.class.getResourceAsStream(ZstdEncoding.MODEL_FILE));

        assertThat(model.efforts()).isBetween(2, CostModel.EFFORTS_MAX);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            dwcp-cost-model 2   | dwcp-cost-model 1 | line 1
            entropy             | entropie          | line 2
            efforts 1 lz4       | efforts           | line 3
            efforts 1 lz4       | efforts 1 0       | line 3: level 0
            efforts 1 lz4       | efforts 1 23      | level 23
            efforts 1 lz4       | efforts 1 2.5     | "2.5"
            efforts 1 lz4       | efforts 1 nine    | "nine"
            efforts 1 lz4       | efforts 1 lazy:15:6:0 | "lazy:15:6:0" is neither
            efforts 1 lz4       | efforts 1 fast:21:6:0 | "fast:21:6:0" has 21
            trees 1             | trees 0           | line 4
            trees 1             | trees 65          | line 4
            trees 1             | trees 2           | line 8 is missing
            s 1 0.5             | s 9 0.5           | line 5 splits by no trait
            s 1 0.5             | s 1 NaN           | line 5
            s 1 0.5             | x 1 0.5           | line 5
            l 0 1 0 3           | l 0 1 0           | line 7 has not 4 answers
            l 0 1 0 3           | l 0 1 0 Infinity  | line 7
            """)
    void refusesWhatIsNoModelAndSaysWhere(String right, String wrong, String message) {
        assertThat(HEAD + TREE).contains(right);

        assertThatThrownBy(() -> read((HEAD + TREE).replace(right, wrong))).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    @Test
    void refusesATreeWithoutEndAndTextBehindTheLast() {
        assertThatThrownBy(() -> read(HEAD + "s 1 0.5\n".repeat(10_000))).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("too deep");
        assertThatThrownBy(() -> read(HEAD + TREE + "l 0 0 0 0\n")).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("line 7 is behind");
    }

    @Test
    void neverFailsOtherwiseOnDamage() {
        var random = new Random(7);
        byte[] good = (HEAD + TREE).getBytes(StandardCharsets.US_ASCII);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = good.clone();
            for (int j = random.nextInt(3); j >= 0; j--) {
                bad[random.nextInt(bad.length)] = (byte) (random.nextInt(96) + 32);
            }
            try {
                answers(CostModel.read(new ByteArrayInputStream(bad)), 0.4);
            } catch (IllegalArgumentException e) {
                refused++;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
        assertThat(refused).isGreaterThan(10_000);
    }

    private static double[] answers(CostModel model, double entropy) {
        var traits = new double[BlockTraits.NAMES.size()];
        traits[1] = entropy;
        var answers = new double[2 * model.efforts()];
        model.predict(traits, answers);
        return answers;
    }

    private static CostModel read(String text) throws IOException {
        return CostModel.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }
}
