// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.FlagState;

/** Flags in memory, with a disk that can be full. */
final class TestFlags implements FeatureFlags {
    private final List<Consumer<FlagState>> listeners = new CopyOnWriteArrayList<>();
    private volatile FlagState state = FlagState.DEFAULT;
    volatile boolean diskFull;

    @Override
    public FlagState state() {
        return state;
    }

    @Override
    public FlagState update(UnaryOperator<FlagState> change) {
        FlagState next;
        synchronized (this) {
            next = change.apply(state);
            state = next;
        }
        listeners.forEach(listener -> listener.accept(next));
        if (diskFull) {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "etc/flags.json cannot be written: disk full");
        }
        return next;
    }

    /** The file changes; the reload tells only later, on another occasion, as a lost watch event would. */
    void changeQuietly(UnaryOperator<FlagState> change) {
        state = change.apply(state);
    }

    @Override
    public boolean shouldUseV3(NodeId node) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isComponentEnabled(String component) {
        return state.enabled(component);
    }

    @Override
    public void enableAll(int rolloutPercentage) {
        update(flags -> flags.withRolloutPercentage(rolloutPercentage).withForceV1(false));
    }

    @Override
    public void disableAll() {
        update(flags -> flags.withRolloutPercentage(0).withForceV1(true));
    }

    @Override
    public Registration onChange(Consumer<FlagState> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }
}
