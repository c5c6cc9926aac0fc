// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.RolloutPlan;

/**
 * One step of a planned rollout: what both sides had counted when it began, and the judgement on what they have counted since. Pure and immutable.
 *
 * <p>Bad news counts at once, when {@link #CALLS_ENOUGH} calls have told it: more than 1 % of the candidate's calls failed, or its mean time is more than
 * twice that of the others. The same is asked, of fewer calls, when the step's time is over. A candidate with too few calls (NOT_ENOUGH_DATA) holds
 * the step and never passes it. Times are not compared where the others have too few calls: at 100 % there is nobody to compare with.
 *
 * @param rollout   the rollout as it was when the step began
 * @param sinceNs   when that was
 * @param candidate what its provider had counted
 * @param others    what the slot's other providers had counted, all together
 */
public record RolloutStage(FlagState.Rollout rollout, long sinceNs, Arm candidate, Arm others) {
    /** Calls of a step after which bad news counts at once. Source: chosen; one failure in a hundred is the limit that is asked for. */
    static final int CALLS_ENOUGH = 100;
    /** Calls on both sides without which times are not compared. Source: chosen. */
    static final int CALLS_COMPARED_MIN = 20;
    /** Difference of mean times that is no news. Source: a call of a microsecond doubles when the machine is busy. */
    static final double SLOWER_MS_MIN = 0.1;

    /**
     * Counts of one side.
     *
     * @param calls  calls and leases begun
     * @param errors those that failed
     * @param timeNs time of all timed calls
     * @param timed  calls that the time stands for
     */
    public record Arm(long calls, long errors, long timeNs, long timed) {
        /** Nothing yet. */
        public static final Arm NONE = new Arm(0, 0, 0, 0);

        /** Adds another provider's. */
        public Arm plus(Arm other) {
            return new Arm(calls + other.calls, errors + other.errors, timeNs + other.timeNs, timed + other.timed);
        }

        /** What came since; nothing where a provider went away and took its counts along. */
        private Arm since(Arm before) {
            return new Arm(Math.max(0, calls - before.calls), Math.max(0, errors - before.errors), Math.max(0, timeNs - before.timeNs),
                    Math.max(0, timed - before.timed));
        }

        private double meanMs() {
            return timed == 0 ? 0 : timeNs / 1e6 / timed;
        }

        private String inWords(double seconds) {
            return calls == 0 ? "no calls" : String.format(Locale.ROOT, "%d calls (%.3g a second), %d failed, %.3g ms", calls, calls / seconds, errors, meanMs());
        }
    }

    /** What becomes of the step. */
    public enum Verdict {
        /** Its time is not over, or too little was seen. */
        HOLD,
        /** The next share, or the end of the plan. */
        NEXT,
        /** Back to nothing. */
        BACK
    }

    /**
     * A judgement.
     *
     * @param verdict what to do
     * @param words   on what grounds
     */
    public record Judgement(Verdict verdict, String words) {
    }

    /** Judges the step by what both sides have counted up to now. */
    public Judgement judge(Arm candidateNow, Arm othersNow, long nowNs) {
        RolloutPlan plan = rollout.plan().orElseThrow();
        Arm seen = candidateNow.since(candidate);
        Arm rest = othersNow.since(others);
        boolean over = nowNs - sinceNs >= plan.dwell().toNanos();
        boolean enough = seen.calls() >= plan.calls();
        String figures = figures(seen, rest, nowNs);
        if (over && enough || seen.calls() >= CALLS_ENOUGH) {
            Optional<String> worse = worse(seen, rest, over && enough ? CALLS_COMPARED_MIN : CALLS_ENOUGH);
            if (worse.isPresent()) {
                return new Judgement(Verdict.BACK, worse.get() + "; " + figures);
            }
        }
        if (over && enough) {
            return new Judgement(Verdict.NEXT, figures);
        }
        return new Judgement(Verdict.HOLD, (over ? "NOT_ENOUGH_DATA, holds until " + plan.calls() + " calls; " : "") + figures);
    }

    private static Optional<String> worse(Arm seen, Arm rest, int compared) {
        if (seen.errors() * 100 > seen.calls()) {
            return Optional.of("more than 1 % of its calls failed");
        }
        boolean slower = seen.timed() >= compared && rest.timed() >= compared && seen.meanMs() > 2 * rest.meanMs()
                && seen.meanMs() - rest.meanMs() > SLOWER_MS_MIN;
        return slower ? Optional.of("its calls take more than twice as long as the others'") : Optional.empty();
    }

    private String figures(Arm seen, Arm rest, long nowNs) {
        double seconds = (nowNs - sinceNs) / 1e9;
        return rollout.share() + " % for " + Duration.ofNanos(nowNs - sinceNs).toSeconds() + " of " + rollout.plan().orElseThrow().dwell().toSeconds() + " s: "
                + rollout.provider() + " " + seen.inWords(seconds) + "; others " + rest.inWords(seconds);
    }

    /** Returns the rollout after this step: at the next share, or at the last one without a plan. */
    public FlagState.Rollout next() {
        RolloutPlan plan = rollout.plan().orElseThrow();
        return plan.after(rollout.share()).map(share -> new FlagState.Rollout(rollout.provider(), share, rollout.id(), rollout.plan()))
                .orElseGet(() -> new FlagState.Rollout(rollout.provider(), rollout.share(), rollout.id()));
    }
}
