// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.call;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeRandom;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transfer.CallHandler;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.migration.flow.FlowSettings;
import org.dwcp.migration.flow.Threads;
import org.dwcp.migration.flow.Ticker;
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

/** Small calls as a service, and their protocol. */
@Component(service = {Calls.class, ProtocolHandler.class}, configurationPid = CallsComponent.PID,
        property = ProtocolHandler.PROTOCOL + "=" + CallClient.PROTOCOL)
@Designate(ocd = CallsComponent.Config.class)
public final class CallsComponent implements Calls, ProtocolHandler {
    static final String PID = "org.dwcp.migration.call";

    /** Configuration. */
    @ObjectClassDefinition(name = "Calls", description = "Small requests between nodes.")
    @interface Config {
        /** Most calls at once. */
        @AttributeDefinition(min = "1", max = "10000", description = "Most calls of peers that are answered at once.")
        int calls_max() default 256;
    }

    private final Threads threads = new Threads();
    private final CallClient client;
    private final CallServer server;
    private final Map<String, CallHandler> handlers = new ConcurrentHashMap<>();

    /** Starts. */
    @Activate
    public CallsComponent(Config config, @Reference NodeClock clock, @Reference NodeRandom random, @Reference Peers peers,
            @Reference ModeAwareAdapter adapter) {
        int most = checked(config);
        client = new CallClient(clock, random, peers, adapter.route(Transport.SLOT), threads);
        server = new CallServer(threads, method -> Optional.ofNullable(handlers.get(method)), most);
        new Ticker(clock, threads).add(client);
    }

    private static int checked(Config config) {
        FlowSettings.within("calls.max", config.calls_max(), 1, 10_000);
        return config.calls_max();
    }

    @Modified
    void modified(Config config) {
        server.apply(checked(config));
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindHandler(CallHandler handler, Map<String, Object> properties) {
        if (properties.get(CallHandler.METHOD) instanceof String method) {
            handlers.put(method, callable(handler, properties));
        }
    }

    private static CallHandler callable(CallHandler handler, Map<String, Object> properties) {
        return Boolean.TRUE.equals(properties.get(CallHandler.DIRECT)) ? new CallServer.Direct(handler) : handler;
    }

    void unbindHandler(CallHandler handler, Map<String, Object> properties) {
        if (properties.get(CallHandler.METHOD) instanceof String method) {
            handlers.remove(method, callable(handler, properties));
        }
    }

    @Deactivate
    void deactivate() {
        client.close();
        threads.stop(Duration.ofMillis(1_500));
    }

    @Override
    public byte[] call(NodeId peer, String method, byte[] body, Duration timeout) {
        return client.call(peer, method, body, timeout);
    }

    @Override
    public CompletableFuture<byte[]> send(NodeId peer, String method, byte[] body, Duration timeout) {
        return client.send(peer, method, body, timeout);
    }

    @Override
    public ChannelHandler accept(Channel channel) {
        return server.accept(channel);
    }
}
