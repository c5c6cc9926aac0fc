// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.whiteboard;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.transport.ProtocolHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protocol handlers that the service registry holds now, by the key of their registration. Two handlers of one protocol are an operator's
 * mistake: it is logged, and either of them answers. Thread-safe.
 */
public final class ProtocolHandlers {
    private static final Logger LOG = LoggerFactory.getLogger(ProtocolHandlers.class);

    private final Map<Object, Entry> entries = new ConcurrentHashMap<>();

    private record Entry(String protocol, ProtocolHandler handler) {
    }

    /**
     * Adds a handler, or follows a change of its properties.
     *
     * @param key      what stays the same over the registration's life: its service reference
     * @param protocol value of {@link ProtocolHandler#PROTOCOL}; anything but a well-formed name is logged and left out
     * @param handler  the handler
     */
    public void put(Object key, Object protocol, ProtocolHandler handler) {
        if (!(protocol instanceof String name) || !Frames.isProtocol(name)) {
            entries.remove(key);
            LOG.warn("protocol handler left out property={} value={} handler={}", ProtocolHandler.PROTOCOL, protocol, handler.getClass().getName());
            return;
        }
        if (entries.entrySet().stream().anyMatch(entry -> !entry.getKey().equals(key) && entry.getValue().protocol.equals(name))) {
            LOG.warn("protocol has two handlers protocol={} second={}", name, handler.getClass().getName());
        }
        entries.put(key, new Entry(name, handler));
    }

    /**
     * Removes a handler.
     *
     * @param key as in {@link #put}
     * @return what was removed, so that its channels can be closed
     */
    public Optional<ProtocolHandler> remove(Object key) {
        return Optional.ofNullable(entries.remove(key)).map(Entry::handler);
    }

    /**
     * Looks up a protocol.
     *
     * @param protocol its name
     * @return its handler, or empty
     */
    public Optional<ProtocolHandler> find(String protocol) {
        return entries.values().stream().filter(entry -> entry.protocol.equals(protocol)).map(Entry::handler).findAny();
    }
}
