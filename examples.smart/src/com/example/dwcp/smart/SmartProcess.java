// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.smart;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import bftsmart.reconfiguration.util.HostsConfig;
import bftsmart.reconfiguration.util.TOMConfiguration;
import bftsmart.reconfiguration.views.MemoryBasedViewStorage;
import bftsmart.reconfiguration.views.View;
import bftsmart.tom.MessageContext;
import bftsmart.tom.ServiceProxy;
import bftsmart.tom.ServiceReplica;
import bftsmart.tom.core.TOMLayer;
import bftsmart.tom.server.defaultservices.DefaultSingleRecoverable;

/**
 * One replica with its clients, alone in a process: the library keeps files in a folder {@code files} of the working directory, prints, and leaves threads behind. Its
 * machine is on the other side of a pipe. The process ends with its input.
 */
public final class SmartProcess extends DefaultSingleRecoverable {
    /** Orders that are under way at a time; each has a client of the library, which waits for its answer. */
    private static final int CLIENTS = 8;
    private static final int FIRST_CLIENT = 1_001;
    private static final int INVOKE_TIMEOUT_MS = 10_000;

    private final Pipe pipe;
    private final int own;
    private final List<InetSocketAddress> addresses;
    private final Map<Long, CompletableFuture<byte[]>> asked = new ConcurrentHashMap<>();
    private final AtomicLong number = new AtomicLong();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final BlockingQueue<Pipe.Frame> orders = new LinkedBlockingQueue<>();

    private SmartProcess(Pipe pipe, int own, List<InetSocketAddress> addresses) {
        this.pipe = pipe;
        this.own = own;
        this.addresses = addresses;
    }

    private byte[] ask(int kind, byte[] bytes) {
        long id = number.incrementAndGet();
        var answer = new CompletableFuture<byte[]>();
        asked.put(id, answer);
        try {
            pipe.write(kind, id, bytes);
        } catch (IOException e) {
            Runtime.getRuntime().halt(1); // the node is gone, and nobody else can execute
        }
        return answer.join();
    }

    @Override
    public byte[] appExecuteOrdered(byte[] command, MessageContext context) {
        return ask(Pipe.EXECUTE, command);
    }

    @Override
    public byte[] appExecuteUnordered(byte[] command, MessageContext context) {
        return new byte[0]; // never asked: its unordered reads are not linearizable
    }

    @Override
    public byte[] getSnapshot() {
        return ask(Pipe.SNAPSHOT, new byte[0]);
    }

    @Override
    public void installSnapshot(byte[] snapshot) {
        ask(Pipe.INSTALL, snapshot);
    }

    private TOMConfiguration configuration(int id) {
        var settings = new Properties();
        settings.setProperty("system.servers.num", String.valueOf(addresses.size()));
        settings.setProperty("system.servers.f", String.valueOf((addresses.size() - 1) / 3));
        settings.setProperty("system.initial.view", String.join(",", ids().stream().map(String::valueOf).toList()));
        settings.setProperty("system.ttp.id", "7002");
        settings.setProperty("system.bft", "true");
        settings.setProperty("system.shutdownhook", "false");
        settings.setProperty("system.communication.useMACs", "1");
        settings.setProperty("system.communication.useSignatures", "0");
        settings.setProperty("system.communication.defaultkeys", "true");
        settings.setProperty("system.totalordermulticast.log", "true");
        settings.setProperty("system.totalordermulticast.log_to_disk", "true");
        settings.setProperty("system.totalordermulticast.sync_log", "true");
        settings.setProperty("system.totalordermulticast.state_transfer", "true");
        settings.setProperty("system.totalordermulticast.checkpoint_period", "1000");
        settings.setProperty("system.totalordermulticast.global_checkpoint_period", "120000");
        settings.setProperty("system.totalordermulticast.maxbatchsize", "400");
        settings.setProperty("system.totalordermulticast.timeout", "2000");
        var hosts = new HostsConfig();
        for (int id2 = 0; id2 < addresses.size(); id2++) {
            hosts.add(id2, addresses.get(id2).getHostString(), addresses.get(id2).getPort());
        }
        return new TOMConfiguration(id, settings, hosts);
    }

    private List<Integer> ids() {
        var ids = new ArrayList<Integer>();
        for (int id = 0; id < addresses.size(); id++) {
            ids.add(id);
        }
        return ids;
    }

    private MemoryBasedViewStorage view() {
        return new MemoryBasedViewStorage(new View(0, ids().stream().mapToInt(Integer::intValue).toArray(), (addresses.size() - 1) / 3,
                addresses.toArray(InetSocketAddress[]::new)));
    }

    private void run() {
        Thread.ofPlatform().daemon().start(this::listen);
        var replica = new ServiceReplica(configuration(own), view(), this, this, null, null); // returns when a quorum has been found
        for (int client = 0; client < CLIENTS; client++) {
            int id = FIRST_CLIENT + own * CLIENTS + client;
            Thread.ofPlatform().start(() -> order(id));
        }
        Thread.ofPlatform().start(() -> tellStatus(replica));
    }

    private void listen() {
        try {
            while (true) {
                var frame = pipe.read();
                if (frame.kind() == Pipe.ORDER) {
                    orders.add(frame);
                } else {
                    asked.remove(frame.number()).complete(frame.bytes());
                }
            }
        } catch (IOException e) {
            Runtime.getRuntime().halt(0); // the input has ended: the node wants no more
        }
    }

    private void order(int client) {
        var proxy = new ServiceProxy(configuration(client), view(), null, null);
        proxy.setInvokeTimeout(INVOKE_TIMEOUT_MS / 1_000);
        try {
            while (true) {
                var order = orders.take();
                byte[] answer = null;
                try {
                    answer = proxy.invokeOrdered(order.bytes());
                } catch (RuntimeException e) {
                    System.err.println("no answer: " + e);
                }
                pipe.write(Pipe.DONE, order.number(), answer == null ? new byte[0] : answer);
            }
        } catch (InterruptedException | IOException e) {
            Runtime.getRuntime().halt(1);
        }
    }

    /** The library tells nobody who leads; a field does. */
    private void tellStatus(ServiceReplica replica) {
        try {
            var field = ServiceReplica.class.getDeclaredField("tomLayer");
            field.setAccessible(true);
            while (true) {
                if (field.get(replica) instanceof TOMLayer layer) {
                    pipe.write(Pipe.STATUS, 0, ByteBuffer.allocate(8).putInt(layer.execManager.getCurrentLeader())
                            .putInt(layer.getSynchronizer().getLCManager().getLastReg()).array());
                }
                ended.await(1, TimeUnit.SECONDS);
            }
        } catch (ReflectiveOperationException | InterruptedException | IOException e) {
            Runtime.getRuntime().halt(1);
        }
    }

    /** Runs: own place, then HOST PORT of each replica. */
    public static void main(String[] words) {
        var pipe = new Pipe(System.in, System.out);
        System.setOut(System.err); // the library prints; what it prints must not be taken for frames
        var addresses = new ArrayList<InetSocketAddress>();
        for (int i = 1; i < words.length; i += 2) {
            addresses.add(new InetSocketAddress(words[i], Integer.parseInt(words[i + 1])));
        }
        new SmartProcess(pipe, Integer.parseInt(words[0]), addresses).run();
    }
}
