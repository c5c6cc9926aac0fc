// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

import org.dwcp.testkit.sim.Linearizability.Operation;
import org.dwcp.testkit.sim.Linearizability.Verdict;
import org.dwcp.testkit.sim.Registers.Input;
import org.junit.jupiter.api.Test;

/** The judge is judged: histories known to be good and known to be bad. */
class LinearizabilityTest {
    private final List<Operation<Input, String>> history = new ArrayList<>();

    private LinearizabilityTest op(String key, Input input, String output, long from, long to) {
        history.add(new Operation<>(key, input, Optional.ofNullable(output), from, to));
        return this;
    }

    private Verdict verdict() {
        return Linearizability.check(history, new Registers()).verdict();
    }

    private static Input read() {
        return new Input.Read();
    }

    private static Input write(String text) {
        return new Input.Write(text);
    }

    private static Input append(String text) {
        return new Input.Append(text);
    }

    @Test
    void nothingIsLinearizable() {
        assertThat(verdict()).isEqualTo(Verdict.LINEARIZABLE);
    }

    @Test
    void oneAfterTheOtherIsLinearizable() {
        op("x", write("a"), "", 0, 1).op("x", read(), "a", 2, 3).op("x", append("b"), "a", 4, 5).op("x", read(), "ab", 6, 7);

        assertThat(verdict()).isEqualTo(Verdict.LINEARIZABLE);
    }

    @Test
    void overlappingMayTakeEffectInEitherOrder() {
        op("x", append("a"), "b", 0, 10).op("x", append("b"), "", 1, 9).op("x", read(), "ba", 11, 12);

        assertThat(verdict()).isEqualTo(Verdict.LINEARIZABLE);
    }

    @Test
    void aStaleReadIsFound() {
        op("x", write("a"), "", 0, 1).op("x", read(), "", 2, 3);

        assertThat(verdict()).isEqualTo(Verdict.VIOLATED);
    }

    @Test
    void aReadBackInTimeIsFound() {
        op("x", write("a"), "", 0, 10).op("x", read(), "a", 1, 2).op("x", read(), "", 3, 4);

        assertThat(verdict()).isEqualTo(Verdict.VIOLATED);
    }

    @Test
    void aLostAppendIsFound() {
        op("x", append("a"), "", 0, 1).op("x", append("b"), "a", 2, 3).op("x", read(), "b", 4, 5);

        assertThat(verdict()).isEqualTo(Verdict.VIOLATED);
    }

    @Test
    void aDoubledAppendIsFound() {
        op("x", append("a"), "", 0, 1).op("x", read(), "aa", 2, 3);

        assertThat(verdict()).isEqualTo(Verdict.VIOLATED);
    }

    @Test
    void anUnansweredOperationMayHaveHappenedLaterOrNever() {
        op("x", append("a"), null, 0, Long.MAX_VALUE).op("x", read(), "", 1, 2).op("x", read(), "a", 3, 4);
        assertThat(verdict()).isEqualTo(Verdict.LINEARIZABLE);

        op("x", read(), "", 5, 6);
        assertThat(verdict()).isEqualTo(Verdict.VIOLATED);
    }

    @Test
    void twoFirstOnesAreFound() {
        op("x", append("a"), "", 0, 5).op("x", append("b"), "", 1, 4);

        assertThat(verdict()).isEqualTo(Verdict.VIOLATED);
    }

    @Test
    void keysAreJudgedByThemselves() {
        op("x", write("a"), "", 0, 1).op("y", read(), "", 2, 3).op("x", read(), "a", 4, 5);
        assertThat(verdict()).isEqualTo(Verdict.LINEARIZABLE);

        op("y", read(), "a", 6, 7);
        var judgement = Linearizability.check(history, new Registers());
        assertThat(judgement.verdict()).isEqualTo(Verdict.VIOLATED);
        assertThat(judgement.explanation()).startsWith("key y");
    }

    /** Random runs of a real register, each operation with slack around its moment: always good; with one answer changed to an impossible text: always bad. */
    @Test
    void manyRandomHistoriesAreJudgedRightly() {
        for (int seed = 0; seed < 300; seed++) {
            var random = new SplittableRandom(seed);
            history.clear();
            var model = new Registers();
            var state = "";
            for (int moment = 0; moment < 40; moment++) {
                Input input = switch (random.nextInt(3)) {
                    case 0 -> read();
                    case 1 -> write("w" + moment);
                    default -> append("a" + moment);
                };
                op("x", input, state, moment * 10L - random.nextInt(40), moment * 10L + random.nextInt(1, 40));
                state = model.step(state, input, Optional.empty()).orElseThrow();
            }
            assertThat(verdict()).as("seed %d", seed).isEqualTo(Verdict.LINEARIZABLE);

            int victim = random.nextInt(history.size());
            var good = history.get(victim);
            history.set(victim, new Operation<>("x", good.input(), Optional.of("never written"), good.calledAt(), good.endedAt()));
            assertThat(verdict()).as("seed %d changed", seed).isEqualTo(Verdict.VIOLATED);
        }
    }
}
