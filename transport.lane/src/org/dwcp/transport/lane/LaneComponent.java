// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.List;

import org.dwcp.api.DwcpException;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.transport.whiteboard.ProtocolHandlers;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the providers' components have in common: protocol handlers come from the service registry, a bad configuration keeps the old one.
 * A provider's component extends this; its bundle is built with {@code -dsannotations-options: inherit}.
 */
public abstract class LaneComponent extends LaneTransport {
    private static final Logger LOG = LoggerFactory.getLogger(LaneComponent.class);

    private final ProtocolHandlers handlers;

    /**
     * Starts listening.
     *
     * @param settings what it is built from
     * @param identity this node's key and certificates
     * @param peers    where peers are
     * @param clock    time
     */
    protected LaneComponent(LaneSettings settings, NodeIdentity identity, Peers peers, NodeClock clock) {
        this(settings, identity, peers, clock, List.of());
    }

    /**
     * Starts listening.
     *
     * @param settings what it is built from
     * @param identity this node's key and certificates
     * @param peers    where peers are
     * @param clock    time
     * @param fabrics  ways without TLS, the best first
     */
    protected LaneComponent(LaneSettings settings, NodeIdentity identity, Peers peers, NodeClock clock, List<Fabric> fabrics) {
        this(settings, identity, peers, clock, fabrics, new ProtocolHandlers());
    }

    private LaneComponent(LaneSettings settings, NodeIdentity identity, Peers peers, NodeClock clock, List<Fabric> fabrics,
            ProtocolHandlers handlers) {
        super(settings, identity, peers, clock, handlers::find, fabrics);
        this.handlers = handlers;
    }

    /**
     * Takes a changed configuration, or logs why not.
     *
     * @param changed reads it; fails when a bound is broken
     */
    protected final void reconfigure(java.util.function.Supplier<LaneSettings> changed) {
        try {
            apply(changed.get());
        } catch (DwcpException e) {
            LOG.warn("configuration refused, the old one stays provider={} reason=\"{}\"", name(), e.getMessage());
        }
    }

    /**
     * A handler has come or its properties have changed.
     *
     * @param reference its registration
     * @param handler   the handler
     */
    @Reference(name = "handler", cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC, updated = "bindHandler",
            unbind = "unbindHandler")
    protected void bindHandler(ServiceReference<ProtocolHandler> reference, ProtocolHandler handler) {
        handlers.put(reference, reference.getProperty(ProtocolHandler.PROTOCOL), handler);
    }

    /**
     * A handler leaves.
     *
     * @param reference its registration
     */
    protected void unbindHandler(ServiceReference<ProtocolHandler> reference) {
        handlers.remove(reference).ifPresent(this::dismiss);
    }

    /** Stops. */
    @Deactivate
    protected void deactivate() {
        close();
    }
}
