// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

import org.dwcp.api.Check;

/**
 * What each effort will make of a block and cost for it, by regression trees whose leaves hold all answers at once (Breiman, "Random Forests", 2001; leaves
 * of many outputs: Segal and Xiao, 2011). A text file, trained by {@code bench encoding-choice --case train}: first line {@code dwcp-cost-model 2}, the names of
 * the traits, the words of the efforts ({@link Effort}), the number of trees; then each tree in preorder, {@code s TRAIT LIMIT} for a split (a block goes left when its trait is at
 * most the limit), {@code l} and the answers for a leaf: for each effort the logarithms of the share of bytes left and of the CPU nanoseconds a byte. Immutable.
 */
public final class CostModel {
    /** Highest number of trees, nodes of a tree, and efforts that a file may have. */
    static final int TREES_MAX = 64;
    static final int NODES_MAX = 4096;
    static final int EFFORTS_MAX = 32;

    private static final String FORMAT = "dwcp-cost-model 2";

    private final List<Effort> efforts;
    private final Tree[] trees;

    /**
     * Makes a model.
     *
     * @param efforts what the answers are for, in order
     * @param trees   1 or more
     */
    public CostModel(List<Effort> efforts, Tree... trees) {
        Check.argument(!efforts.isEmpty() && efforts.size() <= EFFORTS_MAX, "%d efforts are not in 1..%d", efforts.size(), EFFORTS_MAX);
        Check.argument(trees.length >= 1 && trees.length <= TREES_MAX, "%d trees are not in 1..%d", trees.length, TREES_MAX);
        this.efforts = List.copyOf(efforts);
        this.trees = trees.clone();
    }

    /**
     * One tree, as arrays. A node is a split of {@code trait[node]} at {@code limit[node]} whose left child is the next node and whose right child is
     * {@code right[node]}, or, when {@code right[node]} is 0, a leaf.
     *
     * @param trait   what a node looks at
     * @param limit   largest value that goes left
     * @param right   the right child, later than the node, or 0
     * @param answers of leaves; null for splits
     */
    public record Tree(int[] trait, double[] limit, int[] right, float[][] answers) {
        float[] leaf(double[] traits) {
            int node = 0;
            while (right[node] != 0) {
                node = traits[trait[node]] <= limit[node] ? node + 1 : right[node];
            }
            return answers[node];
        }
    }

    int efforts() {
        return efforts.size();
    }

    Effort effort(int index) {
        return efforts.get(index);
    }

    /**
     * Predicts.
     *
     * @param traits  of the block, {@link BlockTraits#of}
     * @param answers gets for each effort the share of bytes left and the CPU nanoseconds a byte
     */
    void predict(double[] traits, double[] answers) {
        Arrays.fill(answers, 0, 2 * efforts.size(), 0);
        for (Tree tree : trees) {
            float[] leaf = tree.leaf(traits);
            for (int i = 0; i < leaf.length; i++) {
                answers[i] += leaf[i];
            }
        }
        for (int i = 0; i < 2 * efforts.size(); i++) {
            answers[i] = Math.exp(answers[i] / trees.length);
        }
    }

    /**
     * Writes the file.
     *
     * @param target where to; stays open
     * @throws IOException when it cannot be written
     */
    public void write(Writer target) throws IOException {
        target.write(FORMAT + "\ntraits " + String.join(" ", BlockTraits.NAMES) + "\nefforts "
                + efforts.stream().map(Effort::word).collect(Collectors.joining(" ")) + "\ntrees " + trees.length + "\n");
        for (Tree tree : trees) {
            for (int node = 0; node < tree.right.length; node++) {
                target.write(tree.right[node] != 0 ? String.format(Locale.ROOT, "s %d %.6g%n", tree.trait[node], tree.limit[node]) : leaf(tree.answers[node]));
            }
        }
    }

    private static String leaf(float[] answers) {
        var line = new StringBuilder("l");
        for (float answer : answers) {
            line.append(String.format(Locale.ROOT, " %.3f", answer));
        }
        return line.append('\n').toString();
    }

