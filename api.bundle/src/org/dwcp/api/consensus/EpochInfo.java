// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.consensus;

import java.util.List;
import java.util.Objects;

/**
 * One link of a group's chain of epochs. Immutable.
 * {@snippet :
 * static String line(EpochInfo epoch) {
 *     return "epoch " + epoch.epoch() + " by " + epoch.provider() + (epoch.sealedAt() == 0 ? "" : " sealed at " + epoch.sealedAt());
 * }
 * }
 *
 * @param epoch     1 or more
 * @param provider  name of the provider that orders it
 * @param tolerance what it survives
 * @param members   members that it began with
 * @param genesis   digest of what its genesis certificate states
 * @param signers   members whose signatures stand under that certificate; empty for the first epoch
 * @param sealedAt  index of the seal, 0 while it runs
 */
public record EpochInfo(long epoch, String provider, Tolerance tolerance, List<Member> members, Digest genesis, List<String> signers, long sealedAt) {
    /** Copies the lists. */
    public EpochInfo {
        Objects.requireNonNull(provider);
        Objects.requireNonNull(tolerance);
        members = List.copyOf(members);
        Objects.requireNonNull(genesis);
        signers = List.copyOf(signers);
    }
}
