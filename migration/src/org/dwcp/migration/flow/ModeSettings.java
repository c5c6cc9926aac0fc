// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.flow;

import java.util.function.Consumer;

import org.dwcp.api.hybrid.NetworkMode;

/**
 * The flow settings of the mode in force: whichever of mode and configuration changes, what they give together is applied. Thread-safe.
 * Invariant: what was applied last is made of the last mode and the last configuration.
 */
public final class ModeSettings {
    private final Consumer<FlowSettings> flows;
    private FlowSettings base;
    private ModeWindows windows;
    private NetworkMode mode;

    /**
     * Applies nothing yet.
     *
     * @param flows   what the settings are for
     * @param base    settings whose window is replaced by the mode's
     * @param windows windows by mode
     * @param mode    the mode now
     */
    public ModeSettings(Consumer<FlowSettings> flows, FlowSettings base, ModeWindows windows, NetworkMode mode) {
        this.flows = flows;
        this.base = base;
        this.windows = windows;
        this.mode = mode;
    }

    /** The node's mode has changed. */
    public synchronized void follow(NetworkMode now) {
        mode = now;
        flows.accept(base.withWindow(windows.bytes(mode)));
    }

    /** The configuration has changed. */
    public synchronized void configure(FlowSettings changedBase, ModeWindows changedWindows) {
        base = changedBase;
        windows = changedWindows;
        flows.accept(base.withWindow(windows.bytes(mode)));
    }
}
