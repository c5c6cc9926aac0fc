// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench.switching;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.Check;
import org.dwcp.testkit.cluster.ClusterHomes;
import org.dwcp.testkit.cluster.NodeImage;
import org.dwcp.testkit.cluster.NodeProcess;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;

/** Node processes a and b of the image, at the ends of an emulated link, or both on the loopback interface where there is none. */
final class TwoNodes implements AutoCloseable {
    private static final int PORT = 7_420;
    private static final int LOOPBACK_PORT_B = 7_421;

    private final Optional<WanLink> link;
    private final ClusterHomes homes;
    private final URLClassLoader launcher;
    private final Method client;
    private final Map<String, NodeProcess> nodes = new LinkedHashMap<>();

    TwoNodes(Path folder, Optional<WanLink> link) throws IOException, ReflectiveOperationException {
        this.link = link;
        var image = NodeImage.find();
        homes = new ClusterHomes(image, folder, List.of("a", "b"));
        List<URL> jars = new ArrayList<>();
        try (var files = Files.list(image.root().resolve("lib"))) {
            for (var jar : files.toList()) {
                jars.add(jar.toUri().toURL());
            }
        }
        launcher = new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        client = launcher.loadClass("org.dwcp.distribution.launcher.Client").getMethod("run", Path.class, List.class, OutputStream.class, OutputStream.class);
        try {
            for (var name : List.of("a", "b")) {
                var peer = name.equals("a") ? "b" : "a";
                homes.introduce(name, peer, link.map(wan -> wan.address(end(peer))).orElse("127.0.0.1"), port(peer));
                nodes.put(name, NodeProcess.start(link.map(wan -> wan.enter(end(name))).orElse(List.of()), image, homes.home(name),
                        "--port", String.valueOf(port(name)), "--set", "org.dwcp.orchestrator:auto.detect=false"));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static End end(String node) {
        return node.equals("a") ? End.A : End.B;
    }

    private int port(String node) {
        return node.equals("a") || link.isPresent() ? PORT : LOOPBACK_PORT_B;
    }

    void set(WanCondition condition) {
        link.ifPresent(wan -> wan.set(condition));
    }

    Path inbox() {
        return homes.home("b").resolve("data/inbox");
    }

    /** Bytes that have come out of the link towards b; without a link what lies in b's data folder, whole files and parts. */
    long bytesToReceiver() {
        return link.map(wan -> wan.stats().aToB().bytesOut()).orElseGet(this::bytesAtReceiver);
    }

    private long bytesAtReceiver() {
        try (var files = Files.walk(homes.home("b").resolve("data"))) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException | java.io.UncheckedIOException e) {
            return 0; // a file that was there has been moved: the next look sees it
        }
    }

    /** Runs a command of a node; fails when that fails. */
    String run(String node, String... words) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int status = link.isPresent() ? link.get().inside(end(node), () -> call(node, out, err, words)) : call(node, out, err, words);
        Check.state(status == 0, "%s at %s ended with %d: %s%s", String.join(" ", words), node, status, out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    private int call(String node, OutputStream out, OutputStream err, String... words) {
        try {
            return (int) client.invoke(null, homes.home(node), List.of(words), out, err);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the client of the image cannot be called; build it again", e);
        }
    }

    @Override
    public void close() {
        nodes.values().forEach(NodeProcess::close);
        try {
            launcher.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
