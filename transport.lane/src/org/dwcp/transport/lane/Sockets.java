// SPDX-License-Identifier: Apache-2.0
package org.dwcp.transport.lane;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import org.dwcp.api.node.NodeClock;
import org.dwcp.transport.lane.LaneSettings.Tcp;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.RejectedExecutionHandlers;

/**
 * The event loops of one provider, its memory, and how its sockets are tuned: by epoll where that is there, else by NIO. Owns its threads and
 * its memory pool, so that both are gone when it is closed.
 */
final class Sockets {
    /** Bytes between TLS and the kernel at which a lane stops and starts again. Source: chosen; some TLS records, well in a core's cache. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(128 << 10, 512 << 10);
    private static final int WATER_BYTES_MAX = 512 << 10;
    /** A lane is never paced slower. Source: chosen; a keep-alive and a lane's farewell go through in time. */
    static final long PACE_BPS_MIN = 64_000;
    /** What a socket is read in one turn of its loop: bounded, or a handshake waits seconds behind bulk traffic. Source: measured. */
    private static final int READ_BYTES_MAX = 128 << 10;
    private static final int READS_A_TURN = 4;
    /**
     * For a thread that was interrupted, or that the system does not let run. Source: measured; beside two busy loops on two cores a thread ended more
     * than 50 ms after its loop had said so. With the other limits of a stop below 2 s.
     */
    private static final long THREAD_END_MS = 250;
    private static final int SOL_SOCKET = 1;
    private static final int SOL_TCP = 6;
    private static final RawUnixChannelOption CONGESTION = new RawUnixChannelOption("TCP_CONGESTION", SOL_TCP, 13, 16);
    private static final RawUnixChannelOption SEND_BUFFER = new RawUnixChannelOption("SO_SNDBUF", SOL_SOCKET, 7, Integer.BYTES);
    private static final RawUnixChannelOption SEND_BUFFER_FORCE = new RawUnixChannelOption("SO_SNDBUFFORCE", SOL_SOCKET, 32, Integer.BYTES);
    private static final RawUnixChannelOption PACING = new RawUnixChannelOption("SO_MAX_PACING_RATE", SOL_SOCKET, 47, Long.BYTES);

    /**
     * Loops that look at their sockets every few milliseconds. Netty's default is one second while there are tasks, and bulk senders always
     * have tasks: handshakes and acknowledgements then wait for whole seconds (measured). A loop holds nothing but Netty's own objects, not
     * even this group: a framework may remember a thread long after it has ended (measured in Felix 7.0.5, BundleClassLoader.m_classLocks),
     * and so its loop, and must not remember our bundle by it.
     */
    private static final class FairLoops extends MultiThreadIoEventLoopGroup {
        private static final int TASKS_MS = 5;

        FairLoops(int count, ThreadFactory threads, IoHandlerFactory io) {
            super(count, threads, io);
        }

        /**
         * The one with the fewest sockets. In turns, as Netty has it, every second lane goes to the same loop; and lanes that are opened with a ticket come
         * with a connection that asks for it, so that all of them went to one loop (seen in a profile).
         */
        @Override
        public IoEventLoop next() {
            var next = super.next();
            for (var other : this) {
                if (other instanceof SingleThreadIoEventLoop loop && next instanceof SingleThreadIoEventLoop best
                        && loop.registeredChannels() < best.registeredChannels()) {
                    next = loop;
                }
            }
            return next;
        }

        @Override
        protected IoEventLoop newChild(Executor executor, IoHandlerFactory io, Object... rest) {
            return new SingleThreadIoEventLoop(null, executor, io, Integer.MAX_VALUE, RejectedExecutionHandlers.reject(), TASKS_MS);
        }
    }

    private final boolean epoll;
    private static final Logger LOG = LoggerFactory.getLogger(Sockets.class);

    private final EventLoopGroup loops;
    private final PooledByteBufAllocator memory = new PooledByteBufAllocator(true);
    private final Map<String, String> traits = new TreeMap<>();
    private final List<Thread> threads;
    private final String congestion;
    private final boolean forces;
    private final long windowBytesMost;
    private final Optional<Supplier<Pacer>> pacing;

