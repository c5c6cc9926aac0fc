// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.encoding;

import java.util.Map;
import java.util.Objects;

/**
 * What an encoding provider has encoded since it started and how it chose. Immutable snapshot.
 * {@snippet :
 * static double saved(EncodingStats stats) {
 *     return stats.rawBytes() == 0 ? 0 : 1 - (double) stats.payloadBytes() / stats.rawBytes();
 * }
 * }
 *
 * @param provider     name of the provider
 * @param blocks       blocks encoded
 * @param rawBytes     their bytes
 * @param payloadBytes bytes of their payloads, without headers
 * @param choices      blocks by what was chosen for them, for example {@code zstd 3} or {@code stored}
 * @param reason       why the last block was encoded as it was, in words; empty before the first
 */
public record EncodingStats(String provider, long blocks, long rawBytes, long payloadBytes, Map<String, Long> choices, String reason) {
    /** Copies the map. */
    public EncodingStats {
        Objects.requireNonNull(provider);
        Objects.requireNonNull(reason);
        choices = Map.copyOf(choices);
    }
}
