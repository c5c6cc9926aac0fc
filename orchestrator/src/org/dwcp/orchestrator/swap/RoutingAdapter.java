// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

import org.dwcp.api.Check;
import org.dwcp.api.Registration;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.orchestrator.decide.Decision;
import org.dwcp.orchestrator.decide.Generation;
import org.dwcp.orchestrator.route.ProviderHandle;

/** The routing's face for consumers. Thread-safe. */
final class RoutingAdapter implements ModeAwareAdapter {
    private final RoutingCore core;

    RoutingAdapter(RoutingCore core) {
        this.core = core;
    }

    @Override
    public <T> Route<T> route(Slot<T> slot) {
        Route<T> route = core.slots.route(slot, core::index);
        refuseOthers(slot);
        return route;
    }

    /** Providers may have come before the slot's interface was known; those of another interface or class space go out again. */
    private void refuseOthers(Slot<?> slot) {
        for (State.Member member : core.switchboard.settledState().of(slot.name())) {
            if (!slot.type().isInstance(member.handle().service())) {
                String why = "provider " + member.handle() + " of slot " + slot + " is no " + slot.type().getName()
                        + " of this class space; build it against the API that is installed";
                core.remove(List.of(member.handle()), why);
                core.refused(member.handle().name(), why);
            }
        }
    }

    @Override
    public <T> Registration register(Slot<T> slot, T v1, T v3) {
        Check.argument(slot != null, "the slot is missing; give name and interface");
        Check.argument(v1 != null, "v1 of slot %s is missing; give both implementations", slot);
        Check.argument(v3 != null, "v3 of slot %s is missing; give both implementations", slot);
        Check.argument(slot.type().isInstance(v1) && slot.type().isInstance(v3), "v1 or v3 of slot %s is no %s", slot, slot.type().getName());
        core.slots.route(slot, core::index); // fixes the interface, or refuses another one
        List<ProviderHandle> handles = core.addTogether(List.of(identity(slot, "v1", "1.0.0"), identity(slot, "v3", "3.0.0")), List.of(v1, v3));
        AtomicBoolean closed = new AtomicBoolean();
        return () -> {
            if (closed.compareAndSet(false, true)) {
                core.remove(handles, "registration of " + slot + " was closed");
            }
        };
    }

    private static ProviderHandle.Identity identity(Slot<?> slot, String generation, String version) {
        return new ProviderHandle.Identity(slot.name(), slot.name() + "." + generation, version, List.of(generation), List.of());
    }

    @Override
    public <T> T get(Slot<T> slot) {
        return core.slots.proxy(slot, core::index);
    }

    @Override
    public List<SwapRecord> switchMode(NetworkMode mode, String reason) {
        Check.argument(mode != null, "the mode is missing; give datacenter, internet or hybrid");
        return core.mode.force(mode, reason);
    }

    @Override
    public List<String> validate() {
        List<String> faults = new ArrayList<>();
        Decision decision = core.board.table().decision();
        for (String slot : core.slots.provided()) {
            Optional<Decision.OfSlot> of = Optional.ofNullable(decision.slots().get(slot));
            for (Generation generation : List.of(Generation.V1, Generation.V3)) {
                List<Decision.Entry> entries = of.stream().flatMap(s -> s.entries().stream())
                        .filter(e -> e.provider().generation() == generation).toList();
                if (entries.isEmpty()) {
                    faults.add("slot " + slot + " has no " + generation.label() + " provider; install or start " + slot + "." + generation.label());
                } else if (entries.stream().noneMatch(e -> e.state().mayServe())) {
                    Decision.Entry entry = entries.getFirst();
                    faults.add("provider " + entry.provider().name() + " of slot " + slot + " may not serve: " + entry.state() + ", "
                            + entry.reason());
                }
            }
        }
        faults.addAll(core.refusals());
        return faults;
    }

    @Override
    public List<SlotStatus> slots() {
        Decision decision = core.board.table().decision();
        return core.slots.provided().stream().flatMap(slot -> Optional.ofNullable(decision.slots().get(slot)).map(core::status).stream()).toList();
    }
}
