// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.util.List;

import org.dwcp.api.Registration;
import org.dwcp.api.Slot;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The one facade over orchestrator, adapter, flags and health. On a node it is an OSGi service that runs already; a
 * {@link HybridManagerFactory} makes further ones. Thread-safe.
 *
 * <p>Lifecycle: {@code initialize}, {@code start}, {@code stop}, and {@code start} again. A call out of order is refused with kind REJECTED;
 * stopping twice is fine.
 * {@snippet :
 * static <T> T current(HybridManager manager, Slot<T> slot) {
 *     return manager.get(slot);
 * }
 * }
 */
@ProviderType
public interface HybridManager extends AutoCloseable {
    /**
     * Prepares everything.
     *
     * @throws org.dwcp.api.DwcpException with the cause when it cannot; start is refused then
     */
    void initialize();

    /** Starts automatic switching in the background; returns within 100 ms. */
    void start();

    /** Stops automatic switching. */
    void stop();

    /** Stops and releases everything; the manager cannot be used again. */
    @Override
    void close();

    /**
     * Registers a component's two versions, see {@link ModeAwareAdapter#register}.
     *
     * @param slot name and interface
     * @param v1   serves in DATACENTER mode
     * @param v3   serves in INTERNET and HYBRID mode
     * @param <T>  the interface
     * @return closes to take both out again
     */
    <T> Registration register(Slot<T> slot, T v1, T v3);

    /**
     * Gives a component that is always the active one, see {@link ModeAwareAdapter#get}.
     *
     * @param slot name and interface
     * @param <T>  the interface
     * @return a proxy that may be kept
     */
    <T> T get(Slot<T> slot);

    /**
     * Gives the route of a slot, see {@link ModeAwareAdapter#route}.
     *
     * @param slot name and interface
     * @param <T>  the interface
     * @return the route
     */
    <T> Route<T> route(Slot<T> slot);

    /**
     * Gives the node's mode.
     *
     * @return the mode
     */
    NetworkMode mode();

    /**
     * Switches the mode by hand and keeps it until {@link ModeDetector#release()}.
     *
     * @param mode   the mode
     * @param reason why
     */
    void switchMode(NetworkMode mode, String reason);

    /**
     * Gives the figures.
     *
     * @return a snapshot
     */
    HybridStats stats();

    /**
     * Lists the slots with their providers.
     *
     * @return in order of name
     */
    List<SlotStatus> list();

    /**
     * Lists the health of every provider.
     *
     * @return in order of slot and name
     */
    List<HealthStatus> health();

    /**
     * Lists the calls by kind of provider.
     *
     * @return one entry a slot, in order of name
     */
    List<HybridMetrics> metrics();

    /**
     * Gives the orchestrator behind the facade, for commands and callbacks.
     *
     * @return the orchestrator
     */
    HybridOrchestrator orchestrator();
}
