// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.List;

import org.dwcp.api.Registration;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The face for consumers as a service. */
@Component(service = ModeAwareAdapter.class)
public final class AdapterComponent implements ModeAwareAdapter {
    private final ModeAwareAdapter adapter;

    /** Called by Declarative Services. */
    @Activate
    public AdapterComponent(@Reference HybridRouting routing) {
        adapter = routing.adapter();
    }

    @Override
    public <T> Route<T> route(Slot<T> slot) {
        return adapter.route(slot);
    }

    @Override
    public <T> Registration register(Slot<T> slot, T v1, T v3) {
        return adapter.register(slot, v1, v3);
    }

    @Override
    public <T> T get(Slot<T> slot) {
        return adapter.get(slot);
    }

    @Override
    public List<SwapRecord> switchMode(NetworkMode mode, String reason) {
        return adapter.switchMode(mode, reason);
    }

    @Override
    public List<String> validate() {
        return adapter.validate();
    }

    @Override
    public List<SlotStatus> slots() {
        return adapter.slots();
    }
}
