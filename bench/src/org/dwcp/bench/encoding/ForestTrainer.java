// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.encoding;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

import org.dwcp.encoding.v3.BlockTraits;
import org.dwcp.encoding.v3.CostModel;
import org.dwcp.encoding.v3.Effort;

/**
 * Grows regression trees with many outputs: each on a bootstrap sample, each split the one that leaves the least variance (Breiman, "Random Forests", 2001). What
 * counts is not the answers themselves but what is made of them: how much dearer each effort is than the best one, on links of several rates. The same examples give the
 * same trees.
 */
final class ForestTrainer {
    private static final int TREES = 12;
    private static final int DEPTH = 10;
    private static final int LEAF_EXAMPLES_MIN = 6;
    private static final int TRAITS_A_SPLIT = 6;
    private static final double GAIN_MIN = 0.0005; // of the variance of all examples: less is noise, and makes the file long

    private static final double[] LINKS_BPS = {20e6, 50e6, 100e6, 300e6, 1e9, 3e9};
    private static final int CORES = 2;
    private static final double STORE_NS_A_BYTE = 0.2; // as the choice takes it
    private static final double DEARER_MAX = 0.5; // by half as much is wrong, and by more not worth telling apart

    private final List<Example> examples;
    private final int goals;
    private final int outputs;
    private final RandomGenerator random = new Random(1);

    /**
     * A block that was measured.
     *
     * @param traits  what the look told
     * @param answers for each effort the logarithms of the share of bytes left and of the nanoseconds a byte
     * @param dearer  for each link and effort, and for storing, by which share it is dearer than the best: what splits are judged by
     */
    record Example(double[] traits, double[] answers, double[] dearer) {
        Example(double[] traits, double[] answers) {
            this(traits, answers, dearer(answers));
        }

        private static double[] dearer(double[] answers) {
            int efforts = answers.length / 2;
            var dearer = new double[LINKS_BPS.length * (efforts + 1)];
            for (int link = 0; link < LINKS_BPS.length; link++) {
                double nsAByteOnTheLink = 8e9 / LINKS_BPS[link];
                var costs = new double[efforts + 1];
                costs[efforts] = STORE_NS_A_BYTE / CORES + nsAByteOnTheLink;
                for (int i = 0; i < efforts; i++) {
                    costs[i] = Math.exp(answers[2 * i + 1]) / CORES + Math.exp(answers[2 * i]) * nsAByteOnTheLink;
                }
                double least = Arrays.stream(costs).min().orElseThrow();
                for (int i = 0; i <= efforts; i++) {
                    dearer[link * (efforts + 1) + i] = Math.min(DEARER_MAX, costs[i] / least - 1);
                }
            }
            return dearer;
        }
    }

    ForestTrainer(List<Example> examples) {
        this.examples = examples;
        goals = examples.getFirst().dearer.length;
        outputs = examples.getFirst().answers.length;
    }

    CostModel train(List<Effort> efforts) {
        var trees = new CostModel.Tree[TREES];
        for (int i = 0; i < TREES; i++) {
            var sample = new ArrayList<Example>();
            for (int j = 0; j < examples.size(); j++) {
                sample.add(examples.get(random.nextInt(examples.size())));
            }
            trees[i] = new Growing().tree(sample);
        }
        return new CostModel(efforts, trees);
    }

    /** One tree while it grows, nodes in preorder. */
    private final class Growing {
        private final List<Integer> trait = new ArrayList<>();
        private final List<Double> limit = new ArrayList<>();
        private final List<Integer> right = new ArrayList<>();
        private final List<float[]> answers = new ArrayList<>();

        CostModel.Tree tree(List<Example> sample) {
            node(sample, 0, GAIN_MIN * spreadOf(sample));
            return new CostModel.Tree(ints(trait), limit.stream().mapToDouble(Double::doubleValue).toArray(), ints(right), answers.toArray(float[][]::new));
        }

        private void node(List<Example> here, int depth, double gainMin) {
            int node = trait.size();
            var split = depth < DEPTH ? best(here, gainMin) : null;
            trait.add(split == null ? 0 : split.trait);
            limit.add(split == null ? 0 : split.limit);
            right.add(0);
            answers.add(split == null ? mean(here) : null);
            if (split != null) {
                node(here.stream().filter(example -> example.traits[split.trait] <= split.limit).toList(), depth + 1, gainMin);
                right.set(node, trait.size());
                node(here.stream().filter(example -> example.traits[split.trait] > split.limit).toList(), depth + 1, gainMin);
            }
        }

        private Split best(List<Example> here, double gainMin) {
            double most = gainMin;
            double all = spreadOf(here);
            Split best = null;
            for (int candidate : some()) {
                var sorted = here.stream().sorted(Comparator.comparingDouble(example -> example.traits[candidate])).toList();
                var left = new Sums();
                var rest = new Sums();
                sorted.forEach(rest::add);
                for (int i = 0; i + 1 < sorted.size(); i++) {
                    left.add(sorted.get(i));
                    rest.remove(sorted.get(i));
                    double value = sorted.get(i).traits[candidate];
                    double next = sorted.get(i + 1).traits[candidate];
                    if (next <= value || i + 1 < LEAF_EXAMPLES_MIN || sorted.size() - i - 1 < LEAF_EXAMPLES_MIN) {
                        continue;
                    }
                    double gain = all - left.spread() - rest.spread();
                    if (gain > most) {
                        most = gain;
                        best = new Split(candidate, (float) (value + (next - value) / 2));
                    }
                }
            }
            return best != null && divides(here, best) ? best : null;
        }

        /** A limit that is rounded may fall on one of its neighbours. */
        private boolean divides(List<Example> here, Split split) {
            long left = here.stream().filter(example -> example.traits[split.trait] <= split.limit).count();
            return left > 0 && left < here.size();
        }

        private int[] some() {
            var all = new ArrayList<Integer>();
            for (int i = 0; i < BlockTraits.NAMES.size(); i++) {
                all.add(i);
            }
            Collections.shuffle(all, Random.from(random));
            return ints(all.subList(0, TRAITS_A_SPLIT));
        }
    }

    private record Split(int trait, double limit) {
    }

    private double spreadOf(List<Example> some) {
        var sums = new Sums();
        some.forEach(sums::add);
        return sums.spread();
    }

    /** Of the values, not of their logarithms: what a choice costs in the mean is a sum. */
    private float[] mean(List<Example> some) {
        var mean = new float[outputs];
        for (int i = 0; i < outputs; i++) {
            int output = i;
            mean[i] = (float) Math.log(some.stream().mapToDouble(example -> Math.exp(example.answers[output])).average().orElseThrow());
        }
        return mean;
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    private final class Sums {
        private final double[] sums = new double[goals];
        private final double[] squares = new double[goals];
        private int count;

        void add(Example example) {
            change(example, 1);
        }

        void remove(Example example) {
            change(example, -1);
        }

        private void change(Example example, int sign) {
            count += sign;
            for (int i = 0; i < goals; i++) {
                double dearer = example.dearer[i];
                sums[i] += sign * dearer;
                squares[i] += sign * dearer * dearer;
            }
        }

        /** Sum of squared differences from the mean. */
        double spread() {
            double spread = 0;
            for (int i = 0; i < goals && count > 0; i++) {
                spread += squares[i] - sums[i] * sums[i] / count;
            }
            return spread;
        }
    }
}
