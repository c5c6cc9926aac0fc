// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.util.List;
import java.util.concurrent.CompletionStage;

import org.dwcp.api.NodeId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A group that this node hosts. Thread-safe; nothing but {@link #close} blocks.
 * {@snippet :
 * static java.util.concurrent.CompletionStage<EpochInfo> toInternet(Group group) {
 *     return group.switchTo(new SwitchRequest("consensus.v3", java.util.List.of(), SwitchRequest.Trigger.OPERATOR, "moving out"));
 * }
 * }
 */
@ProviderType
public interface Group extends AutoCloseable {
    /**
     * Tells how the group is.
     *
     * @return a snapshot
     */
    GroupStatus status();

    /**
     * Lists the epochs.
     *
     * @return oldest first, as far as this node's chain goes
     */
    List<EpochInfo> epochs();

    /**
     * Lists the last entries that were applied here.
     *
     * @param count at most so many
     * @return one line each, oldest first
     */
    List<String> tail(int count);

    /**
     * Opens a session.
     *
     * @param name what the session's name begins with, 1 to 32 characters of {@code a-z 0-9 -}
     * @return a client; close it
     */
    GroupClient client(String name);

    /**
     * Goes on with another provider or other members. While the next epoch is prepared commands go on; between seal and next epoch they wait. If the old
     * epoch has no quorum the switch waits for it, and {@link GroupStatus#note} says so.
     *
     * @param request what is wanted
     * @return the next epoch, when this node is in it. Fails and leaves everything as it was with reason UNSUPPORTED (provider not installed), TOO_FEW_MEMBERS,
     *         TRUST_DOWNGRADE, BUSY (another switch), TIMEOUT (a member could not prepare)
     */
    CompletionStage<EpochInfo> switchTo(SwitchRequest request);

    /**
     * Signs, with this member's key, that the group may go from the current epoch to a provider that tolerates less. Enough members must do so before
     * {@link #switchTo} there; it collects what they signed.
     *
     * @param provider name of the provider of the next epoch
     */
    void approveDowngrade(String provider);

    /**
     * Changes the members by an ordered command: inside the epoch where the provider can, else by a new epoch of the same provider.
     *
     * @param members the members wanted
     * @return the members in force
     */
    CompletionStage<List<Member>> changeMembers(List<Member> members);

    /**
     * Asks the leader to give way.
     *
     * @param target who leads next
     * @return completes when it leads
     */
    CompletionStage<NodeId> transferLeader(NodeId target);

    /**
     * Writes a snapshot and drops the log before it.
     *
     * @return the index that the snapshot holds
     */
    CompletionStage<Long> compact();

    /** Stops hosting within 2 s; what is durable stays. */
    @Override
    void close();
}