    /**
     * Reads a file.
     *
     * @param source UTF-8 text; closed afterwards
     * @return the model
     * @throws IOException when it cannot be read
     * @throws IllegalArgumentException when it is not a model of this version; says where
     */
    public static CostModel read(InputStream source) throws IOException {
        try (var lines = new BufferedReader(new InputStreamReader(source, StandardCharsets.UTF_8))) {
            return new Reading(lines).model();
        }
    }

    /** One pass over a file. */
    private static final class Reading {
        private final BufferedReader lines;
        private int line;
        private int outputs;
        private int[] trait;
        private double[] limit;
        private int[] right;
        private float[][] answers;
        private int nodes;

        Reading(BufferedReader lines) {
            this.lines = lines;
        }

        CostModel model() throws IOException {
            expect(String.join(" ", next()).equals(FORMAT), "is not \"" + FORMAT + "\"");
            String[] traits = next();
            expect(Arrays.asList(traits).subList(1, traits.length).equals(BlockTraits.NAMES), "names other traits than " + BlockTraits.NAMES);
            String[] named = next();
            expect(named.length >= 2 && named.length <= EFFORTS_MAX + 1, "has no efforts, or more than " + EFFORTS_MAX);
            var efforts = new ArrayList<Effort>();
            for (String word : Arrays.asList(named).subList(1, named.length)) {
                efforts.add(effort(word));
            }
            outputs = 2 * efforts.size();
            String[] count = next();
            expect(count.length == 2 && number(count[1]) >= 1 && number(count[1]) <= TREES_MAX, "has not 1 to " + TREES_MAX + " trees");
            var trees = new Tree[(int) number(count[1])];
            for (int i = 0; i < trees.length; i++) {
                trees[i] = tree();
            }
            expect(lines.readLine() == null, "is behind the last tree");
            return new CostModel(efforts, trees);
        }

        private Effort effort(String word) {
            try {
                return Effort.of(word);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("cost model, line " + line + ": " + e.getMessage(), e);
            }
        }

        private Tree tree() throws IOException {
            nodes = 0;
            trait = new int[NODES_MAX];
            limit = new double[NODES_MAX];
            right = new int[NODES_MAX];
            answers = new float[NODES_MAX][];
            node(0);
            return new Tree(Arrays.copyOf(trait, nodes), Arrays.copyOf(limit, nodes), Arrays.copyOf(right, nodes), Arrays.copyOf(answers, nodes));
        }

        private void node(int depth) throws IOException {
            expect(nodes < NODES_MAX && depth < BlockTraits.NAMES.size() * 8, "makes a tree of more than " + NODES_MAX + " nodes, or too deep a one");
            int here = nodes++;
            String[] words = next();
            if (words[0].equals("s")) {
                expect(words.length == 3 && number(words[1]) >= 0 && number(words[1]) < BlockTraits.NAMES.size(), "splits by no trait");
                trait[here] = (int) number(words[1]);
                limit[here] = number(words[2]);
                node(depth + 1);
                right[here] = nodes;
                node(depth + 1);
            } else {
                expect(words[0].equals("l") && words.length == outputs + 1, "has not " + outputs + " answers");
                answers[here] = new float[outputs];
                for (int i = 0; i < outputs; i++) {
                    answers[here][i] = (float) number(words[i + 1]);
                }
            }
        }

        private String[] next() throws IOException {
            String text = lines.readLine();
            line++;
            expect(text != null && !text.isBlank(), "is missing");
            return text.split(" ");
        }

        private double number(String word) {
            try {
                double value = Double.parseDouble(word);
                expect(Double.isFinite(value), "has a number without bounds");
                return value;
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("cost model, line " + line + ": \"" + word + "\" is no number", e);
            }
        }

        private void expect(boolean holds, String wrong) {
            if (!holds) {
                throw new IllegalArgumentException("cost model, line " + line + " " + wrong);
            }
        }
    }
}
