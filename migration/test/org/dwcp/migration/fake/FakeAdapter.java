// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.fake;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.Registration;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;

/** Hands out fake routes. */
public final class FakeAdapter implements ModeAwareAdapter {
    private final Map<String, FakeRoute<?>> routes = new ConcurrentHashMap<>();

    @Override
    @SuppressWarnings("unchecked")
    public <T> FakeRoute<T> route(Slot<T> slot) {
        return (FakeRoute<T>) routes.computeIfAbsent(slot.name(), FakeRoute::new);
    }

    @Override
    public <T> Registration register(Slot<T> slot, T v1, T v3) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> T get(Slot<T> slot) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<SwapRecord> switchMode(NetworkMode mode, String reason) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<String> validate() {
        return List.of();
    }

    @Override
    public List<SlotStatus> slots() {
        return routes.entrySet().stream().map(entry -> new SlotStatus(entry.getKey(), entry.getValue().infos(), List.of(), 0)).toList();
    }
}
