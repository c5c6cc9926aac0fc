// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.node;

import java.util.List;
import java.util.Objects;

/**
 * A provider as its node advertises it to peers. Immutable.
 * {@snippet :
 * ProviderAdvert advert = new ProviderAdvert("transport", "transport.v3", "3.0.0", java.util.List.of(), 40123);
 * boolean listens = advert.port() > 0;
 * }
 *
 * @param slot         name of the slot
 * @param name         name of the provider
 * @param version      its version
 * @param capabilities what it can do, each {@code name} or {@code name=value}
 * @param port         port it accepts on, 0 when it accepts nothing
 */
public record ProviderAdvert(String slot, String name, String version, List<String> capabilities, int port) {
    /** Copies the list. */
    public ProviderAdvert {
        Objects.requireNonNull(slot);
        Objects.requireNonNull(name);
        Objects.requireNonNull(version);
        capabilities = List.copyOf(capabilities);
    }
}
