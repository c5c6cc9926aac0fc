// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v0;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.Swappable;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.transport.whiteboard.ProtocolHandlers;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The JVM's own transport as a service: configuration and protocol handlers in, a {@link JvmNode} out. Immediate, because it accepts also while
 * nobody asks for it.
 */
@Component(service = Transport.class, immediate = true, configurationPid = JvmTransport.PID, property = {
        Transport.SLOT_PROPERTY, Swappable.PROVIDER + "=" + JvmNode.PROVIDER, Swappable.VERSION + "=0.1.0", Swappable.MODES + "=v0",
        Swappable.CAPABILITIES + "=inprocess"})
@Designate(ocd = JvmTransport.Config.class)
public final class JvmTransport extends JvmNode {
    static final String PID = "org.dwcp.transport.v0";
    private static final Logger LOG = LoggerFactory.getLogger(JvmTransport.class);

    @ObjectClassDefinition(name = "Transport v0", description = "Channels between nodes of one JVM.")
    @interface Config {
        @AttributeDefinition(description = "Rank among transports; written by the orchestrator.")
        int service_ranking() default 0;

        @AttributeDefinition(min = "1", max = "100000", description = "Most open channels, both ways.")
        int channels_max() default 1_000;
    }

    private final ProtocolHandlers handlers;

    /** Enters the JVM's exchange. */
    @Activate
    public JvmTransport(Config config, @Reference NodeIdentity identity, @Reference NodeClock clock) {
        this(config, identity, clock, new ProtocolHandlers());
    }

    private JvmTransport(Config config, NodeIdentity identity, NodeClock clock, ProtocolHandlers handlers) {
        super(limit(config), identity, clock, handlers::find);
        this.handlers = handlers;
    }

    private static int limit(Config config) {
        Check.argument(config.channels_max() >= 1 && config.channels_max() <= 100_000, "channels.max %d is not in 1..100000", config.channels_max());
        return config.channels_max();
    }

    @Modified
    void modified(Config config) {
        try {
            limit(limit(config));
        } catch (DwcpException e) {
            LOG.warn("configuration refused, the old one stays provider={} reason=\"{}\"", JvmNode.PROVIDER, e.getMessage());
        }
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC, updated = "bindHandler", unbind = "unbindHandler")
    void bindHandler(ServiceReference<ProtocolHandler> reference, ProtocolHandler handler) {
        handlers.put(reference, reference.getProperty(ProtocolHandler.PROTOCOL), handler);
    }

    void unbindHandler(ServiceReference<ProtocolHandler> reference) {
        handlers.remove(reference).ifPresent(this::dismiss);
    }

    @Deactivate
    void deactivate() {
        close();
    }
}
