// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.wan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * A link between two network namespaces of this machine. Several may be open at once, in one JVM or many. Closing it kills what runs in the
 * namespaces and removes them, the devices and the emulator; what a killed JVM leaves is removed by the next link that is opened. Thread-safe.
 * {@snippet :
 * static void example() throws Exception {
 *     org.assertj.core.api.Assumptions.assumeThat(WanLink.unavailable()).isEmpty();
 *     try (WanLink link = WanLink.open(WanCondition.of(100, 900))) {
 *         Process server = link.start(WanLink.End.B, new ProcessBuilder("iperf3", "-s", "-1"));
 *         Process client = link.start(WanLink.End.A, new ProcessBuilder("iperf3", "-c", link.address(WanLink.End.B)));
 *         link.set(WanCondition.of(100, 900).withLoss(0.01));
 *     }
 * }
 * }
 */
public final class WanLink implements AutoCloseable {
    /** The interface of either end. */
    public static final String DEVICE = "wan0";
    /** Bytes of an IP packet. Source: Ethernet. */
    public static final int MTU = 1_500;
    /** Bits of CAP_NET_ADMIN and CAP_SYS_ADMIN, capability.h. */
    private static final long CAPABILITIES = 1L << 12 | 1L << 21;
    private static final long SEED = 1;
    /** Largest socket buffer in the namespaces: two bandwidth-delay products of 1 Gbit/s and 500 ms. The usual 4 MiB would be the limit, not the link. */
    private static final String TCP_BUFFER_MAX = "134217728";
    private static final Map<String, String> KERNEL = Map.of(
            "ipv4/tcp_rmem", "4096 131072 " + TCP_BUFFER_MAX,
            "ipv4/tcp_wmem", "4096 65536 " + TCP_BUFFER_MAX,
            "ipv4/tcp_no_metrics_save", "1", // one run must not begin with what another has learnt
            "ipv6/conf/" + DEVICE + "/disable_ipv6", "1"); // else the kernel looks for routers and the figures are never still

    /** One side of the link. */
    public enum End {
        /** The one that usually sends. */
        A("10.77.0.1"),
        /** The other. */
        B("10.77.0.2");

        private final String address;

        End(String address) {
            this.address = address;
        }

        /** Returns the other end. */
        public End other() {
            return this == A ? B : A;
        }
    }

    private final Namespaces namespaces;
    private final Emulator emulator;

    private WanLink(Namespaces namespaces, Emulator emulator) {
        this.namespaces = namespaces;
        this.emulator = emulator;
    }

    /**
     * Tells whether links can be opened here.
     *
     * @return what is missing, in words for a person; empty when nothing is
     */
    public static Optional<String> unavailable() {
        if (!isPrivileged()) {
            return Optional.of("the WAN emulator needs root (CAP_NET_ADMIN and CAP_SYS_ADMIN)");
        }
        if (!Files.isWritable(Path.of("/dev/net/tun"))) {
            return Optional.of("the WAN emulator needs /dev/net/tun");
        }
        for (var program : List.of("ip", Emulator.COMPILER)) {
            if (!Shell.has(program)) {
                return Optional.of("the WAN emulator needs the program " + program);
            }
        }
        try {
            open(WanCondition.of(0, 0)).close();
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of("the WAN emulator does not work here: " + e.getMessage());
        }
    }

