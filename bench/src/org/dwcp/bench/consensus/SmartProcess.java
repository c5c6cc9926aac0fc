// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.consensus;

import bftsmart.reconfiguration.util.HostsConfig;
import bftsmart.reconfiguration.util.TOMConfiguration;
import bftsmart.reconfiguration.views.MemoryBasedViewStorage;
import bftsmart.reconfiguration.views.View;
import bftsmart.tom.MessageContext;
import bftsmart.tom.ServiceProxy;
import bftsmart.tom.ServiceReplica;
import bftsmart.tom.server.defaultservices.DefaultSingleRecoverable;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import org.dwcp.testkit.cluster.FreePorts;

/**
 * Four replicas of the BFT-SMaRt derivative and its clients in a process of its own: it writes to its working folder and to the terminal as it likes.
 * Takes {@code run CLIENTS MS} and {@code crash REPLICA} from its input. Its log is on disk and synced; checkpoints as it comes.
 */
final class SmartProcess {
    static final String RESULT = "RESULT ";
    private static final int SIZE = 4;
    private static final int FIRST_CLIENT = 1_001;
    /** How long its client waits for an answer; its leader change begins after 2. */
    private static final int SILENCE_S = 10;

    private static final class Application extends DefaultSingleRecoverable {
        private final Values values = new Values();

        @Override
        public byte[] appExecuteOrdered(byte[] command, MessageContext context) {
            return values.apply(command);
        }

        @Override
        public byte[] appExecuteUnordered(byte[] command, MessageContext context) {
            return values.query(command);
        }

        @Override
        public byte[] getSnapshot() {
            return values.snapshot();
        }

        @Override
        public void installSnapshot(byte[] snapshot) {
            values.install(snapshot);
        }
    }

    private final int[] ports = new int[SIZE];
    private final ServiceReplica[] replicas = new ServiceReplica[SIZE];
    private final List<ServiceProxy> proxies = new ArrayList<>();

    private SmartProcess() throws Exception {
        for (int number = 0; number < SIZE; number++) {
            ports[number] = FreePorts.next();
            FreePorts.next(); // it takes the next one too
        }
        var starting = new ArrayList<Thread>();
        for (int number = 0; number < SIZE; number++) {
            int id = number;
            starting.add(Thread.ofPlatform().start(() -> {
                var application = new Application();
                replicas[id] = new ServiceReplica(configuration(id), new MemoryBasedViewStorage(view()), application, application, null, null);
            }));
        }
        for (var thread : starting) {
            thread.join();
        }
    }

    private TOMConfiguration configuration(int id) {
        var settings = new Properties();
        settings.setProperty("system.servers.num", String.valueOf(SIZE));
        settings.setProperty("system.servers.f", "1");
        settings.setProperty("system.initial.view", "0,1,2,3");
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
        for (int number = 0; number < SIZE; number++) {
            hosts.add(number, "127.0.0.1", ports[number]);
        }
        return new TOMConfiguration(id, settings, hosts);
    }

    private View view() {
        var addresses = new InetSocketAddress[SIZE];
        for (int number = 0; number < SIZE; number++) {
            addresses[number] = new InetSocketAddress("127.0.0.1", ports[number]);
        }
        return new View(0, new int[] {0, 1, 2, 3}, 1, addresses);
    }

    private void open(int clients) {
        while (proxies.size() < clients) {
            var proxy = new ServiceProxy(configuration(FIRST_CLIENT + proxies.size()), new MemoryBasedViewStorage(view()), null, null);
            proxy.setInvokeTimeout(SILENCE_S);
            proxies.add(proxy);
        }
    }

    private Loops.Result run(int clients, long ms) throws Exception {
        open(clients);
        try (var threads = Executors.newCachedThreadPool()) {
            return Loops.run(clients, ms, (client, count) -> CompletableFuture.supplyAsync(() -> {
                var answer = proxies.get(client).invokeOrdered(Values.command(client, count));
                if (answer == null) {
                    throw new IllegalStateException("no answer to client " + client);
                }
                return answer;
            }, threads));
        }
    }

    /**
     * Kills a replica under load, after a quarter of the time. Says how many answers came after that, and the longest time without one, to the end if none came any more.
     */
    private String lose(int replica, int clients, long ms) throws Exception {
        open(clients);
        long startNs = System.nanoTime();
        var ends = new ConcurrentSkipListSet<Long>();
        for (int number = 0; number < clients; number++) {
            int client = number;
            var proxy = proxies.get(client);
            Thread.ofPlatform().daemon().start(() -> {
                for (long count = 0; System.nanoTime() - startNs < ms * 1_000_000; count++) {
                    try {
                        if (proxy.invokeOrdered(Values.command(client, count)) != null) {
                            ends.add(System.nanoTime() - startNs);
                        }
                    } catch (RuntimeException e) {
                        System.err.println("client " + client + ": " + e); // it goes on with its next
                    }
                }
            });
        }
        Thread.sleep(ms / 4);
        long killedNs = System.nanoTime() - startNs;
        replicas[replica].kill();
        Thread.sleep(ms - ms / 4);
        long gapNs = 0;
        long before = 0;
        for (long end : ends) {
            gapNs = Math.max(gapNs, end - before);
            before = end;
        }
        gapNs = Math.max(gapNs, System.nanoTime() - startNs - before);
        return ends.tailSet(killedNs).size() + " " + gapNs / 1e6;
    }

    /** Does what it reads, until there is no more. */
    public static void main(String[] arguments) throws Exception {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        Components.quiet();
        var group = new SmartProcess();
        System.out.println(RESULT + "up");
        for (var line = input.readLine(); line != null; line = input.readLine()) {
            var words = line.split(" ");
            try {
                if (words[0].equals("crash")) {
                    group.replicas[Integer.parseInt(words[1])].kill();
                    System.out.println(RESULT + "crashed");
                } else if (words[0].equals("lose")) {
                    System.out.println(RESULT + group.lose(Integer.parseInt(words[1]), Integer.parseInt(words[2]), Long.parseLong(words[3])));
                } else {
                    var result = group.run(Integer.parseInt(words[1]), Long.parseLong(words[2]));
                    System.out.println(RESULT + String.format(Locale.ROOT, "%f %f %f %f", result.rate(), result.p50Ms(), result.p99Ms(), result.gapMs()));
                }
            } catch (Exception e) {
                System.out.println(RESULT + "failed " + e);
            }
        }
        System.exit(0); // it leaves threads behind
    }
}
