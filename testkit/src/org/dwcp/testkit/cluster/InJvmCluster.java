// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.awaitility.Awaitility;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;

/**
 * A cluster in this JVM: one framework a node, over real sockets, all of them knowing each other when {@link #start} returns.
 * {@snippet :
 * static void example(java.nio.file.Path folder) {
 *     try (InJvmCluster cluster = InJvmCluster.start(folder, java.util.Map.of(), "a", "b", "c")) {
 *         Peers peers = cluster.node("a").service(Peers.class);
 *     }
 * }
 * }
 */
public final class InJvmCluster implements AutoCloseable {
    private static final Duration MEET_MAX = Duration.ofSeconds(60);
    private static final String API = "org.dwcp.api.bundle";

    private final NodeImage image;
    private final ClusterHomes homes;
    private final URLClassLoader loader;
    private final Map<String, String> options;
    private final Map<String, InJvmNode> nodes = new LinkedHashMap<>();

    private InJvmCluster(NodeImage image, ClusterHomes homes, Map<String, String> options) {
        this.image = image;
        this.homes = homes;
        this.options = options;
        this.loader = image.launcherLoader();
    }

    /**
     * Starts the nodes and waits until each sees all others.
     *
     * @param folder  for their homes
     * @param options of the launcher, for every node: {@code shuffle}, or framework properties
     * @param names   the nodes' names
     * @return a running cluster
     */
    public static InJvmCluster start(Path folder, Map<String, String> options, String... names) {
        var image = NodeImage.find();
        var cluster = new InJvmCluster(image, new ClusterHomes(image, folder, List.of(names)), Map.copyOf(options));
        try {
            for (var name : names) {
                cluster.start(name);
            }
            cluster.awaitMesh();
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    /**
     * Starts one of the nodes, also one that was closed before, and tells it where the running ones are.
     *
     * @param name a name from {@link #start(Path, Map, String...)}
     * @return the node
     */
    public InJvmNode start(String name) {
        return start(name, Map.of());
    }

    /**
     * The same with options of its own.
     *
     * @param name a name from {@link #start(Path, Map, String...)}
     * @param own  options of the launcher, besides those of every node
     * @return the node
     */
    public InJvmNode start(String name, Map<String, String> own) {
        nodes.forEach((other, node) -> {
            if (!other.equals(name)) {
                homes.introduce(name, other, node.peerPort());
            }
        });
        var all = new HashMap<>(options);
        all.putAll(own);
        all.put("home", homes.home(name).toString());
        all.put("image", image.root().toString());
        all.put("host", "127.0.0.1");
        all.putIfAbsent("port", "0");
        all.putIfAbsent("shared", API);
        var node = InJvmNode.start(loader, image.entry(NodeImage.NODE), all);
        nodes.put(name, node);
        return node;
    }

    /**
     * Gives a node.
     *
     * @param name its name
     * @return the node as it was started last
     */
    public InJvmNode node(String name) {
        var node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("no node '" + name + "'; there are " + String.join(", ", nodes.keySet()));
        }
        return node;
    }

    /**
     * Lists the nodes.
     *
     * @return in the order of their first start
     */
    public List<InJvmNode> nodes() {
        return List.copyOf(nodes.values());
    }

    /** Waits until each node has every other one online. */
    public void awaitMesh() {
        Awaitility.await("every node sees every other").atMost(MEET_MAX).until(() -> nodes.keySet().stream().allMatch(this::seesAll));
    }

    private boolean seesAll(String name) {
        var peers = nodes.get(name).service(Peers.class);
        return nodes.keySet().stream().filter(other -> !other.equals(name))
                .allMatch(other -> peers.find(NodeId.of(other)).filter(PeerInfo::online).isPresent());
    }

    /** Stops every node. Works twice. */
    @Override
    public void close() {
        RuntimeException first = null;
        for (var node : nodes.values().toArray(InJvmNode[]::new)) {
            try {
                node.close();
            } catch (RuntimeException e) {
                first = first == null ? e : first;
            }
        }
        try {
            loader.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (first != null) {
            throw first;
        }
    }
}
