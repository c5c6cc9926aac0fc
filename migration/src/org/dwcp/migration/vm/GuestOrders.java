// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.vm.Guest;
import org.dwcp.api.vm.Migration;
import org.dwcp.api.vm.MigrationOptions;
import org.dwcp.api.vm.MigrationStatus;
import org.dwcp.api.vm.VirtualMachines;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.FlowNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Orders over the guests of this node. A move is not taken up again after a restart: QEMU has given it up with the connection, and the guest ran on. What is
 * taken up is the question to the peer, for a guest that was given away just before. Thread-safe.
 */
public final class GuestOrders implements VirtualMachines, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GuestOrders.class);
    private static final Duration STOP = Duration.ofMillis(1_200);

    private final OutgoingGuest.Tools tools;
    private final Supplier<NetworkMode> mode;
    private final RandomGenerator random;
    private final Map<String, OutgoingGuest> moves = new ConcurrentHashMap<>();
    private boolean closed;

    /**
     * Takes up what a restart left open.
     *
     * @param mode of the node now
     */
    public GuestOrders(FlowNode node, Calls calls, Guests guests, Supplier<NetworkMode> mode) {
        tools = new OutgoingGuest.Tools(node, calls, guests);
        this.mode = mode;
        random = node.random().stream("migration.vm");
        for (String name : guests.names()) {
            node.threads().start("vm-settle", () -> resume(name));
        }
    }

    private void resume(String name) {
        Guests guests = tools.guests();
        try {
            Ownership known = guests.ownership(name);
            if (known.state() != Ownership.State.HANDING) {
                return;
            }
            GuestWire order = new GuestWire(GuestWire.SETTLE, known.migration(), known.generation(), name);
            Optional<Machine> found = Machine.find(guests.threads(), guests.file(name).qmp());
            try (Machine qemu = found.orElse(null)) {
                if (qemu != null && !qemu.status().equals("postmigrate")) {
                    // It never got as far as giving the guest away. QEMU's stream broke with this node's former process.
                    guests.save(name, new Ownership(Ownership.State.OWNED, known.generation(), known.peer(), known.migration()));
                    return;
                }
                OutgoingGuest.settle(tools, text -> LOG.debug("vm name={} {}", name, text), order, NodeId.of(known.peer()), qemu, "this node was started again");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (DwcpException e) {
            LOG.warn("vm name={} not taken up again: {}", name, e.getMessage());
        }
    }

    private NodeId self() {
        return tools.self();
    }

    private Optional<Guest.State> move(String name) {
        return Optional.ofNullable(moves.get(name)).filter(move -> !move.isOver())
                .map(move -> move.status().step() == MigrationStatus.Step.SETTLE ? Guest.State.UNDECIDED : Guest.State.LEAVING);
    }

    @Override
    public List<Guest> list() {
        return tools.guests().names().stream().map(name -> tools.guests().look(name, self(), move(name))).toList();
    }

    @Override
    public Guest start(String name) {
        GuestFile.checked(name);
        tools.guests().start(name, self());
        return tools.guests().look(name, self(), Optional.empty());
    }

    @Override
    public Migration migrate(String name, NodeId peer, MigrationOptions options) {
        tools.guests().file(name);
        tools.node().requireKnown(peer);
        if (peer.equals(self())) {
            throw new TransferException(Kind.REJECTED, "guest '" + name + "' is at " + peer + " already");
        }
        synchronized (this) {
            if (closed) {
                throw new TransferException(Kind.UNAVAILABLE, "moves are being stopped on this node; try again when it is up");
            }
            OutgoingGuest running = moves.get(name);
            if (running != null && !running.isOver()) {
                if (running.peer().equals(peer)) {
                    return running;
                }
                throw new TransferException(Kind.REJECTED, "guest '" + name + "' is on its way to " + running.peer() + "; cancel that first");
            }
            int level = mode.get() == NetworkMode.DATACENTER ? 0 : tools.guests().settings().zstdLevel();
            FlowId id;
            synchronized (random) {
                id = new FlowId(random.nextLong() | 1, tools.node().clock().now().toEpochMilli() << 20 ^ random.nextLong());
            }
            OutgoingGuest move = new OutgoingGuest(tools, name, peer, id, options, level);
            tools.node().threads().start("vm-move", move::run);
            moves.put(name, move);
            return move;
        }
    }

    @Override
    public Optional<Migration> find(String name) {
        return Optional.ofNullable(moves.get(name));
    }

    /** Gives up what can be given up; guests run on. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        List<OutgoingGuest> running = moves.values().stream().filter(move -> !move.isOver()).toList();
        running.forEach(Migration::cancel);
        for (OutgoingGuest move : running) {
            move.await(STOP.dividedBy(running.size()));
        }
    }
}