    Sockets(String provider, int loopCount, Tcp tcp) {
        epoll = tcp.natives() == LaneSettings.Natives.AUTO && Epoll.isAvailable();
        if (!epoll && tcp.natives() == LaneSettings.Natives.AUTO) {
            LOG.info("epoll is not available, so no congestion control, pacing and TCP_INFO provider={} reason=\"{}\"", provider,
                    reason(Epoll.unavailabilityCause()));
        }
        loops = new FairLoops(loopCount, new DefaultThreadFactory(provider + ".loop", true),
                epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        threads = begin(loops);
        congestion = epoll ? chooseCongestion(tcp.congestion()) : "";
        traits.put("io", epoll ? "epoll" : "nio");
        traits.put("congestion", congestion.isEmpty() ? "system" : congestion);
        pacing = epoll ? tcp.pacing().with(congestion) : Optional.empty();
        traits.put("pacing", !epoll ? "unsupported" : pacing.isPresent() ? "by model"
                : tcp.pacingBps() > 0 ? tcp.pacingBps() + " bit/s a lane" : tcp.nodePacingBps() > 0 ? tcp.nodePacingBps() + " bit/s in all" : "off");
        forces = epoll && mayForce();
        windowBytesMost = !epoll ? 0 : forces ? Integer.MAX_VALUE / 2 : allowedBytes(Path.of("/proc/sys/net"));
        traits.put("send.buffer", forces ? "as needed" : windowBytesMost > 0 ? "up to net.core.wmem_max; more needs CAP_NET_ADMIN"
                : epoll ? "system; more needs CAP_NET_ADMIN or a larger net.core.wmem_max" : "system");
    }

    /** Starts every loop's thread and waits until it runs: one that the system has not let run yet would not be known when they are stopped. */
    private static List<Thread> begin(EventLoopGroup loops) {
        var begun = new ArrayList<Future<Thread>>();
        loops.forEach(loop -> begun.add(loop.submit(() -> {
            Thread.currentThread().setContextClassLoader(null);
            return Thread.currentThread();
        })));
        return begun.stream().map(thread -> thread.syncUninterruptibly().getNow()).toList();
    }

    /** The innermost message: those around it only say that a library was not loaded. */
    private static String reason(Throwable cause) {
        return cause == null ? "" : cause.getCause() == null ? cause.toString() : reason(cause.getCause());
    }

    EventLoopGroup loops() {
        return loops;
    }

    /** What is true of every socket here, in words. */
    Map<String, String> traits() {
        return traits;
    }

    /** What the sockets were given, empty text for the system's. */
    String congestion() {
        return congestion;
    }

    Class<? extends SocketChannel> channelType() {
        return epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    Class<? extends ServerSocketChannel> serverType() {
        return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    boolean knowsTcpInfo() {
        return epoll;
    }

    /** Whether this very socket takes Linux's options for TCP and tells how it does. */
    private boolean isTunable(Channel socket) {
        return epoll && socket instanceof EpollSocketChannel && socket.isActive();
    }

    Optional<TcpInfo> info(Channel socket) {
        return isTunable(socket) ? TcpInfo.read(socket) : Optional.empty();
    }

    /** Gives a new socket of whatever kind its share of the memory and of the loop's turns. */
    void share(Channel socket) {
        var config = socket.config();
        config.setAllocator(memory);
        config.setWriteBufferWaterMark(WATER_MARK);
        config.setRecvByteBufAllocator(new AdaptiveRecvByteBufAllocator(2 << 10, 64 << 10, READ_BYTES_MAX).maxMessagesPerRead(READS_A_TURN));
    }

    /** Tunes a new socket, before it is connected or just after it was accepted. */
    void tune(Channel socket, Tcp tcp) {
        var config = socket.config();
        config.setOption(ChannelOption.TCP_NODELAY, true);
        config.setOption(ChannelOption.SO_KEEPALIVE, true);
        if (!epoll) {
            return;
        }
        int silenceMs = (int) tcp.silence().toMillis();
        config.setOption(EpollChannelOption.TCP_USER_TIMEOUT, silenceMs);
        config.setOption(EpollChannelOption.TCP_KEEPIDLE, Math.max(1, silenceMs / 3_000));
        config.setOption(EpollChannelOption.TCP_KEEPINTVL, Math.max(1, silenceMs / 6_000));
        config.setOption(EpollChannelOption.TCP_KEEPCNT, 4);
        if (!congestion.isEmpty()) {
            setCongestion(socket, congestion);
        }
        if (tcp.notsentBytes() > 0) {
            config.setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, (long) Math.min(tcp.notsentBytes(), LaneGauge.KERNEL_BYTES_FIRST));
        }
        if (tcp.pacingBps() > 0) {
            pace(socket, tcp.pacingBps());
        }
    }

    private static void pace(Channel socket, long bps) {
        long bytes = bps == 0 ? -1 : bps / Byte.SIZE; // the kernel's word for no bound is all ones
        socket.config().setOption(PACING, ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(bytes).flip());
    }

    /** Sends no faster than that from now on; the model's pace, where there is one, sees to it itself. On the socket's loop. */
    void paceAtMost(Channel socket, long bps) {
        if (pacing.isEmpty() && isTunable(socket)) {
            pace(socket, bps);
        }
    }

    /** Bounds what lies unsent in the kernel, and as much between TLS and the kernel. On the socket's loop. */
    void holdBack(Channel socket, int bytes) {
        if (socket.isActive()) {
            int water = Math.min(bytes / 2, WATER_BYTES_MAX);
            socket.config().setWriteBufferWaterMark(new WriteBufferWaterMark(water / 4, water));
            if (isTunable(socket)) {
                socket.config().setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, (long) bytes);
            }
        }
    }

    /** Lets so many bytes be under way; the kernel's own tuning of this socket's buffer ends with that. On the socket's loop. */
    void window(Channel socket, long bytes) {
        if (windowBytesMost > 0 && isTunable(socket)) {
            setInt(socket, forces ? SEND_BUFFER_FORCE : SEND_BUFFER, (int) Math.min(bytes, windowBytesMost));
        }
    }

    /** What SO_SNDBUF gives without rights, or 0 when the kernel gives more by itself: it doubles what is set, and what it tunes ends at tcp_wmem. */
    static long allowedBytes(Path folder) {
        try {
            long most = Long.parseLong(Files.readString(folder.resolve("core/wmem_max")).strip());
            var tuned = Files.readString(folder.resolve("ipv4/tcp_wmem")).strip().split("\\s+");
            return 2 * most > Long.parseLong(tuned[2]) ? most : 0;
        } catch (IOException | RuntimeException e) {
            LOG.debug("no limit of send buffers to be read in {}: {}", folder, e.toString());
            return 0;
        }
    }

    private static void setInt(Channel socket, RawUnixChannelOption option, int value) {
        socket.config().setOption(option, ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(value).flip());
    }

    /** Tries on a socket that is never connected: only a process with the right may go past the system's limit. */
    private static boolean mayForce() {
        var probe = new EpollSocketChannel();
        try {
            setInt(probe, SEND_BUFFER_FORCE, 1 << 20);
            return true;
        } catch (ChannelException e) {
            return false;
        } finally {
            closeUnused(probe);
        }
    }

    /** Paces a connected lane by the model, as long as it is open. */
    void paceByModel(Channel socket, NodeClock clock, long maxBps) {
        pacing.ifPresent(factory -> {
            var pacer = factory.get();
            var timer = socket.eventLoop().scheduleAtFixedRate(() -> TcpInfo.read(socket).ifPresent(info -> {
                long bps = pacer.paceBps(new Pacer.Sample(clock.nanoTime(), info.deliveryBps(), info.appLimited(), info.rttNs(), info.rttMinNs(),
                        info.flightBytes(), info.retransmits()));
                pace(socket, maxBps > 0 ? Math.min(bps == 0 ? maxBps : bps, maxBps) : bps);
            }), Pacer.INTERVAL_MS, Pacer.INTERVAL_MS, TimeUnit.MILLISECONDS);
            socket.closeFuture().addListener(closed -> timer.cancel(false));
        });
    }

    /** Reads back which congestion control a socket has; empty text when it does not tell. */
    String congestionOf(Channel socket) {
        if (!epoll) {
            return "";
        }
        var value = socket.config().getOption(CONGESTION);
        return StandardCharsets.US_ASCII.decode(value).toString().replace("\0", "");
    }

    /** Tries on a socket that is never connected: a kernel may lack a name, or keep it for root. */
    private String chooseCongestion(String preferences) {
        for (var name : preferences.strip().split("\\s+")) {
            if (!name.isEmpty() && isOffered(name)) {
                return name;
            }
        }
        return "";
    }

    private static boolean isOffered(String name) {
        var probe = new EpollSocketChannel();
        try {
            return setCongestion(probe, name);
        } finally {
            closeUnused(probe);
        }
    }

    private static boolean setCongestion(Channel socket, String name) {
        try {
            socket.config().setOption(CONGESTION, ByteBuffer.allocate(16).put(name.getBytes(StandardCharsets.US_ASCII)).rewind());
            return true;
        } catch (ChannelException e) {
            return false; // this kernel does not have it, or not for us
        }
    }

    private static void closeUnused(EpollSocketChannel probe) {
        try {
            probe.fd().close(); // never registered, so nobody else will
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Bytes that buffers hold now; 0 when nothing leaks and nothing is under way. */
    long memoryHeldBytes() {
        return memory.pinnedDirectMemory() + memory.pinnedHeapMemory();
    }

    /**
     * Stops the loops; what they still hold is closed by them. A loop that is held up in somebody's handler is interrupted: a handler must not
     * block, and one that does so waits for something that an interrupt ends. Returns the threads that did not end in time all the same.
     */
    List<Thread> close(NodeClock clock, long timeoutMs) {
        loops.shutdownGracefully(0, timeoutMs, TimeUnit.MILLISECONDS);
        long deadlineNs = clock.nanoTime() + timeoutMs * 1_000_000;
        try {
            if (!join(clock, deadlineNs)) {
                threads.forEach(Thread::interrupt);
                join(clock, deadlineNs + THREAD_END_MS * 1_000_000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return threads.stream().filter(Thread::isAlive).toList();
    }

    /** Waits for the threads, not for what the loops say of themselves: that comes before a thread's end, on a loaded machine long before. */
    private boolean join(NodeClock clock, long deadlineNs) throws InterruptedException {
        for (var thread : threads) {
            long leftNs = deadlineNs - clock.nanoTime();
            if (leftNs > 0 ? !thread.join(Duration.ofNanos(leftNs)) : thread.isAlive()) {
                return false;
            }
        }
        return true;
    }

    static boolean onLoop() {
        return Thread.currentThread() instanceof FastThreadLocalThread;
    }
}
