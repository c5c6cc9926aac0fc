// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

import org.dwcp.api.Check;

/**
 * One installed provider as the routing sees it. Immutable snapshot.
 * {@snippet :
 * static boolean speaks(ProviderInfo info, String capability) {
 *     return info.capability(capability).isPresent();
 * }
 * }
 *
 * @param slot         name of the slot
 * @param name         name of the provider, unique in the node
 * @param version      its version
 * @param modes        generation and modes it is made for, see {@link org.dwcp.api.Swappable#MODES}
 * @param capabilities what it can do, each {@code name} or {@code name=value}
 * @param ranking      its {@code service.ranking} as registered by the bundle or written last
 * @param share        percentage of the slot's keys it serves, 0 to 100
 * @param state        how it stands
 * @param reason       why it stands so, in words
 * @param leases       pieces of work running on it now
 */
public record ProviderInfo(String slot, String name, String version, List<String> modes, List<String> capabilities, int ranking, int share,
        ProviderState state, String reason, long leases) {
    /** Copies the lists; refuses missing parts and a share outside 0 to 100. */
    public ProviderInfo {
        Objects.requireNonNull(slot);
        Objects.requireNonNull(name);
        Objects.requireNonNull(version);
        Objects.requireNonNull(state);
        Objects.requireNonNull(reason);
        modes = List.copyOf(modes);
        capabilities = List.copyOf(capabilities);
        Check.argument(share >= 0 && share <= 100, "share %d of %s is not in 0..100", share, name);
    }

    /**
     * Looks up a capability.
     *
     * @param key the capability's name
     * @return its value, empty text for one without a value, or empty when the provider does not have it
     */
    public Optional<String> capability(String key) {
        return capabilities.stream()
                .filter(c -> c.equals(key) || c.startsWith(key + "="))
                .map(c -> c.length() > key.length() ? c.substring(key.length() + 1) : "")
                .findFirst();
    }
}
