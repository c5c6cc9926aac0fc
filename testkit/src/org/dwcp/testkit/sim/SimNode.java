// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.sim;

import java.util.SplittableRandom;
import java.util.function.Function;

/** One simulated machine: what a process needs of the world, and the handles to hurt it. Not thread-safe, like all of a simulation. */
public final class SimNode {
    private final Simulation simulation;
    private final int number;
    private final Function<SimNode, SimProcess> factory;
    private final SimDisk disk;
    private SimProcess process;
    private int incarnation;
    private double drift = 1;
    private long pausedUntilUs;

    SimNode(Simulation simulation, int number, Function<SimNode, SimProcess> factory) {
        this.simulation = simulation;
        this.number = number;
        this.factory = factory;
        disk = new SimDisk(simulation, this);
    }

    /**
     * Gives its number.
     *
     * @return 0 and up, in the order of {@link Simulation#add}
     */
    public int number() {
        return number;
    }

    /**
     * Gives its disk.
     *
     * @return survives crashes
     */
    public SimDisk disk() {
        return disk;
    }

    /**
     * Gives the simulation's randomness.
     *
     * @return from the seed
     */
    public SplittableRandom random() {
        return simulation.random();
    }

    /**
     * Sends a frame; it may be lost, late, doubled or overtaken.
     *
     * @param to    number of the receiving node
     * @param frame the bytes; not to be changed afterwards
     */
    public void send(int to, byte[] frame) {
        if (isUp()) {
            simulation.transmit(number, to, frame);
        }
    }

    /**
     * Starts a timer by this node's own clock. It cannot be stopped: a process ignores what it no longer waits for.
     *
     * @param delayMs from now
     * @param token   given back
     */
    public void timer(long delayMs, long token) {
        int started = incarnation;
        simulation.in((long) (delayMs * 1_000 * drift), () -> {
            if (incarnation == started && process != null) {
                simulation.wake(this, () -> process.timer(token));
            }
        });
    }

    /**
     * Tells whether it runs.
     *
     * @return false between a crash and the next start
     */
    public boolean isUp() {
        return process != null;
    }

    /**
     * Gives what runs on it.
     *
     * @return the process, or null when it is down
     */
    public SimProcess process() {
        return process;
    }

    /**
     * Makes its clock run fast or slow.
     *
     * @param factor how long its second is; 1 is exact
     */
    public void drift(double factor) {
        drift = factor;
    }

    /**
     * Stops it for a while, as a suspended machine: what comes meanwhile, timers too, is dealt with afterwards, all at once.
     *
     * @param ms how long
     */
    public void pause(long ms) {
        pausedUntilUs = Math.max(pausedUntilUs, simulation.nowUs() + ms * 1_000);
    }

    long pausedUntilUs() {
        return pausedUntilUs;
    }

    int incarnation() {
        return incarnation;
    }

    /** Starts it, if it is down. */
    public void start() {
        if (process == null) {
            incarnation++;
            simulation.trace(() -> "node " + number + " starts");
            process = factory.apply(this);
            process.start();
        }
    }

    /** Ends it without warning: memory is gone, and of the disk what was not synced, from any point on. */
    public void crash() {
        if (process != null) {
            simulation.trace(() -> "node " + number + " crashes");
            process = null;
            incarnation++;
            disk.crash();
        }
    }
}
