// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;

import org.dwcp.api.node.NodeClock;

/** What the demonstration does to the nodes, step by step. Every step waits for a fact that the nodes report, and says so when it does not come. */
final class Script {
    private static final Duration STEP_TIMEOUT = Duration.ofSeconds(40);
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(250);
    /** How long the traffic runs on in each state, so that there is something to see and to lose. */
    private static final Duration DWELL = Duration.ofSeconds(3);
    private static final Duration WAN_ONE_WAY = Duration.ofMillis(40);
    private static final long WAN_BPS = 100_000_000;
    private static final String NEW_JAR = "transport.v3-3.1.0.jar";

    private final DemoCluster cluster;
    private final Narrator narrator;
    private final NodeClock clock;
    private final Path folder;
    /** What was not as it must be. */
    private final List<String> faults = new ArrayList<>();
    private long killSwitchMs = -1;

    Script(DemoCluster cluster, Narrator narrator, NodeClock clock, Path folder) {
        this.cluster = cluster;
        this.narrator = narrator;
        this.clock = clock;
        this.folder = folder;
    }

    List<String> faults() {
        return List.copyOf(faults);
    }

    long killSwitchMs() {
        return killSwitchMs;
    }

    void run() throws DemoException, IOException, InterruptedException {
        begin();
        dwell();
        degrade();
        heal();
        rollOut();
        killSwitch();
        failAndRecover();
        replace();
    }

    private void begin() throws DemoException, InterruptedException {
        await("every node sees the others", view -> view.getOrDefault("peers.online", "").contains(","));
        await("every node has both transports", view -> serves(view, "providers.transport", "transport.v1") && serves(view, "providers.transport", "transport.v3"));
        Path files = Path.of(System.getProperty("java.home"), "lib");
        narrator.say("each node sends the other two the JDK's own files and asks them 50 small questions a second");
        for (DemoNode node : cluster.nodes) {
            node.run("workload", "begin", files.toString(), String.join(",", cluster.others(node).stream().map(other -> other.name).toList()), "1500000");
        }
        await("the links are measured as a datacenter's: transport.v1, LZ4", view -> view.get("mode").equals("datacenter") && primary(view, "transport", "transport.v1"));
    }

    private void degrade() throws DemoException, InterruptedException {
        narrator.say("the links degrade: 80 ms round trip, 100 Mbit/s");
        cluster.shape(WAN_ONE_WAY, WAN_BPS);
        await("every node has found internet mode: transport.v3, zstd", view -> view.get("mode").equals("internet") && primary(view, "transport", "transport.v3")
                && primary(view, "encoding", "encoding.v3"));
        dwell();
    }

    private void heal() throws DemoException, InterruptedException {
        narrator.say("the links heal");
        cluster.shape(Duration.ZERO, 0);
        await("every node is back in datacenter mode: transport.v1, LZ4", view -> view.get("mode").equals("datacenter") && primary(view, "transport", "transport.v1"));
        dwell();
    }

    private void rollOut() throws DemoException, InterruptedException {
        for (int share : new int[] {10, 50, 100}) {
            narrator.say("the operator rolls transport.v3 out to " + share + " % of the flows, in datacenter mode");
            everywhere("promote", "transport", "transport.v3", "--share", String.valueOf(share));
            await("transport.v3 has " + share + " % on every node", view -> view.getOrDefault("slot.transport", "").contains("transport.v3:" + share));
            dwell();
        }
    }

    private void killSwitch() throws DemoException, InterruptedException {
        narrator.say("the operator pulls the kill switch on every node");
        long began = clock.nanoTime();
        everywhere("killswitch", "on");
        killSwitchMs = (clock.nanoTime() - began) / 1_000_000;
        check("every node is on v1", view -> primary(view, "transport", "transport.v1") && !view.get("slot.transport").contains("v3"));
        narrator.say("every node was on v1 after " + killSwitchMs + " ms");
        dwell();
        narrator.say("the kill switch is released: the rollout of transport.v3 is in force again");
        everywhere("killswitch", "off");
        await("transport.v3 has 100 % again", view -> view.getOrDefault("slot.transport", "").equals("transport.v3:100"));
    }

