// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.wan;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.testkit.cluster.ClusterHomes;
import org.dwcp.testkit.cluster.NodeImage;
import org.dwcp.testkit.cluster.NodeProcess;
import org.dwcp.testkit.wan.WanLink.End;

/**
 * Two node processes, a at end A and b at end B of a link, that know each other. A client must stand where its node is: use
 * {@link NodeProcess#command}, or {@link WanLink#inside}.
 */
public final class WanNodes implements AutoCloseable {
    /** Port of the nodes' control connections. */
    public static final int PORT = 7_420;

    private final WanLink link;
    private final NodeImage image;
    private final ClusterHomes homes;
    private final Optional<List<String>> jvm;
    private final List<String> options;
    private final Map<End, NodeProcess> nodes = new EnumMap<>(End.class);

    /**
     * Starts both.
     *
     * @param link    between them; stays open when these are closed
     * @param folder  for their homes
     * @param options further words of {@code node} for both, such as {@code --set KEY=VALUE}
     */
    public WanNodes(WanLink link, Path folder, String... options) {
        this(link, folder, Optional.empty(), options);
    }

    /** The same with other words for their JVMs, for measurements; none for nodes as a user starts them. */
    public WanNodes(WanLink link, Path folder, List<String> jvm, String... options) {
        this(link, folder, Optional.of(List.copyOf(jvm)), options);
    }

    private WanNodes(WanLink link, Path folder, Optional<List<String>> jvm, String... options) {
        this.link = link;
        this.jvm = jvm;
        this.options = List.of(options);
        image = NodeImage.find();
        homes = new ClusterHomes(image, folder, List.of(name(End.A), name(End.B)));
        try {
            for (var end : End.values()) {
                homes.introduce(name(end), name(end.other()), link.address(end.other()), PORT);
                start(end);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Returns the name of an end's node: a or b. */
    public static String name(End end) {
        return end.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** Starts a node, also one that was killed before, and waits until it is ready. */
    public NodeProcess start(End end) {
        var words = new ArrayList<>(List.of("--port", String.valueOf(PORT)));
        words.addAll(options);
        var plain = words.toArray(String[]::new);
        var node = jvm.map(more -> NodeProcess.start(link.enter(end), more, image, home(end), plain)).orElseGet(() -> NodeProcess.start(link.enter(end), image, home(end), plain));
        nodes.put(end, node);
        return node;
    }

    /** Returns the node of an end as it was started last. */
    public NodeProcess node(End end) {
        return nodes.get(end);
    }

    /** Tells the other end's node that this end has another address, while both run. */
    public void moved(End end, String address) {
        homes.introduce(name(end.other()), name(end), address, PORT);
    }

    /** Returns the home of an end's node. */
    public Path home(End end) {
        return homes.home(name(end));
    }

    /** Kills both. */
    @Override
    public void close() {
        nodes.values().forEach(NodeProcess::close);
    }
}
