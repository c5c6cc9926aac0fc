// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import java.util.Locale;

import org.dwcp.api.DwcpException;

/**
 * What kind of network a link, or the node as a whole, is on.
 * {@snippet :
 * NetworkMode mode = NetworkMode.parse("internet");
 * String name = mode.label(); // "internet"
 * }
 */
public enum NetworkMode {
    /** Latency under 10 ms and bandwidth over 1 Gbit/s: mapped to the v1 providers. */
    DATACENTER,
    /** Latency over 50 ms and bandwidth under 1 Gbit/s: mapped to the v3 providers. */
    INTERNET,
    /** Everything between: mapped to the v3 providers. */
    HYBRID;

    /**
     * Gives the stable name: {@code datacenter}, {@code internet} or {@code hybrid}.
     *
     * @return the name in lower case
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads a stable name; upper and lower case are alike.
     *
     * @param label the name
     * @return the mode
     * @throws DwcpException of kind REJECTED that lists the names
     */
    public static NetworkMode parse(String label) {
        for (NetworkMode mode : values()) {
            if (mode.label().equalsIgnoreCase(label)) {
                return mode;
            }
        }
        throw new DwcpException(DwcpException.Kind.REJECTED,
                "mode '" + label + "' is unknown; use datacenter, internet or hybrid");
    }
}
