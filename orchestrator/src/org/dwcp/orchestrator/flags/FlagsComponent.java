// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The node's flags as a service: {@code etc/flags.json}, watched. */
@Component(service = {FeatureFlags.class, FlagsComponent.class})
public final class FlagsComponent implements FeatureFlags {
    private final StoredFlags flags;
    private final FlagWatch watch;

    /** Called by Declarative Services. */
    @Activate
    public FlagsComponent(@Reference NodeFolders folders, @Reference NodeClock clock) {
        flags = StoredFlags.in(new FlagFile(folders.etc().resolve("flags.json"), folders.data("orchestrator").resolve("flags.good.json")),
                System::getenv);
        watch = new FlagWatch(flags, clock);
    }

    @Deactivate
    void deactivate() {
        watch.close();
    }

    /** Lists overrides that hold and what is wrong with the file; for the manager's figures. */
    public java.util.List<String> notes() {
        return flags.notes();
    }

    @Override
    public java.util.List<String> problems() {
        return flags.problems();
    }

    @Override
    public FlagState state() {
        return flags.state();
    }

    @Override
    public FlagState update(UnaryOperator<FlagState> change) {
        return flags.update(change);
    }

    @Override
    public boolean shouldUseV3(NodeId node) {
        return flags.shouldUseV3(node);
    }

    @Override
    public boolean isComponentEnabled(String component) {
        return flags.isComponentEnabled(component);
    }

    @Override
    public void enableAll(int rolloutPercentage) {
        flags.enableAll(rolloutPercentage);
    }

    @Override
    public void disableAll() {
        flags.disableAll();
    }

    @Override
    public Registration onChange(Consumer<FlagState> listener) {
        return flags.onChange(listener);
    }
}
