// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Homes of the nodes of one cluster below one folder: the first node's home holds the authority, the others are enrolled there. Made with the
 * launcher of the image, in this JVM.
 */
public final class ClusterHomes {
    private final Path folder;
    private final List<String> names;

    /**
     * Makes the homes.
     *
     * @param image  the image
     * @param folder where the homes go, each under its node's name
     * @param names  the nodes' names, at least one
     */
    public ClusterHomes(NodeImage image, Path folder, List<String> names) {
        this.folder = folder;
        this.names = List.copyOf(names);
        var first = home(names.getFirst()).toString();
        var bundles = folder.resolve("bundles");
        try (var loader = image.programLoader()) {
            var program = loader.loadClass(image.entry(NodeImage.PROGRAM)).getMethod("run", List.class);
            run(program, "init", "--home", first, "--name", names.getFirst());
            for (var name : names.subList(1, names.size())) {
                run(program, "enroll", name, "--home", first, "--out", bundles.toString());
                run(program, "join", "--home", home(name).toString(), "--from", bundles.resolve(name + ".p12").toString());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the image's launcher cannot make homes (" + e + "); build it again", e);
        }
    }

    /**
     * Gives a node's home.
     *
     * @param name the node's name
     * @return a folder with {@code etc/tls} in it
     */
    public Path home(String name) {
        return folder.resolve(name);
    }

    /**
     * Gives the names.
     *
     * @return in the order given
     */
    public List<String> names() {
        return names;
    }

    /**
     * Tells a node where a peer is, as an operator does: by a file, which a running node reads too.
     *
     * @param node the node that is told
     * @param peer the other's name
     * @param port the other's control port, on this machine
     */
    public void introduce(String node, String peer, int port) {
        introduce(node, peer, "127.0.0.1", port);
    }

    /**
     * Tells a node where a peer is that may be on another machine.
     *
     * @param node the node that is told
     * @param peer the other's name
     * @param host the other's address
     * @param port the other's control port
     */
    public void introduce(String node, String peer, String host, int port) {
        try {
            var etc = Files.createDirectories(home(node).resolve("etc"));
            var part = Files.writeString(etc.resolve("peer.part"), "name=" + peer + "\nhost=" + host + "\nport=" + port + "\n");
            Files.move(part, etc.resolve("org.dwcp.Peer-" + peer + ".cfg"), StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(Method program, String... words) throws ReflectiveOperationException {
        var status = (int) program.invoke(null, List.of(words));
        if (status != 0) {
            throw new IllegalStateException(String.join(" ", words) + " ended with " + status + "; the reason is on the terminal");
        }
    }
}
