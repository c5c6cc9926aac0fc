// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.sim;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Judges whether a history can be explained by operations that each took effect at one moment between call and return (Herlihy and Wing 1990).
 * Wing and Gong's search with Lowe's memory of the configurations that led nowhere (2017); histories of different keys are judged one by one,
 * which is allowed because linearizability is local. An operation without a return may have taken effect at any time after its call, or never.
 */
public final class Linearizability {
    /** Configurations after which the search gives up. Source: chosen; some hundred megabytes. */
    private static final int CONFIGURATIONS_MAX = 2_000_000;

    /**
     * What an object does.
     *
     * @param <S> its state; immutable, with equals and hashCode
     * @param <I> what it is asked
     * @param <O> what it answers
     */
    public interface Model<S, I, O> {
        /**
         * Gives the state that it begins with.
         *
         * @return the state
         */
        S initial();

        /**
         * Takes a step.
         *
         * @param state  before
         * @param input  what was asked
         * @param output what was answered, or empty when nobody knows
         * @return the state after, or empty when the object would not have answered so
         */
        Optional<S> step(S state, I input, Optional<O> output);
    }

    /**
     * One operation.
     *
     * @param key      the object that was asked
     * @param input    what it was asked
     * @param output   what it answered, or empty when nobody knows
     * @param calledAt when it was called
     * @param endedAt  when it returned; Long.MAX_VALUE when it did not
     * @param <I>      what objects are asked
     * @param <O>      what they answer
     */
    public record Operation<I, O>(String key, I input, Optional<O> output, long calledAt, long endedAt) {
    }

    /** What the search found. */
    public enum Verdict {
        /** There is an explanation. */
        LINEARIZABLE,
        /** There is none. */
        VIOLATED,
        /** The search was given up. */
        UNKNOWN
    }

    /**
     * The judgement.
     *
     * @param verdict     what was found
     * @param explanation the key and its operations when there is none
     */
    public record Judgement(Verdict verdict, String explanation) {
    }

    private Linearizability() {
    }

    /**
     * Judges a history.
     *
     * @param history all operations, in any order
     * @param model   what each object does
     * @param <S>     state
     * @param <I>     input
     * @param <O>     output
     * @return the judgement; the first key that is not linearizable decides
     */
    public static <S, I, O> Judgement check(List<Operation<I, O>> history, Model<S, I, O> model) {
        Map<String, List<Operation<I, O>>> byKey = new TreeMap<>();
        history.forEach(operation -> byKey.computeIfAbsent(operation.key(), ignored -> new ArrayList<>()).add(operation));
        boolean unknown = false;
        for (var entry : byKey.entrySet()) {
            var verdict = checkOne(entry.getValue(), model);
            if (verdict == Verdict.VIOLATED) {
                var text = new StringBuilder("key " + entry.getKey() + " is not linearizable:");
                entry.getValue().stream().sorted(Comparator.comparingLong(Operation::calledAt)).limit(200)
                        .forEach(operation -> text.append("\n    ").append(operation));
                return new Judgement(Verdict.VIOLATED, text.toString());
            }
            unknown |= verdict == Verdict.UNKNOWN;
        }
        return new Judgement(unknown ? Verdict.UNKNOWN : Verdict.LINEARIZABLE, "");
    }

    private record Configuration<S>(BitSet done, S state) {
    }

    private record Choice<S>(int index, S before) {
    }

    /** Depth first over the operations that may come next: those called before any unfinished one returned. */
    private static <S, I, O> Verdict checkOne(List<Operation<I, O>> unsorted, Model<S, I, O> model) {
        var operations = unsorted.stream().sorted(Comparator.<Operation<I, O>>comparingLong(Operation::calledAt)
                .thenComparingLong(Operation::endedAt)).toList();
        int mustEnd = (int) operations.stream().filter(operation -> operation.endedAt() != Long.MAX_VALUE).count();
        var done = new BitSet(operations.size());
        var seen = new HashSet<Configuration<S>>();
        var path = new ArrayList<Choice<S>>();
        var state = model.initial();
        int ended = 0;
        int from = 0;
        while (ended < mustEnd) {
            int next = -1;
            long earliestEnd = Long.MAX_VALUE;
            for (int index = done.nextClearBit(0); index < operations.size(); index = done.nextClearBit(index + 1)) {
                if (operations.get(index).calledAt() > earliestEnd) {
                    break;
                }
                earliestEnd = Math.min(earliestEnd, operations.get(index).endedAt());
            }
            for (int index = done.nextClearBit(from); index < operations.size() && operations.get(index).calledAt() <= earliestEnd;
                    index = done.nextClearBit(index + 1)) {
                var after = model.step(state, operations.get(index).input(), operations.get(index).output());
                if (after.isPresent()) {
                    done.set(index);
                    if (seen.add(new Configuration<>((BitSet) done.clone(), after.get()))) {
                        path.add(new Choice<>(index, state));
                        state = after.get();
                        next = index;
                        break;
                    }
                    done.clear(index);
                }
            }
            if (seen.size() > CONFIGURATIONS_MAX) {
                return Verdict.UNKNOWN;
            }
            if (next >= 0) {
                ended += operations.get(next).endedAt() == Long.MAX_VALUE ? 0 : 1;
                from = 0;
            } else if (path.isEmpty()) {
                return Verdict.VIOLATED;
            } else {
                var last = path.removeLast();
                done.clear(last.index());
                state = last.before();
                ended -= operations.get(last.index()).endedAt() == Long.MAX_VALUE ? 0 : 1;
                from = last.index() + 1;
            }
        }
        return Verdict.LINEARIZABLE;
    }
}
