// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.ToIntFunction;

import org.dwcp.api.Check;
import org.dwcp.api.Slot;
import org.dwcp.orchestrator.route.Board;
import org.dwcp.orchestrator.route.RouteProxy;
import org.dwcp.orchestrator.route.SlotRoute;

/**
 * The slots that consumers have asked for, each with its one interface, one route and one proxy; and the
 * names that ever had a provider. Thread-safe, without a lock: it is asked from within commits.
 */
final class SlotRegistry {
    private static final class Place<T> {
        private final Slot<T> slot;
        private final SlotRoute<T> route;
        private T proxy;

        private Place(Slot<T> slot, SlotRoute<T> route) {
            this.slot = slot;
            this.route = route;
        }

        private synchronized T proxy() {
            if (proxy == null) {
                proxy = RouteProxy.of(route);
            }
            return proxy;
        }
    }

    private final Board board;
    private final Map<String, Place<?>> places = new ConcurrentHashMap<>();
    private final Set<String> provided = new ConcurrentSkipListSet<>();

    SlotRegistry(Board board) {
        this.board = board;
    }

    /** Returns the slot's place; makes it with an index of the table on the first call. Holds no lock while it asks for the index. */
    @SuppressWarnings("unchecked") // a place is kept under the name of its slot, and the slot's type is compared
    private <T> Place<T> place(Slot<T> slot, ToIntFunction<String> index) {
        Place<?> place = places.get(slot.name());
        if (place == null) {
            Place<T> made = new Place<>(slot, new SlotRoute<>(board, slot, index.applyAsInt(slot.name())));
            Place<?> other = places.putIfAbsent(slot.name(), made);
            place = other == null ? made : other;
        }
        Check.argument(place.slot.type() == slot.type(), "slot %s has interface %s, not %s; use another name", slot.name(),
                place.slot.type().getName(), slot.type().getName());
        return (Place<T>) place;
    }

    <T> SlotRoute<T> route(Slot<T> slot, ToIntFunction<String> index) {
        return place(slot, index).route;
    }

    <T> T proxy(Slot<T> slot, ToIntFunction<String> index) {
        Check.argument(provided.contains(slot.name()), "no provider was ever registered for slot %s; known: %s", slot.name(), provided);
        return place(slot, index).proxy();
    }

    /** Returns the interface of a slot that a consumer has asked for. */
    Optional<Class<?>> type(String slot) {
        return Optional.ofNullable(places.get(slot)).map(place -> place.slot.type());
    }

    void provided(String slot) {
        provided.add(slot);
    }

    /** Returns the names that have or had providers. */
    Set<String> provided() {
        return new TreeSet<>(provided);
    }
}
