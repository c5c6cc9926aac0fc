// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api;

import java.util.Optional;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * What the orchestrator asks of every provider of every slot. Implemented by providers, called only by the orchestrator, from threads of its own,
 * one call of a swap at a time, with a deadline. A call that misses it is interrupted and counts as a failure. All methods have defaults: a provider without state needs none of them.
 *
 * <p>A provider is an OSGi service under its slot's interface with at least {@link #SLOT_NAME}, {@link #PROVIDER} and {@link #VERSION}.
 * It serves while it is registered; the orchestrator decides only who is asked next. Order of a swap: {@link #prepare} on the target,
 * {@link #exportState} on the source, {@link #adopt} on the target, commit, {@link #drain} on the source. A method that throws before the
 * commit leaves everything as it was.
 * {@snippet :
 * class Echo implements Swappable {
 *     @Override public Readiness readiness() {
 *         return Readiness.READY;
 *     }
 * }
 * }
 */
@ConsumerType
public interface Swappable {
    /** Service property, String: name of the slot, for example {@code transport}. Mandatory. */
    String SLOT_NAME = "dwcp.slot";
    /** Service property, String: name of the provider, unique in the node, for example {@code transport.v3}. Mandatory. */
    String PROVIDER = "dwcp.provider";
    /** Service property, String: version of the provider, for example {@code 3.0.0}. Mandatory. */
    String VERSION = "dwcp.version";
    /**
     * Service property, String[]: generation and modes it is made for: any of {@code v0 v1 v3 datacenter internet hybrid}. The mode's mapping
     * picks by these; a provider with none is used only by pin, rollout, fallback or ranking. Optional.
     */
    String MODES = "dwcp.modes";
    /** Service property, String[]: what it can do, each {@code name} or {@code name=value}; advertised to peers. Optional. */
    String CAPABILITIES = "dwcp.capabilities";
    /** Service property, Integer 0 to 100: share of the slot's keys it serves now. Written by the orchestrator beside {@code service.ranking}. */
    String SHARE = "dwcp.share";

    /** Whether a provider can take work. */
    enum Readiness {
        /** Takes work. */
        READY,
        /** Will be ready by itself: do not route to it yet. */
        STARTING,
        /** Cannot work here (no device, no native library): not a failure, not to be retried. */
        UNSUPPORTED
    }

    /**
     * Tells whether work can be routed here. Returns at once.
     *
     * @return the readiness; default READY
     */
    default Readiness readiness() {
        return Readiness.READY;
    }

    /**
     * Warms up as the target of a swap: opens what the first call would have to wait for. May block until the deadline of the context.
     *
     * @param swap the swap under way
     * @throws DwcpException when it cannot take over; the swap is given up and nothing has changed
     */
    default void prepare(SwapContext swap) {
    }

    /**
     * Gives the state that the target needs. The source goes on serving.
     *
     * @param swap the swap under way
     * @return the state, or empty when there is nothing to hand over (default)
     * @throws DwcpException when it cannot; the swap is given up and nothing has changed
     */
    default Optional<Handover> exportState(SwapContext swap) {
        return Optional.empty();
    }

    /**
     * Takes the source's state over.
     *
     * @param swap  the swap under way
     * @param state what the source exported
     * @throws DwcpException when it cannot read it; the swap is given up and nothing has changed
     */
    default void adopt(SwapContext swap, Handover state) {
    }

    /**
     * Tells the source, after the commit, that no new work will come to it for the moved keys. Returns when what it queued is out, or at the
     * deadline. Leases are counted by the orchestrator and need no care here.
     *
     * @param swap the swap under way
     */
    default void drain(SwapContext swap) {
    }

    /**
     * Proves that the provider works, with a small real operation. Called at the probe interval and more often after a failure. May block
     * for at most 5 s.
     *
     * @throws DwcpException when it does not work
     */
    default void probe() {
    }
}
