// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.api.gossip.GossipValue;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.shell.view.GossipTable;
import org.dwcp.orchestrator.shell.view.GossipView;
import org.dwcp.orchestrator.shell.view.Note;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Commands over gossip. There are none while no gossip is installed. */
@Component(service = GossipCommands.class)
@GogoCommand(scope = "dwcp", function = "gossip")
@Descriptor("gossip")
public final class GossipCommands {
    static final List<String> ACTIONS = List.of("show", "put", "remove", "figures");

    private final Gossip gossip;
    private final NodeClock clock;

    /**
     * Makes the commands.
     *
     * @param gossip the values
     * @param clock  their age
     */
    @Activate
    public GossipCommands(@Reference Gossip gossip, @Reference NodeClock clock) {
        this.gossip = gossip;
        this.clock = clock;
    }

    /** Lists the values, shows, puts or removes one. */
    @Descriptor("list what the nodes tell each other, show a value, put or remove one of this node")
    @Usage(words = "[show NODE NAME | put NAME TEXT... | remove NAME | figures]",
            examples = {"gossip", "gossip show lisbon address", "gossip put note back at noon --life 2h", "gossip remove note", "gossip figures"})
    public View gossip(@Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("change nothing, say what would change") @Parameter(names = "--dry-run", presentValue = "true", absentValue = "false") boolean dryRun,
            @Descriptor("with put: how long it counts after this node has stopped, 10s to 7d; a day when left out") @Parameter(names = "--life", absentValue = "1d") String life,
            @Descriptor("show, put, remove or figures, and what it is about") String... words) {
        var checked = Words.of("gossip", words, 0, 64, "choose one of " + String.join(", ", ACTIONS));
        if (checked.isEmpty()) {
            return new GossipTable(gossip.list(), gossip.neighbours(), clock.now()).as(json);
        }
        return switch (checked.oneOf(0, ACTIONS)) {
            case "show" -> new GossipView(found(checked), clock.now()).as(json);
            case "put" -> put(checked, Words.time("gossip", "--life", life), dryRun).as(json);
            case "remove" -> remove(checked, dryRun).as(json);
            default -> new Note(Stream.concat(gossip.figures().entrySet().stream().sorted(java.util.Map.Entry.comparingByKey()).map(e -> e.getKey() + " " + e.getValue()),
                    Stream.of("neighbours " + gossip.neighbours())).reduce((a, b) -> a + "\n" + b).orElse("")).as(json);
        };
    }

    private GossipValue found(Words words) {
        if (words.count() != 3) {
            throw new UsageException("gossip", "gossip show needs NODE NAME");
        }
        return gossip.find(NodeId.of(words.at(1)), words.at(2)).orElseThrow(() -> new UsageException("gossip", "node '" + words.at(1) + "' tells no '" + words.at(2)
                + "' that is known here; known: " + gossip.list().stream().map(value -> value.owner() + " " + value.name()).toList()));
    }

    private View put(Words words, Duration life, boolean dryRun) {
        if (words.count() < 3) {
            throw new UsageException("gossip", "gossip put needs NAME TEXT");
        }
        var text = String.join(" ", Stream.iterate(2, i -> i < words.count(), i -> i + 1).map(words::at).toList());
        if (dryRun) {
            return new Note("would tell all nodes " + words.at(1) + ": " + text);
        }
        var value = gossip.put(words.at(1), text.getBytes(StandardCharsets.UTF_8), life);
        return new Note("all nodes are told " + value.name() + ", version " + value.version() + ", for as long as this node runs\nundo: dwcp gossip remove " + value.name());
    }

    private View remove(Words words, boolean dryRun) {
        if (words.count() != 2) {
            throw new UsageException("gossip", "gossip remove needs NAME");
        }
        var name = words.at(1);
        boolean known = gossip.list().stream().anyMatch(value -> value.name().equals(name) && value.hops() == 0);
        if (dryRun && known) {
            return new Note("would take " + name + " back");
        }
        if (dryRun || !gossip.remove(name)) {
            throw new UsageException("gossip", "this node tells no '" + name + "'");
        }
        return new Note(name + " is taken back");
    }
}
