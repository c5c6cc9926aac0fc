// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

import org.dwcp.api.transport.TransportException;

/**
 * The states of a channel, and what follows from each event. It does nothing itself: every method tells its caller what to do next, each thing
 * once, so that no callback runs under its lock.
 *
 * <pre>
 * OPENING --all lanes there--&gt; OPEN --end() or the peer's last farewell or a lane lost that is not made up for--&gt; CLOSING --last lane gone--&gt; GONE
 *    +------------------------fail()---------------------------------------------------------^
 * </pre>
 */
final class ChannelLife {
    enum State { OPENING, OPEN, CLOSING, GONE }

    /** What the caller has to do now. */
    enum Next { NOTHING, SAY_FAREWELL, CLOSE_LANES, ABORT_LANES, FINISH }

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Lane> lanes = new ArrayList<>();
    private final int lanesWanted;
    private volatile State state = State.OPENING;
    private volatile TransportException cause;
    private int lanesAlive;
    private boolean wasOpen;
    private boolean terminating;
    private int farewellsOwn;
    private int farewellsSent;
    private int farewellsSeen;
    private int farewellsDue = Integer.MAX_VALUE;

    ChannelLife(int lanesWanted) {
        this.lanesWanted = lanesWanted;
    }

    State state() {
        return state;
    }

    Optional<TransportException> cause() {
        return Optional.ofNullable(cause);
    }

    /** True from the moment it was open, for ever. */
    boolean wasOpen() {
        lock.lock();
        try {
            return wasOpen;
        } finally {
            lock.unlock();
        }
    }

    /** A lane joins; gives all of them, or empty when the channel is ending and the lane stays outside. */
    Optional<Lane[]> join(Lane lane) {
        lock.lock();
        try {
            if (state == State.CLOSING || state == State.GONE) {
                return Optional.empty();
            }
            lanes.add(lane);
            lanesAlive++;
            if (state == State.OPENING && lanes.size() >= lanesWanted) {
                state = State.OPEN;
                wasOpen = true;
            }
            return Optional.of(lanes.toArray(Lane[]::new));
        } finally {
            lock.unlock();
        }
    }

    /** A lane broke; gives those that are left when the channel can go on without it, and it is forgotten then. */
    Optional<Lane[]> lose(Lane lane) {
        lock.lock();
        try {
            if (state != State.OPEN || terminating || farewellsSeen > 0 || lanes.size() < 2 || !lanes.remove(lane)) {
                return Optional.empty();
            }
            lanesAlive--;
            return Optional.of(lanes.toArray(Lane[]::new));
        } finally {
            lock.unlock();
        }
    }

    /** This end closes in order; the cause is for this end's handler. */
    Next end(Optional<TransportException> why) {
        lock.lock();
        try {
            if (state != State.OPEN) {
                return Next.NOTHING;
            }
            state = State.CLOSING;
            cause = cause == null ? why.orElse(null) : cause;
            farewellsOwn = lanes.size();
            return Next.SAY_FAREWELL;
        } finally {
            lock.unlock();
        }
    }

    /** The own farewell has gone out on one lane. */
    Next farewellSent() {
        lock.lock();
        try {
            farewellsSent++;
            return whenBothHaveEnded();
        } finally {
            lock.unlock();
        }
    }

    /** The peer's farewell has come in on one lane, so everything before it has. */
    Next farewellSeen(Wire.Close close) {
        lock.lock();
        try {
            farewellsSeen++;
            farewellsDue = Math.min(farewellsDue, close.lanes());
            if (cause == null && farewellsOwn == 0) {
                cause = close.cause().orElse(null);
            }
            if (farewellsSeen >= farewellsDue && state == State.OPEN) {
                state = State.CLOSING;
                farewellsOwn = lanes.size();
                return Next.SAY_FAREWELL;
            }
            return whenBothHaveEnded();
        } finally {
            lock.unlock();
        }
    }

    private Next whenBothHaveEnded() {
        if (terminating || farewellsOwn == 0 || farewellsSent < farewellsOwn || farewellsSeen < farewellsDue) {
            return Next.NOTHING;
        }
        terminating = true;
        return Next.CLOSE_LANES;
    }

    /** Time for the farewells is over; {@code ifUnsent} becomes the cause when there is none yet. */
    Next giveUp(Optional<TransportException> ifUnsent) {
        lock.lock();
        try {
            if (terminating || state == State.GONE) {
                return Next.NOTHING;
            }
            cause = cause == null ? ifUnsent.orElse(null) : cause;
            return terminate();
        } finally {
            lock.unlock();
        }
    }

    /** Frames are or may be lost. */
    Next fail(TransportException why) {
        lock.lock();
        try {
            if (state != State.OPENING && state != State.OPEN) {
                return Next.NOTHING;
            }
            state = State.CLOSING;
            cause = why;
            return terminate();
        } finally {
            lock.unlock();
        }
    }

    private Next terminate() {
        terminating = true;
        return lanesAlive == 0 ? goneIfNot() : Next.ABORT_LANES;
    }

    /** A lane's connection is closed; {@code inOrder} when the peer had said farewell on it. */
    Next laneGone(boolean inOrder, TransportException why) {
        lock.lock();
        try {
            lanesAlive--;
            if (!inOrder && !terminating) {
                state = State.CLOSING;
                cause = cause == null ? why : cause;
                return terminate();
            }
            if (lanesAlive > 0) {
                return Next.NOTHING;
            }
            if (!terminating && farewellsSeen < farewellsDue && cause == null) {
                cause = why; // the peer said farewell on a lane that this end went on without
            }
            state = state == State.GONE ? State.GONE : State.CLOSING;
            return goneIfNot();
        } finally {
            lock.unlock();
        }
    }

    private Next goneIfNot() {
        if (state == State.GONE) {
            return Next.NOTHING;
        }
        state = State.GONE;
        return Next.FINISH;
    }

    List<Lane> lanes() {
        lock.lock();
        try {
            return List.copyOf(lanes);
        } finally {
            lock.unlock();
        }
    }
}
