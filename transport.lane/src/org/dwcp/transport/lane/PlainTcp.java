// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

import org.dwcp.api.NodeId;

/** Lanes over TCP without TLS, on the provider's own port, between nodes that trust each other and the network between them. */
public final class PlainTcp implements Fabric {
    private static final String NAME = "plain";

    private final BooleanSupplier on;
    private final Predicate<NodeId> trusted;

    /**
     * Makes it.
     *
     * @param on      whether the configuration has it on; may change
     * @param trusted who may see data in clear
     */
    public PlainTcp(BooleanSupplier on, Predicate<NodeId> trusted) {
        this.on = on;
        this.trusted = trusted;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> problem() {
        return on.getAsBoolean() ? Optional.empty() : Optional.of("tls is on");
    }

    @Override
    public boolean trusts(NodeId peer) {
        return trusted.test(peer);
    }

    @Override
    public int lanes(int usual) {
        return usual;
    }

    @Override
    public boolean isTcp() {
        return true;
    }

    @Override
    public Kit kit() {
        throw new IllegalStateException("plain lanes are TCP connections");
    }

    @Override
    public String host() {
        return "";
    }

    @Override
    public Map<String, String> traits() {
        return on.getAsBoolean() ? Map.of("plain", "data in clear to trusted.peers") : Map.of();
    }

    @Override
    public List<Thread> close(long timeoutMs) {
        return List.of();
    }
}
