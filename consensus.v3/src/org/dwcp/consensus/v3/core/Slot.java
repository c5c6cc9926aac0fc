// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Message.Phase;

/**
 * One sequence number: what the current view's leader proposed for it, and of each member the latest vote of each phase. A vote of an older
 * view never replaces one of a newer, so there are at most 2n.
 */
final class Slot {
    /** What somebody voted for, and when. */
    record Choice(long view, Digest digest) {
    }

    /** What came of a vote. */
    enum Taken {
        /** It is new. */
        NEW,
        /** It is there, or there is a later one. */
        OLD,
        /** The same member voted for something else in the same view. */
        CONTRADICTION
    }

    final long sequence;
    /** The current view's proposal; null while there is none. */
    Choice proposal;
    /** Whether the proposal's batch is here and PREPARE was decided on. */
    boolean accepted;
    /** Whether the proposal is prepared. */
    boolean prepared;
    /** What was decided, in whatever view; null until then. */
    Choice decided;
    private final Map<Integer, Choice> prepares = new HashMap<>();
    private final Map<Integer, Choice> commits = new HashMap<>();
    /** By member, what it says was decided. */
    private final Map<Integer, Choice> claims = new HashMap<>();

    Slot(long sequence) {
        this.sequence = sequence;
    }

    private Map<Integer, Choice> votes(Phase phase) {
        return switch (phase) {
            case PREPARE -> prepares;
            case COMMIT -> commits;
            case DECIDED -> claims;
        };
    }

    Taken vote(Phase phase, int member, Choice choice) {
        var votes = votes(phase);
        var last = votes.get(member);
        if (last != null && last.view() >= choice.view()) {
            return last.view() == choice.view() && !last.digest().equals(choice.digest()) ? Taken.CONTRADICTION : Taken.OLD;
        }
        votes.put(member, choice);
        return Taken.NEW;
    }

    Optional<Choice> voteOf(Phase phase, int member) {
        return Optional.ofNullable(votes(phase).get(member));
    }

    int count(Phase phase, Choice choice) {
        int count = 0;
        for (var vote : votes(phase).values()) {
            if (vote.equals(choice)) {
                count++;
            }
        }
        return count;
    }

    /** A choice that so many members have committed to. */
    Optional<Choice> committed(int quorum) {
        for (var vote : commits.values()) {
            if (count(Phase.COMMIT, vote) >= quorum) {
                return Optional.of(vote);
            }
        }
        return Optional.empty();
    }

    /** A digest that so many members say was decided, in whatever view they saw it. */
    Optional<Choice> claimed(int weak) {
        return claims.values().stream().filter(choice -> claims.values().stream().filter(other -> other.digest().equals(choice.digest())).count() >= weak)
                .findFirst();
    }

    /** A digest that so many members have prepared in a view. */
    Optional<Digest> prepared(long view, int weak) {
        return prepares.values().stream().filter(choice -> choice.view() == view && count(Phase.PREPARE, choice) >= weak).findFirst().map(Choice::digest);
    }

    /** A view ends: its proposal goes, votes stay because others may still need them. */
    void leaveView() {
        proposal = null;
        accepted = false;
        prepared = false;
    }

    /** A member is not listened to any more. */
    void forget(int member) {
        prepares.remove(member);
        commits.remove(member);
        claims.remove(member);
    }
}
