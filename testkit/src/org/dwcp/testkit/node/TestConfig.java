// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.node;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;

/** Makes a component's configuration without an OSGi framework: the annotation's defaults, and what a test sets. */
public final class TestConfig {
    private TestConfig() {
    }

    /**
     * Makes a configuration.
     *
     * @param type   a component's configuration annotation
     * @param values what differs from the defaults, by method name; the types are not converted
     * @param <T>    the annotation
     * @return answers every method
     * @throws IllegalArgumentException for a name that the annotation does not have
     */
    public static <T> T of(Class<T> type, Map<String, ?> values) {
        for (var name : values.keySet()) {
            if (java.util.Arrays.stream(type.getDeclaredMethods()).map(Method::getName).noneMatch(name::equals)) {
                throw new IllegalArgumentException(type.getName() + " has no " + name);
            }
        }
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
                (proxy, method, arguments) -> values.containsKey(method.getName()) ? values.get(method.getName()) : method.getDefaultValue()));
    }
}
