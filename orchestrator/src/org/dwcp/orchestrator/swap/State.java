// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

import org.dwcp.api.NodeId;
import org.dwcp.api.Swappable;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.orchestrator.decide.Inputs;
import org.dwcp.orchestrator.decide.LinkMode;
import org.dwcp.orchestrator.decide.ProviderFacts;
import org.dwcp.orchestrator.route.ProviderHandle;

/**
 * All that the decision depends on, as the switchboard holds it. A change of the routing is a function from one state to the next. Immutable.
 *
 * @param flags   flags in force
 * @param mode    mode in force
 * @param links   modes of the links that have one of their own
 * @param slots   names of the slots in order of index; never shrinks
 * @param members the installed providers
 */
record State(FlagState flags, ModeReport mode, Map<NodeId, LinkMode> links, List<String> slots, List<Member> members) {
    State {
        links = Map.copyOf(links);
        slots = List.copyOf(slots);
        members = List.copyOf(members);
    }

    /**
     * One installed provider.
     *
     * @param ranking   as its bundle registered it
     * @param readiness what it said last
     * @param failure   why it is out; empty text when it is not
     */
    record Member(ProviderHandle handle, int ranking, Swappable.Readiness readiness, String failure) {
        ProviderFacts facts() {
            return handle.facts(ranking, readiness, failure);
        }

        Member ranked(int newRanking) {
            return new Member(handle, newRanking, readiness, failure);
        }

        Member ready(Swappable.Readiness newReadiness) {
            return new Member(handle, ranking, newReadiness, failure);
        }

        Member failed(String newFailure) {
            return new Member(handle, ranking, readiness, newFailure);
        }
    }

    Inputs inputs() {
        return new Inputs(flags, mode.mode(), mode.detected(), slots, links, members.stream().map(Member::facts).toList());
    }

    State with(FlagState newFlags) {
        return new State(newFlags, mode, links, slots, members);
    }

    /** A forced mode holds for every link, from the same commit on. */
    State with(ModeReport newMode) {
        return new State(flags, newMode, newMode.forced() ? Map.of() : links, slots, members);
    }

    State withLinks(Map<NodeId, LinkMode> newLinks) {
        return new State(flags, mode, newLinks, slots, members);
    }

    State withSlot(String slot) {
        if (slots.contains(slot)) {
            return this;
        }
        List<String> more = new ArrayList<>(slots);
        more.add(slot);
        return new State(flags, mode, links, more, members);
    }

    State with(Member member) {
        List<Member> more = new ArrayList<>(members);
        more.add(member);
        return new State(flags, mode, links, slots, more).withSlot(member.handle().slot());
    }

    State without(ProviderHandle handle) {
        return new State(flags, mode, links, slots, members.stream().filter(m -> m.handle() != handle).toList());
    }

    /** Changes one member; nothing happens when it is no longer installed. */
    State change(ProviderHandle handle, UnaryOperator<Member> change) {
        return new State(flags, mode, links, slots, members.stream().map(m -> m.handle() == handle ? change.apply(m) : m).toList());
    }

    Optional<Member> member(ProviderHandle handle) {
        return members.stream().filter(m -> m.handle() == handle).findFirst();
    }

    Optional<Member> member(String slot, String name) {
        return members.stream().filter(m -> m.handle().slot().equals(slot) && m.handle().name().equals(name)).findFirst();
    }

    List<Member> of(String slot) {
        return members.stream().filter(m -> m.handle().slot().equals(slot)).toList();
    }

    Map<String, Map<String, ProviderHandle>> handles() {
        Map<String, Map<String, ProviderHandle>> bySlot = new HashMap<>();
        members.forEach(m -> bySlot.computeIfAbsent(m.handle().slot(), slot -> new HashMap<>()).put(m.handle().name(), m.handle()));
        return bySlot;
    }
}
