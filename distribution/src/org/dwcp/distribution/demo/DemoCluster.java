// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.dwcp.api.node.NodeClock;

/**
 * Three nodes of one cluster on this machine, each behind shaped links. The nodes run the image's bundles but transport.v3, which lies in their deploy
 * folders: so it can be taken away and replaced while they run.
 */
final class DemoCluster implements AutoCloseable {
    static final String V3_JAR = "transport.v3-3.0.0.jar";
    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final String V3_BUNDLE = "org.dwcp.transport.v3";
    private static final String WORKLOAD_BUNDLE = "org.dwcp.distribution.workload";

    final List<DemoNode> nodes = new ArrayList<>();
    private final Path image;
    private final Path system;
    private final NodeClock clock;

    /**
     * Lays out image and homes.
     *
     * @param system the built image
     * @param folder an empty folder for this run
     */
    DemoCluster(Path system, Path folder, NodeClock clock) throws IOException {
        this.system = system;
        this.clock = clock;
        this.image = folder.resolve("image");
        for (String part : List.of("lib", "system", "etc")) {
            copyFiles(system.resolve(part), image.resolve(part));
        }
        for (String name : NAMES) {
            nodes.add(new DemoNode(name, folder.resolve(name), image, new Links(clock, DemoNode.V1, DemoNode.V3), clock));
        }
    }

    private static void copyFiles(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        if (!Files.isDirectory(from)) {
            return;
        }
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).filter(f -> !f.getFileName().toString().startsWith(V3_BUNDLE)).toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** Makes the cluster's authority, enrols the nodes, starts them and tells each of the others. */
    void start(Map<String, String> settings) throws DemoException, IOException, InterruptedException {
        DemoNode first = nodes.getFirst();
        DemoNode.launch(image, "init", "--home", first.home.toString(), "--name", first.name);
        for (DemoNode node : nodes.subList(1, nodes.size())) {
            Path enrolment = node.home.resolveSibling("enrolment");
            DemoNode.launch(image, "enroll", node.name, "--home", first.home.toString(), "--out", enrolment.toString());
            DemoNode.launch(image, "join", "--home", node.home.toString(), "--from", enrolment.resolve(node.name + ".p12").toString());
        }
        for (DemoNode node : nodes) {
            node.deploy(v3(), V3_JAR);
            node.deploy(system.resolve("demo").resolve(WORKLOAD_BUNDLE + ".jar"), "workload.jar");
            Map<String, String> own = new HashMap<>(settings);
            own.put("dwcp.advertise", DemoNode.V1 + "=" + node.links.nearPort(DemoNode.V1) + "," + DemoNode.V3 + "=" + node.links.nearPort(DemoNode.V3));
            own.put("org.dwcp.transport.v1:listen.port", String.valueOf(node.links.farPort(DemoNode.V1)));
            own.put("org.dwcp.transport.v3:listen.port", String.valueOf(node.links.farPort(DemoNode.V3)));
            node.start(own);
        }
        for (DemoNode node : nodes) {
            node.awaitReady();
        }
        for (DemoNode node : nodes) {
            for (DemoNode other : others(node)) {
                node.run("peers", "add", other.name, "127.0.0.1:" + other.links.nearPort(Links.CONTROL));
            }
        }
    }

    Path v3() {
        return system.resolve("system").resolve(V3_BUNDLE + ".jar");
    }

    List<DemoNode> others(DemoNode node) {
        return nodes.stream().filter(other -> other != node).toList();
    }

    void shape(Duration oneWay, long bitsPerSecond) {
        nodes.forEach(node -> node.links.shape(oneWay, bitsPerSecond));
    }

    Map<String, Path> inboxes() {
        return nodes.stream().collect(Collectors.toMap(node -> node.name, node -> node.home.resolve("data/inbox")));
    }

    @Override
    public void close() {
        nodes.forEach(DemoNode::close);
    }
}
