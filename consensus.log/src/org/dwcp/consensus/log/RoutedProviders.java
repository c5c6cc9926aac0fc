// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.Optional;

import org.dwcp.api.DwcpException;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;

/** Providers by way of the route: leased by name while an epoch runs, asked by key for the next one. */
final class RoutedProviders implements Providers {
    private final Route<Consensus> route;

    RoutedProviders(ModeAwareAdapter adapter) {
        route = adapter.route(Consensus.SLOT);
    }

    @Override
    public Optional<Held> hold(String name) {
        try {
            Lease<Consensus> lease = route.leaseNamed(name);
            return Optional.of(new Held() {
                @Override
                public Consensus provider() {
                    return lease.provider();
                }

                @Override
                public boolean isThere() {
                    return lease.isCurrent();
                }

                @Override
                public void close() {
                    lease.close();
                }
            });
        } catch (DwcpException e) {
            return Optional.empty(); // not installed now; asked again with the next tick
        }
    }

    @Override
    public Optional<String> wanted(String group) {
        try (var lease = route.lease(RouteKey.of(group))) {
            return Optional.of(lease.providerName());
        } catch (DwcpException e) {
            return Optional.empty(); // nobody serves: stay
        }
    }
}
