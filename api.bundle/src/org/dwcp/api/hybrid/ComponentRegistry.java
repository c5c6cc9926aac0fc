// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.util.List;
import java.util.Map;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The core components of a node under their documented names, over the same routing as everything else. Thread-safe.
 * {@snippet :
 * static NetworkMode mode(ComponentRegistry registry) {
 *     return registry.currentMode();
 * }
 * }
 */
@ProviderType
public interface ComponentRegistry {
    /**
     * Checks the configuration and that every enabled component of the installed slots is there.
     *
     * @throws org.dwcp.api.DwcpException with the reason when one is not; nothing runs then
     */
    void initialize();

    /** Starts every component; each reports STARTED. */
    void start();

    /** Stops in reverse order. */
    void stop();

    /**
     * Gives the active component of a slot.
     *
     * @param component name of the slot or of the part: AMST, HDE, PBA, ASS, ACP, ITP
     * @param type      the slot's interface
     * @param <T>       the slot's interface
     * @return a proxy that may be kept
     * @throws org.dwcp.api.DwcpException of kind REJECTED for an unknown name, UNAVAILABLE before {@link #initialize()} or when no provider is installed
     */
    <T> T component(String component, Class<T> type);

    /**
     * Lists the components.
     *
     * @return one entry a component in order of dependency
     */
    List<ComponentStatus> components();

    /**
     * Gives the node's mode, the orchestrator's own.
     *
     * @return the mode
     */
    NetworkMode currentMode();

    /**
     * Gives the figures of the manager and of every component in one call.
     *
     * @return {@code manager} and one entry a component
     */
    Map<String, Map<String, Object>> stats();

    /**
     * One core component.
     *
     * @param name    documented name: AMST, HDE, PBA, ASS, ACP, ITP
     * @param slot    name of its slot
     * @param state   STARTED, STOPPED or NOT_INSTALLED
     * @param version version of its primary provider, empty text when none
     * @param mode    the node's mode
     */
    record ComponentStatus(String name, String slot, State state, String version, NetworkMode mode) {
        /** How a component is. */
        public enum State {
            /** Serves. */
            STARTED,
            /** Installed and not started. */
            STOPPED,
            /** No provider is installed. */
            NOT_INSTALLED
        }
    }
}
