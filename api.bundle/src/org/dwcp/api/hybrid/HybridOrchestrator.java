// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.util.List;
import java.util.function.Consumer;

import org.dwcp.api.Registration;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Decides which provider of each slot gets the next piece of work, and lets an operator overrule it. Every command takes effect when it
 * returns; none waits for a cooldown. Thread-safe; commands are carried out one after the other.
 *
 * <p>Precedence, first match wins: kill switch, pin, failed providers out (fallback v3, v1, v0), component flag, rollout share,
 * the mode's mapping, registered ranking.
 * {@snippet :
 * static List<SwapRecord> tryV3(HybridOrchestrator orchestrator) {
 *     orchestrator.promote("transport", "transport.v3", 10, "first tenth");
 *     return orchestrator.rollback("transport", "enough seen");
 * }
 * }
 */
@ProviderType
public interface HybridOrchestrator {
    /** Starts detection in the background; returns within 100 ms. */
    void start();

    /** Stops detection; the routing stays as it is. Stopping twice is fine. */
    void stop();

    /**
     * Tells whether detection runs.
     *
     * @return true between start and stop
     */
    boolean isRunning();

    /**
     * Gives the node's mode with its grounds.
     *
     * @return the report of the last decision
     */
    ModeReport mode();

    /**
     * Routes a share of a slot's keys to a provider: a rollout. Raising a share never moves a key back.
     *
     * @param slot     name of the slot
     * @param provider name of a provider, or its generation or version when that is unique in the slot ({@code v3}, {@code 3.0.0})
     * @param share    0 to 100 percent of the keys; 0 ends the rollout
     * @param reason   why, for the history
     * @return the swaps made; empty when nothing changed
     * @throws org.dwcp.api.DwcpException of kind REJECTED for an unknown slot or provider (lists the candidates) or a share out of range;
     *         UNAVAILABLE when the provider cannot take over, and then nothing has changed
     */
    List<SwapRecord> promote(String slot, String provider, int share, String reason);

    /**
     * Says what {@link #promote} would change, and changes nothing.
     *
     * @param slot     as there
     * @param provider as there
     * @param share    as there
     * @return the slot's status as it would be
     */
    SlotStatus preview(String slot, String provider, int share);

    /**
     * Begins a rollout that goes on by itself: its share is raised along the plan's steps, which the flags keep over restarts; a step under way then
     * begins anew. It goes back to 0 % by itself when the provider's breaker opens, when more than 1 % of its calls in a step fail, or when they take
     * more than twice the others' mean time. {@link #promote} with another share ends the plan, {@link #rollback} plan and rollout.
     *
     * @param slot     name of the slot
     * @param provider as in {@link #promote}
     * @param plan     its steps; a rollout of the same provider goes on from the share that it has, which is never lowered
     * @param reason   why, for the history
     * @return the swaps made by the first step
     * @throws org.dwcp.api.DwcpException as {@link #promote}; of kind REJECTED also when the rollout has a larger share than the last step
     */
    List<SwapRecord> rollout(String slot, String provider, RolloutPlan plan, String reason);

    /**
     * Keeps a planned rollout at its share until {@link #resumeRollout}. Its provider may still fail and then goes back to 0 %.
     *
     * @param slot   name of the slot
     * @param reason why, for the history
     * @throws org.dwcp.api.DwcpException of kind REJECTED when the slot has no planned rollout
     */
    void pauseRollout(String slot, String reason);

    /**
     * Lets a paused rollout go on; its step begins anew.
     *
     * @param slot   name of the slot
     * @param reason why, for the history
     * @throws org.dwcp.api.DwcpException of kind REJECTED when the slot has no planned rollout
     */
    void resumeRollout(String slot, String reason);

    /**
     * Ends the slot's rollout and takes a pin away: the mode's mapping applies again.
     *
     * @param slot   name of the slot
     * @param reason why, for the history
     * @return the swaps made; empty when there was nothing to roll back
     */
    List<SwapRecord> rollback(String slot, String reason);

    /**
     * Sends all work of a slot to one provider until {@link #unpin}, whatever mode, flags and rollout say. Only the kill switch is stronger.
     * A pinned provider that fails is still replaced by the fallback.
     *
     * @param slot     name of the slot
     * @param provider as in {@link #promote}
     * @param reason   why, for the history
     * @return the swaps made
     */
    List<SwapRecord> pin(String slot, String provider, String reason);

    /**
     * Takes the pin of a slot away.
     *
     * @param slot   name of the slot
     * @param reason why, for the history
     * @return the swaps made
     */
    List<SwapRecord> unpin(String slot, String reason);

    /**
     * Puts every slot on v1 at once ({@code ForceV1Mode}). Waits for nothing and nobody; the flag is kept over restarts.
     *
     * @param reason why, for the history
     * @return the swaps made
     */
    List<SwapRecord> killSwitch(String reason);

    /**
     * Takes the kill switch off.
     *
     * @param reason why, for the history
     * @return the swaps made
     */
    List<SwapRecord> releaseKillSwitch(String reason);

    /**
     * Shows one slot with the reasons of its routing.
     *
     * @param slot name of the slot
     * @return its status
     * @throws org.dwcp.api.DwcpException of kind REJECTED for an unknown slot; lists the known ones
     */
    SlotStatus show(String slot);

    /**
     * Lists the last swaps, newest last.
     *
     * @return at most 1,000 records
     */
    List<SwapRecord> history();

    /**
     * Lists the running work that swaps have moved and that has told of its progress ({@link Lease#progress}), newest last.
     *
     * @return at most 1,000; none when this orchestrator does not watch (default)
     */
    default List<FlowMove> flowMoves() {
        return List.of();
    }

    /**
     * Asks to be told after every change of the node's mode, when the components have been switched.
     *
     * @param listener called in order of registration, once a change; an exception is counted and stops nobody else
     * @return closes to stop
     */
    Registration onModeChange(Consumer<ModeChange> listener);

    /**
     * Asks to be told after every swap.
     *
     * @param listener called once a record, in order; an exception is counted and stops nobody else
     * @return closes to stop
     */
    Registration onSwap(Consumer<SwapRecord> listener);
}
