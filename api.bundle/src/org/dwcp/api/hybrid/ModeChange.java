// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.time.Instant;

/**
 * One change of the node's mode. Immutable.
 * {@snippet :
 * ModeChange change = new ModeChange(NetworkMode.HYBRID, NetworkMode.INTERNET, "rtt 80 ms > 55 ms", java.time.Instant.EPOCH);
 * NetworkMode now = change.newMode();
 * }
 *
 * @param oldMode mode before
 * @param newMode mode after
 * @param reason  the rule that fired with its inputs, in words
 * @param at      when
 */
public record ModeChange(NetworkMode oldMode, NetworkMode newMode, String reason, Instant at) {
}
