// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.util.List;

import org.dwcp.api.Registration;
import org.dwcp.api.Slot;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Hands out routes: the one way to a slot for every consumer. Implemented by the orchestrator, never swapped, safe to hold by
 * {@code @Reference}. Thread-safe.
 * {@snippet :
 * static Route<org.dwcp.api.transport.Transport> transports(ModeAwareAdapter adapter) {
 *     return adapter.route(org.dwcp.api.transport.Transport.SLOT);
 * }
 * }
 */
@ProviderType
public interface ModeAwareAdapter {
    /**
     * Gives the route of a slot. It may be asked before any provider is installed.
     *
     * @param slot the slot
     * @param <T>  the slot's interface
     * @return always the same route for the same slot
     * @throws org.dwcp.api.DwcpException of kind REJECTED when the name is in use with another interface
     */
    <T> Route<T> route(Slot<T> slot);

    /**
     * Registers two objects as the v1 and v3 providers of a name, beside those that come as OSGi services. The first interface given is the slot's.
     *
     * @param slot name and interface
     * @param v1   serves in DATACENTER mode
     * @param v3   serves in INTERNET and HYBRID mode
     * @param <T>  the interface
     * @return closes to take both out again
     * @throws org.dwcp.api.DwcpException of kind REJECTED when one is missing or the name is taken by another registration
     */
    <T> Registration register(Slot<T> slot, T v1, T v3);

    /**
     * Gives an object that sends each of its calls over the route of the slot: for code that knows nothing of leases. Every call is keyed
     * {@link RouteKey#NODE}.
     *
     * @param slot name and interface; the interface must be a Java interface
     * @param <T>  the interface
     * @return always the same proxy for the same slot
     * @throws org.dwcp.api.DwcpException of kind REJECTED for a name that no provider was ever registered for; lists the known names
     */
    <T> T get(Slot<T> slot);

    /**
     * Puts every slot on the providers of a mode, in one commit. What a pin, a flag, the kill switch or a failure decides stays as it is.
     *
     * @param mode   the mode
     * @param reason why, for the history
     * @return one record a slot that changed
     */
    List<SwapRecord> switchMode(NetworkMode mode, String reason);

    /**
     * Checks that every registered name has a v1 and a v3 provider that may serve.
     *
     * @return one sentence for each that has not, naming slot and provider; empty when all is well
     */
    List<String> validate();

    /**
     * Lists the slots that have or had providers.
     *
     * @return in order of name
     */
    List<SlotStatus> slots();
}
