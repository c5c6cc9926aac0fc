// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One run: nodes, a network between them, and one queue of what happens next, in virtual microseconds. Nothing here reads a clock or starts a
 * thread. Not thread-safe; many simulations may run beside each other.
 */
public final class Simulation {
    private record Happening(long atUs, long order, Runnable action) implements Comparable<Happening> {
        @Override
        public int compareTo(Happening other) {
            int byTime = Long.compare(atUs, other.atUs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /** Lines of the trace that a failure shows; {@code -Dsim.trace=N} shows so many. */
    private static final int TRACE_LINES_MAX = Integer.getInteger("sim.trace", 120);

    private final SplittableRandom random;
    private final PriorityQueue<Happening> queue = new PriorityQueue<>();
    private final List<SimNode> nodes = new ArrayList<>();
    private final List<String> trace = new ArrayList<>();
    private final boolean tracing;
    private Faults faults;
    private boolean[][] cut = new boolean[0][0];
    private long nowUs;
    private long order;
    private long frames;

    /**
     * Begins a run.
     *
     * @param seed    decides everything
     * @param faults  how bad the world is at first
     * @param tracing whether to keep what happens as text; slow, for replays
     */
    public Simulation(long seed, Faults faults, boolean tracing) {
        random = new SplittableRandom(seed);
        this.faults = faults;
        this.tracing = tracing;
    }

    /**
     * Adds a node; it is down until it is started.
     *
     * @param factory makes what runs on it, at every start
     * @return the node
     */
    public SimNode add(Function<SimNode, SimProcess> factory) {
        var node = new SimNode(this, nodes.size(), factory);
        nodes.add(node);
        cut = new boolean[nodes.size()][nodes.size()];
        return node;
    }

    /**
     * Gives a node.
     *
     * @param number its number
     * @return the node
     */
    public SimNode node(int number) {
        return nodes.get(number);
    }

    /**
     * Gives all nodes.
     *
     * @return in order of their numbers
     */
    public List<SimNode> nodes() {
        return List.copyOf(nodes);
    }

    /**
     * Gives the randomness of this run.
     *
     * @return from the seed
     */
    public SplittableRandom random() {
        return random;
    }

    /**
     * Gives the time.
     *
     * @return microseconds since the beginning
     */
    public long nowUs() {
        return nowUs;
    }

    /**
     * Counts what was sent.
     *
     * @return frames so far
     */
    public long frames() {
        return frames;
    }

    /**
     * Gives how bad the world is.
     *
     * @return the faults now
     */
    public Faults faults() {
        return faults;
    }

    /**
     * Changes how bad the world is.
     *
     * @param next from now on
     */
    public void faults(Faults next) {
        faults = next;
    }

    /**
     * Cuts one direction between two nodes.
     *
     * @param from sender
     * @param to   receiver
     */
    public void cut(int from, int to) {
        cut[from][to] = true;
    }

    /**
     * Cuts both directions between nodes of different sides.
     *
     * @param side the side of each node, by number; nodes beyond the array are connected to all
     */
    public void partition(int... side) {
        heal();
        for (int a = 0; a < side.length; a++) {
            for (int b = 0; b < side.length; b++) {
                cut[a][b] = side[a] != side[b];
            }
        }
        trace(() -> "partition " + Arrays.toString(side));
    }

    /** Mends every cut. */
    public void heal() {
        for (var row : cut) {
            Arrays.fill(row, false);
        }
    }

    /**
     * Lets something happen later.
     *
     * @param delayUs microseconds from now
     * @param action  what
     */
    public void in(long delayUs, Runnable action) {
        queue.add(new Happening(nowUs + Math.max(0, delayUs), order++, action));
    }

    void transmit(int from, int to, byte[] frame) {
        frames++;
        if (from != to && (cut[from][to] || random.nextDouble() < faults.loss())) {
            return;
        }
        deliver(from, to, frame);
        if (faults.duplicate() > 0 && random.nextDouble() < faults.duplicate()) {
            deliver(from, to, frame);
        }
    }

    private void deliver(int from, int to, byte[] frame) {
        long delay = random.nextLong(faults.delayUsMin(), faults.delayUsMax() + 1);
        if (faults.straggle() > 0 && random.nextDouble() < faults.straggle()) {
            delay *= random.nextLong(2, 50);
        }
        var node = nodes.get(to);
        in(delay, () -> {
            if (node.isUp()) {
                wake(node, () -> node.process().receive(from, frame));
            }
        });
    }

    /** Runs something on a node, or when its pause is over. */
    void wake(SimNode node, Runnable action) {
        if (node.pausedUntilUs() <= nowUs) {
            action.run();
            return;
        }
        int incarnation = node.incarnation();
        in(node.pausedUntilUs() - nowUs, () -> {
            if (node.isUp() && node.incarnation() == incarnation) {
                wake(node, action);
            }
        });
    }

    /**
     * Lets time pass.
     *
     * @param ms how much
     */
    public void run(long ms) {
        long untilUs = nowUs + ms * 1_000;
        while (!queue.isEmpty() && queue.peek().atUs() <= untilUs) {
            step();
        }
        nowUs = untilUs;
    }

    /**
     * Lets time pass until something is so.
     *
     * @param done  what
     * @param msMax at most this long
     * @return whether it came to be
     */
    public boolean runUntil(java.util.function.BooleanSupplier done, long msMax) {
        long untilUs = nowUs + msMax * 1_000;
        while (!done.getAsBoolean()) {
            if (queue.isEmpty() || queue.peek().atUs() > untilUs) {
                nowUs = untilUs;
                return done.getAsBoolean();
            }
            step();
        }
        return true;
    }

    private void step() {
        var next = queue.poll();
        nowUs = next.atUs();
        next.action().run();
    }

    /**
     * Notes what happens, when the run is traced.
     *
     * @param line made only then
     */
    public void trace(Supplier<String> line) {
        if (tracing) {
            trace.add(String.format("%12.3f ms  %s", nowUs / 1e3, line.get()));
        }
    }

    /**
     * Gives the end of the trace.
     *
     * @return the last lines
     */
    public List<String> trace() {
        return List.copyOf(trace.subList(Math.max(0, trace.size() - TRACE_LINES_MAX), trace.size()));
    }
}
