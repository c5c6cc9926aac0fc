// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.util.List;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The replicated groups of this node: what applications use. Never swapped, safe to hold by {@code @Reference}. Thread-safe.
 * {@snippet :
 * static Group open(ConsensusGroups groups, GroupSpec spec, StateMachine machine) {
 *     return groups.host(spec, machine);
 * }
 * }
 */
@ProviderType
public interface ConsensusGroups {
    /**
     * Gives this node as a member.
     *
     * @return name and public keys
     */
    Member self();

    /**
     * Asks a peer for its keys as a member, over the authenticated connection. Blocks.
     *
     * @param node the peer; the own name gives {@link #self}
     * @return name and public keys
     * @throws org.dwcp.api.DwcpException of kind UNAVAILABLE when it does not answer
     */
    Member member(NodeId node);

    /**
     * Hosts a group: makes it, or goes on with what is on disk.
     *
     * @param spec    the group; only its name counts when it is on disk already
     * @param machine empty state machine, used until the group is closed
     * @return the group, which may still be starting; close it
     * @throws ConsensusException for reason BUSY when it is hosted already, NOT_A_MEMBER when a new group's members do not hold this node, STORAGE
     */
    Group host(GroupSpec spec, StateMachine machine);

    /**
     * Looks up a hosted group.
     *
     * @param name its name
     * @return the group, or empty
     */
    Optional<Group> find(String name);

    /**
     * Lists the hosted groups.
     *
     * @return in order of name
     */
    List<GroupStatus> list();
}
