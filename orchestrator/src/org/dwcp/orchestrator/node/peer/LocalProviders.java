// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.Swappable;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.api.transport.Transport;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;
import org.osgi.util.tracker.ServiceTrackerCustomizer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node has installed, from the service registry. Keyed by reference and read anew each time: properties, and the port of a
 * provider that begins to listen late, are never older than the question. Only what may listen is held, transports and consensus; of others the properties are enough.
 */
final class LocalProviders implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalProviders.class);
    /** Stands for a service that is not held. */
    private static final Object NOT_HELD = new Object();
    private static final Set<String> LISTENING = Set.of(Transport.SLOT.name(), Consensus.SLOT.name());

    private final Map<ServiceReference<?>, Object> services = new ConcurrentHashMap<>();
    private final BundleContext context;
    private volatile Runnable changed = () -> { };
    private final ServiceTracker<Object, Object> tracker;

    /** Prepares; there are no providers before {@link #open}. */
    LocalProviders(BundleContext context) {
        this.context = context;
        try {
            this.tracker = new ServiceTracker<>(context, context.createFilter("(" + Swappable.SLOT_NAME + "=*)"), new Changes());
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e); // the filter is a constant
        }
    }

    /**
     * Begins to follow the registry.
     *
     * @param listener called after each change, from any thread; returns at once
     */
    void open(Runnable listener) {
        changed = listener;
        tracker.open();
    }

    List<ProviderAdvert> adverts() {
        var adverts = new ArrayList<ProviderAdvert>();
        services.forEach((reference, service) -> {
            var slot = text(reference, Swappable.SLOT_NAME);
            var name = text(reference, Swappable.PROVIDER);
            if (!slot.isEmpty() && !name.isEmpty()) {
                adverts.add(new ProviderAdvert(slot, name, text(reference, Swappable.VERSION), capabilities(reference), port(service)));
            }
        });
        return adverts;
    }

    private static int port(Object service) {
        try {
            return switch (service) {
                case Transport transport -> transport.port();
                case Consensus consensus -> consensus.port();
                default -> 0;
            };
        } catch (RuntimeException e) {
            LOG.debug("provider has no port service={}", service, e);
            return 0;
        }
    }

    private static String text(ServiceReference<?> reference, String key) {
        return reference.getProperty(key) instanceof String text ? text : "";
    }

    private static List<String> capabilities(ServiceReference<?> reference) {
        return switch (reference.getProperty(Swappable.CAPABILITIES)) {
            case String one -> List.of(one);
            case String[] many -> List.of(many);
            case Collection<?> many -> many.stream().map(String::valueOf).toList();
            case null, default -> List.of();
        };
    }

    @Override
    public void close() {
        tracker.close();
    }

    private final class Changes implements ServiceTrackerCustomizer<Object, Object> {
        @Override
        public Object addingService(ServiceReference<Object> reference) {
            var service = LISTENING.contains(text(reference, Swappable.SLOT_NAME)) ? context.getService(reference) : NOT_HELD;
            services.put(reference, service == null ? NOT_HELD : service);
            changed.run();
            return reference;
        }

        @Override
        public void modifiedService(ServiceReference<Object> reference, Object tracked) {
            changed.run();
        }

        @Override
        public void removedService(ServiceReference<Object> reference, Object tracked) {
            if (services.remove(reference) != NOT_HELD) {
                context.ungetService(reference);
            }
            changed.run();
        }
    }
}
