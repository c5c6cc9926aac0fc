// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.route;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.orchestrator.decide.Decision;
import org.dwcp.orchestrator.decide.Split;

/**
 * One slot in a table: its decision with each provider's name replaced by its epoch, laid out for the shortest way of a call. Immutable;
 * reused from table to table while the slot does not change, so that its identity says "nothing changed here".
 */
public final class SlotTable {
    private static final Epoch[] NONE = {};

    private final Decision.OfSlot decision;
    private final Map<String, Epoch> epochs;
    /** The provider of all keys, or null when they are spread or nobody serves. */
    private final Epoch only;
    private final Split split;
    private final Epoch[][] orders;
    /** Peers whose keys go another way, or null when there is none. */
    private final Map<NodeId, LinkOrders> links;

    /** The same for the keys of one peer. */
    private record LinkOrders(Decision.OfLink link, Epoch[][] rest, Epoch[][] moved) {
    }

    SlotTable(Decision.OfSlot decision, Map<String, Epoch> epochs) {
        this.decision = decision;
        this.epochs = new TreeMap<>(epochs);
        this.split = decision.split();
        this.orders = orders(split);
        this.links = decision.links().isEmpty() ? null : new HashMap<>();
        decision.links().forEach((peer, link) -> links.put(peer, new LinkOrders(link, orders(link.rest()), orders(link.moved()))));
        boolean spread = split.v3Percent() < 100 || split.rolloutShare() > 0;
        this.only = !spread && orders[0].length > 0 ? orders[0][0] : null;
    }

    private Epoch[][] orders(Split of) {
        return new Epoch[][] {order(of.base()), order(of.baseWithoutV3()), order(of.candidate()), order(of.candidateWithoutV3())};
    }

    private Epoch[] order(List<String> names) {
        return names.stream().map(epochs::get).toList().toArray(NONE);
    }

    /** Returns the key's provider, or null when nobody serves. */
    Epoch pick(RouteKey key) {
        Epoch one = only;
        return one != null && links == null ? one : first(order(key));
    }

    /** Returns the key's providers in order of fallback. */
    Epoch[] order(RouteKey key) {
        LinkOrders link = links == null || key.peer().isEmpty() ? null : links.get(key.peer().get());
        if (link != null) {
            Split of = link.link.split(key.hash());
            return order(key.hash(), of, of == link.link.moved() ? link.moved : link.rest);
        }
        return only != null ? orders[0] : order(key.hash(), split, orders);
    }

    private static Epoch[] order(long hash, Split split, Epoch[][] orders) {
        int v3 = split.v3Percent() == 100 || Split.below(hash, split.v3Salt(), split.v3Percent()) ? 0 : 1;
        int in = split.rolloutShare() > 0 && Split.below(hash, split.rolloutSalt(), split.rolloutShare()) ? 2 : 0;
        return orders[in + v3];
    }

    private static Epoch first(Epoch[] order) {
        return order.length == 0 ? null : order[0];
    }

    /** Returns the epoch of an installed provider, serving or not, or null. */
    Epoch named(String provider) {
        return epochs.get(provider);
    }

    /** Returns the decision this was made of. */
    public Decision.OfSlot decision() {
        return decision;
    }

    /** Returns the epochs of the installed providers by name. */
    public Map<String, Epoch> epochs() {
        return epochs;
    }
}
