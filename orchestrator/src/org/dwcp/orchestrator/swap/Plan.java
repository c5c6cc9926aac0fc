// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import org.dwcp.api.NodeId;
import org.dwcp.orchestrator.decide.Decider;
import org.dwcp.orchestrator.decide.Decision;
import org.dwcp.orchestrator.route.Epoch;
import org.dwcp.orchestrator.route.ProviderHandle;
import org.dwcp.orchestrator.route.RoutingTable;

/**
 * What a change of state would do to the table in force. Immutable.
 *
 * @param next     the state after it
 * @param decision the decision for that state
 * @param moves    the slots whose shares change, in order of name
 */
record Plan(State next, Decision decision, List<Move> moves) {

    /**
     * The change of one slot.
     *
     * @param slot    its name
     * @param from    who loses most, empty text when nobody does
     * @param to      who gains most, empty text when nobody does
     * @param share   share of {@code to} afterwards, of the keys of which it gained most: all, or one peer's
     * @param losing  epochs of those who lose keys
     * @param gaining those who gain keys, with whether they serve none now
     */
    record Move(String slot, String from, String to, int share, List<Epoch> losing, List<Gain> gaining) {
        Move {
            losing = List.copyOf(losing);
            gaining = List.copyOf(gaining);
        }
    }

    /** A provider that gains keys; {@code fresh} when it serves none now. */
    record Gain(ProviderHandle handle, boolean fresh) {
    }

    /** Decides the next state and compares with the table. */
    static Plan of(RoutingTable table, State next) {
        Decision decision = Decider.decide(next.inputs());
        Map<String, Map<String, ProviderHandle>> handles = next.handles();
        List<Move> moves = new ArrayList<>();
        for (int i = 0; i < next.slots().size(); i++) {
            String slot = next.slots().get(i);
            Decision.OfSlot now = table.decision().slots().get(slot);
            Map<String, Epoch> epochs = now == null ? Map.of() : table.slot(i).epochs();
            Move move = move(now, decision.slots().get(slot), epochs, handles.getOrDefault(slot, Map.of()));
            if (!move.losing().isEmpty() || !move.gaining().isEmpty()) {
                moves.add(move);
            }
        }
        moves.sort(Comparator.comparing(Move::slot));
        return new Plan(next, decision, moves);
    }

    private static Move move(Decision.OfSlot now, Decision.OfSlot next, Map<String, Epoch> epochs, Map<String, ProviderHandle> handles) {
        Set<String> names = new TreeSet<>(epochs.keySet());
        names.addAll(handles.keySet());
        List<Epoch> losing = new ArrayList<>();
        List<Gain> gaining = new ArrayList<>();
        String from = "";
        String to = "";
        int lost = 0;
        int gained = 0;
        Set<NodeId> peers = new TreeSet<>(next.links().keySet());
        if (now != null) {
            peers.addAll(now.links().keySet());
        }
        int share = 0;
        for (String name : names) {
            // A provider that was replaced by one of the same name loses all, and its successor gains all.
            boolean same = epochs.containsKey(name) && handles.get(name) == epochs.get(name).handle();
            int loss = loss(now == null ? 0 : now.share(name), next.share(name), same);
            int gain = loss(next.share(name), now == null ? 0 : now.share(name), same);
            int after = next.share(name);
            for (NodeId peer : peers) {
                int was = now == null ? 0 : now.share(name, peer);
                int will = next.share(name, peer);
                loss = Math.max(loss, loss(was, will, same));
                if (loss(will, was, same) > gain) {
                    gain = loss(will, was, same);
                    after = will;
                }
            }
            if (loss > 0) {
                losing.add(epochs.get(name));
                from = loss > lost ? name : from;
                lost = Math.max(lost, loss);
            }
            if (gain > 0) {
                gaining.add(new Gain(handles.get(name), !same || now == null || !now.serves(name)));
                if (gain > gained) {
                    to = name;
                    gained = gain;
                    share = after;
                }
            }
        }
        return new Move(next.slot(), from, to, share, losing, gaining);
    }

    private static int loss(int before, int after, boolean same) {
        return same ? before - after : before;
    }

    /** Returns who takes keys over without serving any now: those are prepared. */
    Set<ProviderHandle> targets() {
        Set<ProviderHandle> targets = new LinkedHashSet<>();
        moves.forEach(move -> move.gaining().stream().filter(Gain::fresh).forEach(gain -> targets.add(gain.handle())));
        return targets;
    }
}
