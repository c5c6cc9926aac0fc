// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.dwcp.api.Check;
import org.dwcp.api.node.ProviderAdvert;

/**
 * Ports that peers are told instead of those the providers listen on: for a node behind address translation or a forwarder. Immutable.
 *
 * @param ports port by provider name
 */
record AdvertisedPorts(Map<String, Integer> ports) {
    /** Framework property: {@code NAME=PORT} with commas between, for example {@code transport.v1=40001,transport.v3=40003}. */
    static final String PROPERTY = "dwcp.advertise";

    AdvertisedPorts {
        ports = Map.copyOf(ports);
    }

    static AdvertisedPorts parse(String text) {
        var ports = new TreeMap<String, Integer>();
        for (var entry : text.isBlank() ? new String[0] : text.split(",")) {
            var parts = entry.strip().split("=", -1);
            Check.argument(parts.length == 2 && !parts[0].isBlank() && parts[1].matches("[0-9]{1,5}") && port(parts[1]) >= 1 && port(parts[1]) <= 65_535,
                    "%s has '%s', which is not PROVIDER=PORT with a port of 1 to 65535", PROPERTY, entry);
            ports.put(parts[0].strip(), port(parts[1]));
        }
        return new AdvertisedPorts(ports);
    }

    private static int port(String digits) {
        return Integer.parseInt(digits);
    }

    /** Only what listens is given another port: a provider without one stays without. */
    List<ProviderAdvert> applyTo(List<ProviderAdvert> adverts) {
        return adverts.stream().map(advert -> advert.port() == 0 ? advert : new ProviderAdvert(advert.slot(), advert.name(), advert.version(),
                advert.capabilities(), ports.getOrDefault(advert.name(), advert.port()))).toList();
    }
}