    private void failAndRecover() throws DemoException, InterruptedException {
        narrator.say("transport.v3 is made to fail: its connections break and its ports refuse");
        cluster.nodes.forEach(node -> node.links.fail(DemoNode.V3));
        await("every node has fallen back to transport.v1 by itself", view -> primary(view, "transport", "transport.v1"));
        dwell();
        narrator.say("transport.v3 works again");
        cluster.nodes.forEach(node -> node.links.heal(DemoNode.V3));
        await("every node has found that and gone back to transport.v3", view -> primary(view, "transport", "transport.v3"));
        dwell();
    }

    private void replace() throws DemoException, IOException, InterruptedException {
        narrator.say("transport.v3 3.0.0 is uninstalled on every node while the traffic runs");
        for (DemoNode node : cluster.nodes) {
            node.undeploy(DemoCluster.V3_JAR);
        }
        await("transport.v3 is gone and transport.v1 carries on", view -> !view.get("providers.transport").contains("transport.v3:") && primary(view, "transport", "transport.v1"));
        dwell();
        narrator.say("transport.v3 3.1.0 is dropped into deploy/");
        Path next = folder.resolve(NEW_JAR);
        NewVersion.of(cluster.v3(), "3.0.0", "3.1.0", next);
        for (DemoNode node : cluster.nodes) {
            node.deploy(next, NEW_JAR);
        }
        await("transport.v3 3.1.0 is installed on every node", view -> view.get("providers.transport").contains("transport.v3:3.1.0"));
        everywhere("promote", "transport", "transport.v3", "--share", "100");
        await("transport.v3 3.1.0 carries the traffic", view -> primary(view, "transport", "transport.v3"));
        dwell();
        narrator.say("the rollout is taken back");
        everywhere("rollback", "transport");
        await("the mode decides again: transport.v1", view -> primary(view, "transport", "transport.v1"));
    }

    private static boolean primary(Map<String, String> view, String slot, String provider) {
        return view.getOrDefault("slot." + slot, "").equals(provider + ":100");
    }

    private static boolean serves(Map<String, String> view, String key, String provider) {
        return view.getOrDefault(key, "").contains(provider + ":");
    }

    private void check(String what, Predicate<Map<String, String>> fact) throws DemoException {
        for (Map.Entry<String, Map<String, String>> view : views().entrySet()) {
            if (!fact.test(view.getValue())) {
                fault("not so on node " + view.getKey() + ": " + what);
            }
        }
    }

    private void await(String what, Predicate<Map<String, String>> fact) throws DemoException, InterruptedException {
        long since = clock.nanoTime();
        while (true) {
            Map<String, Map<String, String>> views = views();
            narrator.table(views, false);
            if (views.values().stream().allMatch(fact)) {
                narrator.say(what);
                narrator.table(views, true);
                return;
            }
            if (clock.nanoTime() - since > STEP_TIMEOUT.toNanos()) {
                views.forEach((node, view) -> narrator.say("node " + node + ": " + view));
                throw new DemoException("after " + STEP_TIMEOUT.toSeconds() + " s it is still not so: " + what);
            }
            clock.sleep(LOOK_INTERVAL);
        }
    }

    private void dwell() throws DemoException, InterruptedException {
        long since = clock.nanoTime();
        while (clock.nanoTime() - since < DWELL.toNanos()) {
            narrator.table(views(), false);
            clock.sleep(LOOK_INTERVAL);
        }
    }

    void fault(String sentence) {
        faults.add(sentence);
        narrator.say("FAULT: " + sentence);
    }

    Map<String, Map<String, String>> views() throws DemoException {
        Map<String, Map<String, String>> views = new LinkedHashMap<>();
        for (DemoNode node : cluster.nodes) {
            views.put(node.name, node.view());
        }
        return views;
    }

    /** Runs a command on all nodes at once and waits for all. */
    private void everywhere(String... words) throws DemoException, InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> commands = cluster.nodes.stream().<Callable<String>>map(node -> () -> node.run(words)).toList();
            for (Future<String> answer : threads.invokeAll(commands)) {
                answer.get();
            }
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof DemoException e ? e : new DemoException(String.valueOf(failed.getCause()));
        }
    }
}
