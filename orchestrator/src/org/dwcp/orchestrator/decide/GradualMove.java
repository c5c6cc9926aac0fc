// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A link's way from one mode to another: its flows move in steps, the moved ones are watched, and go back when they are worse off. Pure: {@link #next}
 * takes what was seen and the time, and gives what holds from now on. Immutable.
 *
 * <p>A step in which no flow runs teaches nothing, so it is over at once: a link without flows is moved in one commit. A step with flows is held for
 * the dwell time. Then the goodput of the flows that it moved is compared with what the same flows had before; flows that did not run long
 * enough on both sides are not judged, and when none can be (NOT_ENOUGH_DATA) the move goes on, because the measured mode asks for it and
 * only what is worse speaks against it. Going back holds for the retry time; then the move begins anew with other first flows.
 *
 * @param from    mode of the flows that have not moved
 * @param to      mode of those that have
 * @param step    index of the step, from 0; {@link #SETTLED} when there is nothing to move
 * @param percent share that has moved
 * @param sinceNs when the step began
 * @param number  counts the moves of the link
 * @param heldUntilNs when it is tried again; only when it went back
 * @param note    what to say beyond the step, empty text for nothing
 */
public record GradualMove(LinkMode.Kind from, LinkMode.Kind to, int step, int percent, long sinceNs, int number, Optional<Long> heldUntilNs, String note) {
    /** No step is under way. */
    public static final int SETTLED = -1;

    /**
     * How moves are made.
     *
     * @param steps        rising percentages, the last one 100; only 100: at once
     * @param dwellNs      time that a step with flows is watched
     * @param worsePercent loss of goodput that is still accepted
     * @param retryNs      time until a move that went back is tried again
     */
    public record Rules(List<Integer> steps, long dwellNs, int worsePercent, long retryNs) {
        /** Copies the list. */
        public Rules {
            steps = List.copyOf(steps);
        }
    }

    /**
     * What was seen of the flows that this step moved.
     *
     * @param flows     those that run
     * @param judged    those that ran long enough before and after
     * @param beforeBps their goodput before, all together
     * @param afterBps  and after
     */
    public record Seen(int flows, int judged, double beforeBps, double afterBps) {
        /** Nothing runs. */
        public static final Seen NOTHING = new Seen(0, 0, 0, 0);
    }

    /** Makes a link that follows a mode and is not being moved. */
    public static GradualMove settled(LinkMode.Kind mode, int number) {
        return new GradualMove(mode, mode, SETTLED, 100, 0, number, Optional.empty(), "");
    }

    /** Returns the percentage of the step before this one: flows below it were judged there. */
    public int percentBefore(Rules rules) {
        return step > 0 ? rules.steps().get(Math.min(step, rules.steps().size()) - 1) : 0;
    }

    /** Returns the salt that says who is in the first percent. */
    public String salt() {
        return Integer.toString(number);
    }

    /** Returns what the decision needs of it. */
    public LinkMode linkMode() {
        return new LinkMode(from, to, percent, salt(), note);
    }

    /** Follows the measured mode. A move under way is turned round from where most flows are. */
    public GradualMove toward(LinkMode.Kind wanted, Rules rules, long nowNs) {
        if (wanted.equals(to)) {
            return this;
        }
        LinkMode.Kind here = percent >= 50 ? to : from;
        if (here.generation() == wanted.generation()) {
            return settled(wanted, number);
        }
        return new GradualMove(here, wanted, 0, rules.steps().getFirst(), nowNs, number + 1, Optional.empty(), "");
    }

    /**
     * Goes on as far as can be said now.
     *
     * @param seen  of the flows between {@link #percentBefore} and {@link #percent}
     * @param now   wall time, for the words
     */
    public GradualMove next(Seen seen, Rules rules, long nowNs, Instant now) {
        if (heldUntilNs.isPresent()) {
            return nowNs - heldUntilNs.get() < 0 ? this
                    : new GradualMove(from, to, 0, rules.steps().getFirst(), nowNs, number + 1, Optional.empty(), "");
        }
        if (step == SETTLED || seen.flows() > 0 && nowNs - sinceNs < rules.dwellNs()) {
            return this;
        }
        if (seen.judged() > 0 && seen.afterBps() < seen.beforeBps() * (100 - rules.worsePercent()) / 100) {
            String why = String.format(Locale.ROOT, "went back at %d %%: goodput of %d flows fell from %.3g to %.3g Mbit/s, by more than %d %%; tried again at %s",
                    percent, seen.judged(), seen.beforeBps() / 1e6, seen.afterBps() / 1e6, rules.worsePercent(),
                    now.plusNanos(rules.retryNs()).truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
            return new GradualMove(from, to, SETTLED, 0, nowNs, number, Optional.of(nowNs + rules.retryNs()), why);
        }
        int following = step + 1;
        if (following >= rules.steps().size()) {
            return settled(to, number);
        }
        String verdict = seen.flows() == 0 ? "" : seen.judged() == 0 ? "NOT_ENOUGH_DATA at " + percent + " %, moved on"
                : String.format(Locale.ROOT, "%d flows had %.3g Mbit/s and have %.3g at %d %%", seen.judged(), seen.beforeBps() / 1e6, seen.afterBps() / 1e6,
                        percent);
        return new GradualMove(from, to, following, rules.steps().get(following), nowNs, number, Optional.empty(), verdict);
    }
}
