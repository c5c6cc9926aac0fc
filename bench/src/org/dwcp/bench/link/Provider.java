// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.link;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

import org.dwcp.api.transfer.CallHandler;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.migration.call.CallsComponent;
import org.dwcp.testkit.node.TestConfig;
import org.dwcp.testkit.node.TestNode;
import org.osgi.framework.ServiceReference;

/** Builds a transport's component outside a framework, as Declarative Services would: its configuration with defaults, its services by type. */
public final class Provider {
    private static final Map<String, String> COMPONENTS = Map.of(
            "transport.v1", "org.dwcp.transport.v1.DatacenterTransport",
            "transport.v3", "org.dwcp.transport.v3.InternetTransport");

    private Provider() {
    }

    /**
     * Starts a transport.
     *
     * @param name   of the provider
     * @param config what differs from its defaults, as text, by configuration key
     * @param node   the services it asks for
     */
    public static Transport start(String name, Map<String, String> config, TestNode node) throws ReflectiveOperationException {
        var type = Class.forName(COMPONENTS.get(name));
        var constructor = type.getConstructors()[0];
        var arguments = Arrays.stream(constructor.getParameterTypes()).map(wanted -> service(wanted, config, node.identity(), node.peers(), node.clock(), node.random()))
                .toArray();
        try {
            return (Transport) constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Starts calls over a transport, answered by handlers by method. */
    static CallsComponent calls(OneProvider adapter, TestNode node, Map<String, CallHandler> handlers) throws ReflectiveOperationException {
        var constructor = CallsComponent.class.getConstructors()[0];
        var calls = (CallsComponent) constructor.newInstance(Arrays.stream(constructor.getParameterTypes())
                .map(wanted -> service(wanted, Map.of(), node.peers(), node.clock(), node.random(), adapter)).toArray());
        var bind = CallsComponent.class.getDeclaredMethod("bindHandler", CallHandler.class, Map.class);
        bind.setAccessible(true);
        for (var handler : handlers.entrySet()) {
            bind.invoke(calls, handler.getValue(), Map.of(CallHandler.METHOD, handler.getKey()));
        }
        handle(adapter.transport(), "dwcp.call", calls);
        return calls;
    }

    private static Object service(Class<?> wanted, Map<String, String> config, Object... services) {
        if (wanted.isAnnotation()) {
            return TestConfig.of(wanted, typed(wanted, config));
        }
        for (var service : services) {
            if (wanted.isInstance(service)) {
                return service;
            }
        }
        throw new IllegalStateException("a transport asks for " + wanted.getName() + ", which a benchmark does not have");
    }

    private static Map<String, Object> typed(Class<?> annotation, Map<String, String> config) {
        var values = new HashMap<String, Object>();
        config.forEach((key, text) -> {
            var method = method(annotation, key.replace('.', '_'));
            var type = method.getReturnType();
            values.put(method.getName(), type == int.class ? (Object) Integer.valueOf(text) : type == long.class ? Long.valueOf(text)
                    : type == boolean.class ? Boolean.valueOf(text) : type == String[].class ? text.split(",") : text);
        });
        return values;
    }

    private static Method method(Class<?> type, String name) {
        return Arrays.stream(type.getDeclaredMethods()).filter(found -> found.getName().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(type.getName() + " has no " + name));
    }

    /** Registers a protocol's handler, in place of the service registry. */
    static void handle(Transport transport, String protocol, ProtocolHandler handler) throws ReflectiveOperationException {
        var reference = Proxy.newProxyInstance(Provider.class.getClassLoader(), new Class<?>[] {ServiceReference.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getProperty" -> protocol;
                    case "hashCode" -> protocol.hashCode();
                    case "equals" -> proxy == arguments[0];
                    default -> throw new UnsupportedOperationException(method.getName());
                });
        for (Class<?> type = transport.getClass(); type != null; type = type.getSuperclass()) {
            for (var bind : type.getDeclaredMethods()) {
                if (bind.getName().equals("bindHandler")) {
                    bind.setAccessible(true);
                    bind.invoke(transport, reference, handler);
                    return;
                }
            }
        }
        throw new IllegalStateException(transport.getClass().getName() + " takes no handlers");
    }
}