    private static boolean isPrivileged() {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("CapEff:"))
                    .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & CAPABILITIES) == CAPABILITIES);
        } catch (IOException e) {
            return false; // no Linux
        }
    }

    /**
     * Opens a link.
     *
     * @param condition of both directions
     * @return a link over which packets pass
     * @throws IllegalStateException when {@link #unavailable} gives a reason
     */
    public static WanLink open(WanCondition condition) {
        return open(condition, SEED);
    }

    /**
     * Opens a link.
     *
     * @param condition of both directions
     * @param seed      of losses, jitter and reordering; the same one loses the same packets of the same traffic
     * @return a link over which packets pass
     */
    public static WanLink open(WanCondition condition, long seed) {
        var namespaces = Namespaces.open();
        Emulator emulator = null;
        try {
            emulator = Emulator.start(namespaces, DEVICE, MTU, seed);
            var link = new WanLink(namespaces, emulator);
            link.set(condition);
            for (var end : End.values()) {
                link.configure(end);
            }
            return link;
        } catch (RuntimeException e) {
            if (emulator != null) {
                emulator.close();
            }
            namespaces.close();
            throw e;
        }
    }

    private void configure(End end) {
        Inside.call(namespace(end), () -> {
            for (var value : KERNEL.entrySet()) {
                write(value.getKey(), value.getValue());
            }
            return null;
        });
        Shell.must("ip", "-n", namespace(end), "link", "set", "lo", "up");
        Shell.must("ip", "-n", namespace(end), "address", "add", end.address, "peer", end.other().address, "dev", DEVICE);
        Shell.must("ip", "-n", namespace(end), "link", "set", DEVICE, "up");
    }

    private static void write(String key, String value) {
        var file = Path.of("/proc/sys/net").resolve(key);
        try {
            if (Files.exists(file)) {
                Files.writeString(file, value);
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot set net." + key.replace('/', '.') + " to " + value + ": " + e.getMessage(), e);
        }
    }

    /** Returns the name of an end's network namespace, for {@code ip netns exec}. */
    public String namespace(End end) {
        return namespaces.of(end);
    }

    /** Returns the IPv4 address of an end. Links that are open at once have the same ones; they do not meet. */
    public String address(End end) {
        return end.address;
    }

    /**
     * Gives an end another address and takes the former one from it, as when a machine moves to another network. Its connections get no answer any more.
     * {@link #address} stays what it was.
     *
     * @param end     which
     * @param address IPv4, one that neither end has
     */
    public void move(End end, String address) {
        Shell.must("ip", "-n", namespace(end.other()), "route", "add", address, "dev", DEVICE, "src", end.other().address);
        // In this order: the second address of a device goes with the first.
        Shell.must("ip", "-n", namespace(end), "address", "delete", end.address, "peer", end.other().address, "dev", DEVICE);
        Shell.must("ip", "-n", namespace(end), "address", "add", address, "peer", end.other().address, "dev", DEVICE);
    }

    /** Returns the words before a command that make it run at an end. */
    public List<String> enter(End end) {
        return List.of("ip", "netns", "exec", namespace(end));
    }

    /**
     * Starts a process at an end; its number is that of the command itself.
     *
     * @param end     where
     * @param builder the command; left as it was
     * @return the process; killed when the link is closed
     * @throws IOException when it cannot be started
     */
    public Process start(End end, ProcessBuilder builder) throws IOException {
        var plain = builder.command();
        var command = new ArrayList<>(enter(end));
        command.addAll(plain);
        try {
            return builder.command(command).start();
        } finally {
            builder.command(plain);
        }
    }

    /**
     * Does work on a new thread of this JVM that stands at an end, and waits for it. Sockets that the thread itself opens are there, and stay there
     * when others use them. Threads that it starts stand there too, so it must start none that outlives it: no virtual threads, no processes.
     *
     * @param end  where
     * @param work what
     * @param <T>  what it gives
     * @return what the work returned
     */
    public <T> T inside(End end, Callable<T> work) {
        return Inside.call(namespace(end), work);
    }

    /**
     * Sets which congestion control connections of an end use unless they ask for one.
     *
     * @param end  where
     * @param name such as {@code bbr} or {@code cubic}
     * @throws IllegalStateException when the kernel does not have it
     */
    public void congestion(End end, String name) {
        // By the route: the namespace's own default may be refused, or silently stay as it was.
        Shell.must("ip", "-n", namespace(end), "route", "replace", end.other().address, "dev", DEVICE, "src", end.address, "congctl", name);
    }

    /** Sets both directions. What is under way keeps its old delay; all else holds when this returns. A cut link stays cut. */
    public void set(WanCondition condition) {
        emulator.ask("set " + condition.words(""));
    }

    /** Sets the direction that begins at an end. As {@link #set(WanCondition)}. */
    public void set(End from, WanCondition condition) {
        emulator.ask("set " + condition.words(prefix(from)));
    }

    /** Lets nothing through any more, neither what is under way. */
    public void cut() {
        emulator.ask("set cut=1");
    }

    /** Lets nothing through any more that comes from an end. */
    public void cut(End from) {
        emulator.ask("set " + prefix(from) + "cut=1");
    }

    /** Lets everything through again, both ways. */
    public void heal() {
        emulator.ask("set cut=0");
    }

    private static String prefix(End from) {
        return from == End.A ? "ab." : "ba.";
    }

    /** Returns what the link has carried so far. */
    public WanStats stats() {
        return WanStats.parse(emulator.ask("stats"));
    }

    /** Returns the number of the emulator's process, to see what it costs. */
    public long emulatorPid() {
        return emulator.pid();
    }

    /** Kills what runs at the ends, removes them and ends the emulator. Works twice. */
    @Override
    public void close() {
        try {
            namespaces.close();
        } finally {
            emulator.close();
        }
    }
}
