// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.Optional;

import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.ProviderState;
import org.dwcp.api.hybrid.SlotStatus;

/** What a kill switch would do, for {@code --dry-run}: all of a slot on its v1, or on v0 when v1 cannot serve. */
final class Expected {
    private Expected() {
    }

    static SlotStatus forcedToV1(SlotStatus slot) {
        var target = able(slot, "v1").or(() -> able(slot, "v0"));
        return target.map(provider -> allOn(slot, provider)).orElse(slot);
    }

    private static Optional<ProviderInfo> able(SlotStatus slot, String generation) {
        return slot.providers().stream()
                .filter(p -> p.modes().contains(generation) && p.state() != ProviderState.FAILED && p.state() != ProviderState.NOT_READY)
                .findFirst();
    }

    private static SlotStatus allOn(SlotStatus slot, ProviderInfo target) {
        return new SlotStatus(slot.slot(), slot.providers().stream()
                .map(p -> new ProviderInfo(p.slot(), p.name(), p.version(), p.modes(), p.capabilities(), p.ranking(), p.equals(target) ? 100 : 0,
                        p.equals(target) ? ProviderState.ACTIVE : ProviderState.STANDBY, p.reason(), p.leases()))
                .toList(), slot.reasons(), slot.generation());
    }
}
