// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

import org.dwcp.testkit.node.TestConfig;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/** Builds components outside a framework, as Declarative Services would: their configuration with defaults, their services by type. */
final class Components {
    private Components() {
    }

    /**
     * Builds a component by its one public constructor.
     *
     * @param name     the class
     * @param values   what differs from the configuration's defaults, by method name
     * @param services what it may ask for
     */
    static Object start(String name, Map<String, ?> values, Object... services) throws ReflectiveOperationException {
        var constructor = Class.forName(name).getConstructors()[0];
        var arguments = Arrays.stream(constructor.getParameterTypes()).map(wanted -> wanted.isAnnotation() ? TestConfig.of(wanted, values)
                : Arrays.stream(services).filter(wanted::isInstance).findFirst().orElseThrow(() -> new IllegalStateException(name + " asks for "
                        + wanted.getName() + ", which a benchmark does not have"))).toArray();
        try {
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Opens what a provider's first replica would have to wait for, where it has such a thing: done while a switch is prepared. */
    static void warmUp(Object provider) throws ReflectiveOperationException {
        for (var method : provider.getClass().getMethods()) {
            if (method.getName().equals("warmUp")) {
                method.invoke(provider);
            }
        }
    }

    /** A bundle context in which services can be registered, and nothing else done. */
    static BundleContext context(Consumer<Object> registered) {
        return proxy(BundleContext.class, arguments -> {
            registered.accept(arguments[1]);
            return proxy(ServiceRegistration.class, ignored -> null, "unregister");
        }, "registerService");
    }

    private static <T> T proxy(Class<T> type, Function<Object[], Object> work, String name) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
            if (method.getName().equals(name)) {
                return work.apply(arguments);
            }
            throw new UnsupportedOperationException(method.getName());
        }));
    }

    /** Without a configuration the logging backend tells each frame, which would be measured too; and members that are stopped are missed loudly. */
    static void quiet() {
        ((ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(ch.qos.logback.classic.Level.OFF);
    }

    /** Stops it, as Declarative Services would. */
    static void stop(Object component) throws ReflectiveOperationException {
        var stop = component.getClass().getDeclaredMethod("deactivate");
        stop.setAccessible(true);
        stop.invoke(component);
    }
}
