// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.v1.rdma;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.transport.TransportException;
import org.dwcp.transport.lane.Fabric;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.FastThreadLocalThread;

/**
 * Lanes over RDMA. Without a device, an active port or a library it is a few words in the traits and nothing else: no thread, no library. Its
 * loops are started when it is first used. Thread-safe.
 */
public final class RdmaFabric implements Fabric {
    /** Name of the fabric without that of its library. */
    static final String NAME = "rdma";
    private static final Logger LOG = LoggerFactory.getLogger(RdmaFabric.class);
    private static final Path LIMITS = Path.of("/proc/self/limits");
    /** Sockets closed at a time: each may wait half a minute for a peer that is gone. Source: chosen. */
    private static final int CLOSING_MAX = 16;

    private final String provider;
    private final RdmaDevices devices;
    private final RdmaLibraries libraries;
    private final Supplier<RdmaSettings> settings;
    private final Collection<Thread> threads = new ConcurrentLinkedQueue<>();
    private final ThreadPoolExecutor closer;
    private Kit kit;
    private RdmaLibrary running;
    private boolean stopped;

    /**
     * Prepares; nothing is looked for yet.
     *
     * @param provider  name of the provider that uses it, for its threads
     * @param devices   shows what devices there are
     * @param libraries finds the library
     * @param settings  the configuration as it is now
     */
    public RdmaFabric(String provider, RdmaDevices devices, RdmaLibraries libraries, Supplier<RdmaSettings> settings) {
        this.provider = provider;
        this.devices = devices;
        this.libraries = libraries;
        this.settings = settings;
        closer = new ThreadPoolExecutor(CLOSING_MAX, CLOSING_MAX, 100, TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(), named("close"));
        closer.allowCoreThreadTimeOut(true);
    }

    /** Threads that hold nothing of this bundle once their work is done: a framework may remember them for ever, see {@code docs/adr/0015}. */
    private ThreadFactory named(String role) {
        return task -> {
            var thread = new FastThreadLocalThread(new FutureTask<>(task, null), provider + "." + NAME + "." + role);
            thread.setDaemon(true);
            thread.setContextClassLoader(null);
            threads.removeIf(old -> !old.isAlive() && old.getState() == Thread.State.TERMINATED);
            threads.add(thread);
            return thread;
        };
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> problem() {
        var use = settings.get().use();
        if (use != RdmaSettings.Use.ON && settings.get().trusted().isEmpty()) {
            return Optional.of(use == RdmaSettings.Use.OFF ? "switched off by rdma=off" : "no trusted.peers are configured");
        }
        if (use == RdmaSettings.Use.OFF) {
            return Optional.of("switched off by rdma=off");
        }
        if (devices.active().isEmpty()) {
            return Optional.of(devices.names().isEmpty() ? "no device" : String.join(" ", devices.names()) + " has no port that is up");
        }
        var found = libraries.find();
        return found.library().isPresent() ? Optional.empty() : Optional.of(found.words());
    }

    @Override
    public boolean trusts(NodeId peer) {
        var now = settings.get();
        return now.trusted().isEmpty() ? now.use() == RdmaSettings.Use.ON : now.trusted().contains(peer);
    }

    @Override
    public int lanes(int usual) {
        return Math.min(usual, settings.get().lanes());
    }

    @Override
    public boolean isTcp() {
        return false;
    }

    @Override
    public synchronized Kit kit() {
        if (stopped) {
            throw new TransportException(Kind.UNAVAILABLE, "RDMA of " + provider + " is stopped");
        }
        if (kit == null) {
            running = libraries.find().library().orElseThrow(() -> new TransportException(Kind.UNAVAILABLE, libraries.find().words()));
            var library = running;
            var loops = new MultiThreadIoEventLoopGroup(settings.get().threads(), named("loop"), loop -> new RdmaIoHandler(library, loop));
            kit = new Kit(loops, () -> new RdmaChannel(this), () -> new RdmaServerChannel(this), socket -> { });
            RdmaDevices.lockedMemoryWarning(LIMITS).ifPresent(warning -> LOG.warn("rdma {}", warning));
            LOG.info("rdma starts library={} devices={}", library.name(), library.devices());
        }
        return kit;
    }

    @Override
    public String host() {
        return settings.get().host();
    }

    @Override
    public Duration barred() {
        return settings.get().barred();
    }

    @Override
    public Map<String, String> traits() {
        var traits = new TreeMap<String, String>();
        traits.put(NAME, problem().map(why -> why + ", TCP lanes").orElseGet(
                () -> String.join(" ", devices.active()) + " by " + libraries.find().library().orElseThrow().name()));
        if (!devices.names().isEmpty()) {
            traits.put("rdma.libraries", libraries.find().words());
            RdmaDevices.lockedMemoryWarning(LIMITS).ifPresent(warning -> traits.put("rdma.memory", warning));
        }
        return traits;
    }

    // ---- for its channels

    RdmaSockets.Tuning tuning() {
        return settings.get().tuning();
    }

    /** Closes a socket elsewhere: that may take half a minute when the peer is gone. */
    void release(int socket) {
        var sockets = running.closing();
        closer.execute(() -> sockets.accept(socket));
    }

    // ---- the end

    @Override
    public List<Thread> close(long timeoutMs) {
        Kit was;
        synchronized (this) {
            stopped = true;
            was = kit;
            kit = null;
        }
        try {
            if (was != null) {
                was.loops().shutdownGracefully(0, timeoutMs, TimeUnit.MILLISECONDS);
                was.loops().awaitTermination(timeoutMs, TimeUnit.MILLISECONDS);
            }
            closer.shutdown();
            closer.awaitTermination(timeoutMs, TimeUnit.MILLISECONDS);
            for (var thread : threads) {
                thread.join(Duration.ofMillis(50)); // an executor says that it has ended shortly before its thread does
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new ArrayList<>(threads.stream().filter(Thread::isAlive).toList());
    }
}
