// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.node.NodeRandom;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transfer.Calls;
import org.dwcp.api.transfer.Transfers;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The shell's hold on the load: {@code workload begin FOLDER PEERS BYTES_PER_SECOND}, {@code workload show}, {@code workload finish}. */
@Component(service = WorkloadCommands.class, immediate = true, property = {"osgi.command.scope=dwcp", "osgi.command.function=workload"})
public final class WorkloadCommands {
    private static final Duration CALL_INTERVAL = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String USAGE = "use: workload begin FOLDER PEER[,PEER...] BYTES_PER_SECOND | workload show | workload finish";

    private final HybridManager manager;
    private final Transfers transfers;
    private final Calls calls;
    private final Peers peers;
    private final NodeRandom random;
    private final Path list;
    private Workload running;

    @Activate
    public WorkloadCommands(@Reference HybridManager manager, @Reference Transfers transfers, @Reference Calls calls, @Reference Peers peers,
            @Reference NodeRandom random, @Reference NodeFolders folders) {
        this.manager = manager;
        this.transfers = transfers;
        this.calls = calls;
        this.peers = peers;
        this.random = random;
        this.list = folders.data("workload").resolve("sent.tsv");
    }

    /**
     * Begins, shows or finishes the load.
     *
     * @param words verb and what it needs
     * @return the node and its load as lines of {@code key=value}
     */
    public synchronized String workload(String... words) throws IOException {
        Check.argument(words.length > 0, USAGE);
        switch (words[0]) {
            case "begin" -> begin(words);
            case "show" -> Check.argument(words.length == 1, USAGE);
            case "finish" -> {
                Check.argument(running != null, "no load was begun; " + USAGE);
                running.finish();
            }
            default -> Check.argument(false, "workload does not know '%s'; %s", words[0], USAGE);
        }
        return NodeView.of(manager, peers, running == null ? WorkloadFigures.NONE : running.figures());
    }

    private void begin(String... words) throws IOException {
        Check.argument(running == null, "a load runs already; finish it first");
        Check.argument(words.length == 4 && words[3].matches("[0-9]{1,10}"), USAGE);
        List<NodeId> receivers = Arrays.stream(words[2].split(",")).map(NodeId::of).toList();
        running = new Workload(new WorkloadSettings(Path.of(words[1]), receivers, Long.parseLong(words[3]), CALL_INTERVAL, PATIENCE), peers.self(), transfers,
                calls, random, list);
        running.start();
    }

    @Deactivate
    synchronized void deactivate() {
        if (running != null) {
            running.close();
        }
    }
}
