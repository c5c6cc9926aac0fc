// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.util.List;
import java.util.Objects;

/**
 * Asks a group to go on with another provider, other members, or both: a new epoch. Immutable.
 * {@snippet :
 * SwitchRequest request = new SwitchRequest("consensus.v3", java.util.List.of(), SwitchRequest.Trigger.OPERATOR, "we leave the datacenter");
 * }
 *
 * @param provider name of the provider of the next epoch
 * @param members  members of the next epoch; empty for those of now. New ones are brought into the running epoch first
 * @param trigger  who asks
 * @param reason   why, for people
 */
public record SwitchRequest(String provider, List<Member> members, Trigger trigger, String reason) {
    /** Who asks for a switch. */
    public enum Trigger {
        /** The routing has changed its mind: mode, flag, failure. May raise tolerance, never lower it. */
        AUTOMATIC,
        /** A person. */
        OPERATOR
    }

    /** Copies the list. */
    public SwitchRequest {
        Objects.requireNonNull(provider);
        members = members.isEmpty() ? List.of() : ReplicaSpec.checkMembers(members);
        Objects.requireNonNull(trigger);
        Objects.requireNonNull(reason);
    }
}
