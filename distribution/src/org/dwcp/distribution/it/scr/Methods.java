// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it.scr;

import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Holds all services by methods, keyed by their references, and picks the best anew at every event: the way the orchestrator does it. */
@Component(service = Methods.class, immediate = true)
public final class Methods {
    private final Map<ServiceReference<Ranked>, Ranked> services = new ConcurrentHashMap<>();
    private final AtomicInteger updates = new AtomicInteger();
    private volatile String best = "";

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC, updated = "updatedRanked")
    void bindRanked(ServiceReference<Ranked> reference, Ranked service) {
        services.put(reference, service);
        pick();
    }

    void updatedRanked(ServiceReference<Ranked> reference, Ranked service) {
        updates.incrementAndGet();
        pick();
    }

    void unbindRanked(ServiceReference<Ranked> reference) {
        services.remove(reference);
        pick();
    }

    public String best() {
        return best;
    }

    public int size() {
        return services.size();
    }

    public int updates() {
        return updates.get();
    }

    private void pick() {
        best = services.isEmpty() ? "" : services.get(new TreeSet<>(services.keySet()).last()).name();
    }
}
