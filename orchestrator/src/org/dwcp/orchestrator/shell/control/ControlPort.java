// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Hashtable;
import java.util.Map;

import org.apache.felix.service.command.CommandProcessor;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the control port while the node runs. It registers itself by hand, because the port that is found free stands in the service's properties: the
 * launcher waits for it.
 */
@Component(service = {}, immediate = true, configurationPid = ControlPort.PID) // Clients come from outside the framework.
@Designate(ocd = ControlPort.Config.class)
public final class ControlPort {
    /** Service property, Integer: port on the loopback address. */
    public static final String PORT = "dwcp.control.port";
    static final String PID = "org.dwcp.orchestrator.control";
    private static final Logger LOG = LoggerFactory.getLogger(ControlPort.class);

    @ObjectClassDefinition(name = "Control port", description = "Where ./dwcp COMMAND reaches this node. Loopback only.")
    @interface Config {
        @AttributeDefinition(min = "0", max = "65535", description = "Port on 127.0.0.1; 0 takes any free one.")
        int port() default 0;

        @AttributeDefinition(min = "1", max = "256", description = "Most commands at a time.")
        int sessions_max() default 32;

        @AttributeDefinition(min = "100", max = "60000", description = "Longest wait for a client's request, in milliseconds.")
        long handshake_timeout_ms() default 5_000;

        @AttributeDefinition(min = "100", max = "600000", description = "Longest run of a command that does not stream, in milliseconds.")
        long command_timeout_ms() default 5_000;

        @AttributeDefinition(min = "100", max = "600000", description = "Longest wait for a client that does not read, in milliseconds.")
        long stall_timeout_ms() default 30_000;
    }

    private final ControlServer server;
    private final ServiceRegistration<ControlPort> registration;

    /**
     * Opens the port.
     *
     * @param config    limits
     * @param context   registers the port
     * @param processor runs commands
     * @param folders   where token and port are written
     * @param clock     time
     */
    @Activate
    public ControlPort(Config config, BundleContext context, @Reference CommandProcessor processor, @Reference NodeFolders folders,
            @Reference NodeClock clock) {
        var settings = new ControlSettings(config.port(), config.sessions_max(), Duration.ofMillis(config.handshake_timeout_ms()),
                Duration.ofMillis(config.command_timeout_ms()), Duration.ofMillis(config.stall_timeout_ms()));
        try {
            server = new ControlServer(new ControlFiles(folders.data("control")), processor, clock, settings);
        } catch (IOException e) {
            throw new UncheckedIOException("control port " + settings.port() + " cannot be opened: " + e.getMessage(), e);
        }
        LOG.info("control port open address=127.0.0.1 port={}", server.port());
        registration = context.registerService(ControlPort.class, this, new Hashtable<>(Map.of(PORT, server.port())));
    }

    @Deactivate
    void deactivate() {
        registration.unregister();
        server.close();
    }
}
