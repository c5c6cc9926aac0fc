// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.vm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.api.vm.Guest;
import org.dwcp.migration.flow.FlowId;
import org.dwcp.migration.flow.Texts;
import org.dwcp.migration.flow.Threads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The guests of a node: their descriptions in {@code etc/vms}, whose each is in {@code data/vm}, and those that arrive. It calls no other node. What it does with one
 * guest it does one after the other. Thread-safe.
 */
public final class Guests implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Guests.class);
    /** Source: chosen; QEMU listens within a second, later on a machine that is busy. */
    private static final Duration START_MAX = Duration.ofSeconds(40);
    private static final Duration LOOK = Duration.ofMillis(20);

    private final NodeClock clock;
    private final Path descriptions;
    private final Path data;
    private final Launcher launcher;
    private final Threads threads = new Threads();
    private final Map<FlowId, IncomingGuest> arriving = new ConcurrentHashMap<>();
    private final Map<String, Object> locks = new ConcurrentHashMap<>();
    private volatile GuestSettings settings;

    public Guests(NodeClock clock, NodeFolders folders, Launcher launcher, GuestSettings settings) {
        this.clock = clock;
        this.launcher = launcher;
        this.settings = settings;
        descriptions = folders.etc().resolve("vms");
        data = folders.data("vm");
        threads.start("vm-recover", this::recover);
    }

    NodeClock clock() {
        return clock;
    }

    Threads threads() {
        return threads;
    }

    GuestSettings settings() {
        return settings;
    }

    /** Changes the limits of moves that begin from now on. */
    public void apply(GuestSettings changed) {
        settings = changed;
    }

    GuestFile file(String name) {
        return GuestFile.read(descriptions, name);
    }

    List<String> names() {
        return GuestFile.names(descriptions);
    }

    Ownership ownership(String name) {
        return Ownership.load(data, name);
    }

    void save(String name, Ownership ownership) {
        ownership.save(data, name);
        logged(name, ownership);
    }

    Ownership.Written prepare(String name, Ownership ownership) {
        return ownership.prepare(data, name);
    }

    void commit(Ownership.Written written, Ownership ownership) {
        written.commit();
        logged(written.name(), ownership);
    }

    private static void logged(String name, Ownership ownership) {
        LOG.info("vm name={} ownership={} generation={} peer={}", name, ownership.state(), ownership.generation(), ownership.peer());
    }

    /** What two threads may not do at once with one guest. */
    Object lock(String name) {
        return locks.computeIfAbsent(name, _ -> new Object());
    }

    /** How a guest stands here; {@code move} is the state of a move that runs, if one does. QEMU talks to one at a time: then it is not asked. */
    Guest look(String name, NodeId self, Optional<Guest.State> move) {
        synchronized (lock(name)) {
            return locked(name, self, move);
        }
    }

    private Guest locked(String name, NodeId self, Optional<Guest.State> move) {
        try {
            Ownership known = ownership(name);
            String owner = switch (known.state()) {
                case OWNED, STARTING -> self.value();
                case RELEASED, REFUSED -> known.peer();
                case HANDING -> move.filter(Guest.State.LEAVING::equals).map(_ -> self.value()).orElse("");
            };
            Optional<IncomingGuest> incoming = arriving.values().stream().filter(guest -> guest.name().equals(name)).findFirst();
            if (incoming.isPresent()) {
                return new Guest(name, Guest.State.ARRIVING, incoming.get().generation(), incoming.get().peer().value(), "from " + incoming.get().peer());
            }
            if (known.state() == Ownership.State.RELEASED) {
                return new Guest(name, Guest.State.AWAY, known.generation(), owner, "");
            }
            if (move.isPresent() || known.state() == Ownership.State.HANDING) {
                return new Guest(name, move.orElse(Guest.State.UNDECIDED), known.generation(), owner, "to " + known.peer());
            }
            return live(name, known, owner);
        } catch (DwcpException e) {
            return new Guest(name, Guest.State.OFF, 0, "", e.getMessage());
        }
    }

    private Guest live(String name, Ownership known, String owner) {
        Optional<Machine> machine = Machine.find(threads, file(name).qmp());
        if (machine.isEmpty()) {
            return new Guest(name, known.state() == Ownership.State.REFUSED ? Guest.State.AWAY : Guest.State.OFF, known.generation(), owner, "");
        }
        try (Machine qemu = machine.get()) {
            String status = qemu.status();
            boolean running = status.equals("running");
            return new Guest(name, running ? Guest.State.RUNNING : Guest.State.PAUSED, known.generation(), owner, running ? "" : "QEMU says " + status);
        }
    }

    /** Starts a guest of this node's. */
    void start(String name, NodeId self) {
        synchronized (lock(name)) {
            GuestFile file = file(name);
            Ownership known = ownership(name);
            if (known.state() != Ownership.State.OWNED) {
                throw new TransferException(Kind.REJECTED, "guest '" + name + "' is not " + self + "'s to start: generation " + known.generation() + " is " + known.state()
                        + (known.peer().isEmpty() ? "" : ", ask " + known.peer()));
            }
            Machine.find(threads, file.qmp()).ifPresent(there -> {
                there.close();
                throw new TransferException(Kind.REJECTED, "guest '" + name + "' has a QEMU at " + file.qmp() + " already");
            });
            if (known.generation() == 0) {
                save(name, new Ownership(Ownership.State.OWNED, 1, "", FlowId.NONE));
            }
            launch(file, List.of()).machine().close();
            LOG.info("vm name={} started", name);
        }
    }

    /** A QEMU that was started and answers. */
    record Launched(Launcher.Started process, Machine machine) {
    }

    Launched launch(GuestFile file, List<String> more) {
        List<String> words = new ArrayList<>(file.words());
        words.addAll(more);
        Path log = data.resolve(file.name() + ".log");
        Launcher.Started process;
        try {
            Files.deleteIfExists(file.qmp());
            process = launcher.start(words, log);
        } catch (IOException e) {
            throw new TransferException(Kind.REJECTED, "QEMU of guest '" + file.name() + "' cannot be started: " + Texts.of(e));
        }
        try {
            long begun = clock.nanoTime();
            while (true) {
                boolean alive = process.isAlive();
                Optional<Machine> machine = Files.exists(file.qmp()) ? Machine.find(threads, file.qmp()) : Optional.empty();
                if (machine.isPresent()) {
                    return new Launched(process, machine.get());
                }
                if (!alive || clock.nanoTime() - begun > START_MAX.toNanos()) {
                    throw new TransferException(Kind.REJECTED, "QEMU of guest '" + file.name() + "' " + (alive ? "does not listen at " + file.qmp() + " after "
                            + START_MAX.toSeconds() + " s" : "ended at once") + "; it said: " + said(log));
                }
                clock.sleep(LOOK);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            process.kill();
            throw new TransferException(Kind.UNAVAILABLE, "this node stops");
        } catch (RuntimeException e) {
            process.kill();
            throw e;
        }
    }

    private static String said(Path log) {
        try {
            String text = Files.readString(log).strip();
            return text.substring(Math.max(0, text.length() - 300));
        } catch (IOException e) {
            return Texts.of(e);
        }
    }

    /** Gets a QEMU ready for a guest of a peer; asked again for the same move it says the same. */
    int prepare(NodeId peer, GuestWire order) {
        synchronized (lock(order.name())) {
            IncomingGuest known = arriving.get(order.migration());
            if (known != null && known.peer().equals(peer)) {
                return settings.cachePages();
            }
            GuestFile file = file(order.name());
            Ownership mine = ownership(order.name());
            if (mine.isMine() && mine.generation() > 0) {
                throw new TransferException(Kind.REJECTED, "guest '" + order.name() + "' is this node's by generation " + mine.generation() + " (" + mine.state()
                        + "); two of the same name cannot be one");
            }
            if (order.generation() <= mine.generation()) {
                throw new TransferException(Kind.REJECTED, "guest '" + order.name() + "' has come to generation " + mine.generation() + " here; " + order.generation()
                        + " is out of date");
            }
            if (arriving.size() >= settings.arrivingMax()) {
                throw new TransferException(Kind.RETRY, arriving.size() + " guests arrive already, arriving.max; try again later");
            }
            Machine.find(threads, file.qmp()).ifPresent(there -> {
                there.close();
                throw new TransferException(Kind.REJECTED, "guest '" + order.name() + "' has a QEMU at " + file.qmp() + " already");
            });
            IncomingGuest guest = new IncomingGuest(this, peer, order, file);
            arriving.put(order.migration(), guest);
            LOG.info("vm name={} arriving from={} generation={} migration={}", order.name(), peer, order.generation(), order.migration().hex());
            return settings.cachePages();
        }
    }

    Optional<IncomingGuest> arriving(NodeId peer, FlowId migration) {
        return Optional.ofNullable(arriving.get(migration)).filter(guest -> guest.peer().equals(peer));
    }

    void gone(IncomingGuest guest) {
        arriving.remove(guest.migration(), guest);
    }

    /** Says whether a guest that a peer has handed over runs here; a no holds for ever. */
    byte settle(NodeId peer, GuestWire order) {
        Optional<IncomingGuest> coming = arriving(peer, order.migration());
        if (coming.isPresent()) {
            return coming.get().settle();
        }
        synchronized (lock(order.name())) {
            Ownership mine = ownership(order.name());
            if (mine.generation() > order.generation()) {
                return GuestWire.RUNS; // it came here, and has been further since
            }
            if (mine.generation() == order.generation() && mine.migration().equals(order.migration())) {
                return mine.state() == Ownership.State.REFUSED ? GuestWire.NO : mine.state() == Ownership.State.STARTING ? GuestWire.LATER : GuestWire.RUNS;
            }
            if (mine.isMine() && mine.generation() > 0) {
                return mine.generation() == order.generation() ? GuestWire.LATER : GuestWire.NO; // a claim of this node's own is no affair of that move
            }
            save(order.name(), new Ownership(Ownership.State.REFUSED, order.generation(), peer.value(), order.migration()));
            return GuestWire.NO;
        }
    }

    /** A node that was killed while a guest came: lets it run when it was all there, else says no for good. */
    private void recover() {
        for (String name : names()) {
            try {
                synchronized (lock(name)) {
                    Ownership known = ownership(name);
                    if (known.state() == Ownership.State.STARTING) {
                        recover(name, known);
                    }
                }
            } catch (DwcpException e) {
                LOG.warn("vm name={} not recovered: {}", name, e.getMessage());
            }
        }
    }

    private void recover(String name, Ownership known) {
        Optional<Machine> machine = Machine.find(threads, file(name).qmp());
        boolean runs = false;
        if (machine.isPresent()) {
            try (Machine qemu = machine.get()) {
                String status = qemu.status();
                runs = status.equals("running");
                if (status.equals("paused")) {
                    qemu.run();
                    runs = true;
                } else if (!runs) {
                    qemu.quit();
                }
            }
        }
        save(name, new Ownership(runs ? Ownership.State.OWNED : Ownership.State.REFUSED, known.generation(), known.peer(), known.migration()));
    }

    /** Ends those that arrive; what runs goes on. */
    @Override
    public void close() {
        arriving.values().forEach(IncomingGuest::abandon);
        threads.stop(Duration.ofMillis(1_500));
    }
}
