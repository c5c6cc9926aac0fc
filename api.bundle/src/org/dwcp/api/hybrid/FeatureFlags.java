// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The node's feature flags: kept in {@code etc/flags.json}, reloaded within 2 s when the file changes. A file that cannot be read is refused
 * and the last good state stays. Thread-safe.
 * {@snippet :
 * static void tenPercent(FeatureFlags flags) {
 *     flags.enableAll(10);
 * }
 * }
 */
@ProviderType
public interface FeatureFlags {
    /**
     * Gives all flags.
     *
     * @return the state now
     */
    FlagState state();

    /**
     * Changes flags: applied to the routing and written to the file, in that order, before this returns.
     *
     * @param change pure function from the present to the wanted state; may be called more than once
     * @return the new state
     * @throws org.dwcp.api.DwcpException of kind UNAVAILABLE when the file cannot be written; the change is in force until restart
     */
    FlagState update(UnaryOperator<FlagState> change);

    /**
     * Tells whether a node is among those on v3. Depends on id, salt and percentage only.
     *
     * @param node the node
     * @return false for everybody at 0 % or with the kill switch on, true for everybody at 100 %
     */
    boolean shouldUseV3(NodeId node);

    /**
     * Tells whether v3 of a component is enabled.
     *
     * @param component name of the slot; {@code compression}, {@code state-sync} and the parts' names AMST, HDE, PBA, ASS, ACP, ITP are understood
     * @return false when its flag or the kill switch says so
     * @throws org.dwcp.api.DwcpException of kind REJECTED for an unknown name; lists the known ones
     */
    boolean isComponentEnabled(String component);

    /**
     * Sets the six component flags and the percentage in one step, and takes the kill switch off.
     *
     * @param rolloutPercentage 0 to 100
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a percentage out of range; nothing changes
     */
    void enableAll(int rolloutPercentage);

    /** Puts everything on v1: all component flags off, 0 %, kill switch on. */
    void disableAll();

    /**
     * Asks to be told after every change, whatever made it.
     *
     * @param listener called with the new state, in order; an exception is logged and stops nobody else
     * @return closes to stop
     */
    Registration onChange(Consumer<FlagState> listener);

    /**
     * Tells what is wrong with where the flags are kept: a file that was refused, a variable that cannot be read.
     *
     * @return one sentence each; empty when all is well (default)
     */
    default java.util.List<String> problems() {
        return java.util.List.of();
    }
}
