// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v0;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The one table of a JVM that tells which nodes are in it: {@code cluster/node} to what accepts channels there. It hangs in the system
 * properties, under a key that is no text property, because that is the only place that every class space of a JVM reaches without a class
 * of ours. Everything in it and everything passed through it is a JDK type.
 */
final class Exchange {
    private static final String KEY = "org.dwcp.transport.v0.exchange";

    private Exchange() {
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Function<Map<String, Object>, Map<String, Object>>> table() {
        return (Map<String, Function<Map<String, Object>, Map<String, Object>>>) System.getProperties()
                .computeIfAbsent(KEY, key -> new ConcurrentHashMap<String, Object>());
    }

    static void enter(String address, Function<Map<String, Object>, Map<String, Object>> acceptor) {
        table().put(address, acceptor);
    }

    /** Leaves, unless another provider of the same node has entered since. */
    static void leave(String address, Function<Map<String, Object>, Map<String, Object>> acceptor) {
        table().remove(address, acceptor);
    }

    static Optional<Function<Map<String, Object>, Map<String, Object>>> find(String address) {
        return Optional.ofNullable(table().get(address));
    }
}
