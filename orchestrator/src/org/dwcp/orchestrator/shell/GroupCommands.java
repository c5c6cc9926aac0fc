// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusGroups;
import org.dwcp.api.consensus.Group;
import org.dwcp.api.consensus.GroupClient;
import org.dwcp.api.consensus.GroupStatus;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.SwitchRequest;
import org.dwcp.orchestrator.group.GroupHealth;
import org.dwcp.orchestrator.group.StandingGroups;
import org.dwcp.orchestrator.group.TextMap;
import org.dwcp.orchestrator.shell.view.GroupTable;
import org.dwcp.orchestrator.shell.view.GroupView;
import org.dwcp.orchestrator.shell.view.Note;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Commands over the replicated groups. There are none while no virtual log is installed. */
@Component(service = GroupCommands.class)
@GogoCommand(scope = "dwcp", function = {"groups", "group", "log"})
@Descriptor("replicated groups")
public final class GroupCommands {
    /** Longest wait for a switch or a change that was begun; it goes on without the command. */
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final List<String> ACTIONS = List.of("show", "create", "put", "append", "add", "drop", "get", "switch", "members", "approve", "compact", "leader");
    private static final List<String> VERBS = List.of("put", "append", "add", "drop");

    private final ConsensusGroups groups;
    private final StandingGroups standing;
    private final Supplier<List<GroupHealth.Alert>> health;

    /**
     * Makes the commands.
     *
     * @param groups   the groups
     * @param standing those that were made by command
     * @param health   what is wrong with them
     */
    @Activate
    public GroupCommands(@Reference ConsensusGroups groups, @Reference StandingGroups standing, @Reference GroupHealth health) {
        this(groups, standing, health::alerts);
    }

    GroupCommands(ConsensusGroups groups, StandingGroups standing, Supplier<List<GroupHealth.Alert>> health) {
        this.groups = groups;
        this.standing = standing;
        this.health = health;
    }

    /** Lists the groups. */
    @Descriptor("list the replicated groups of this node")
    @Usage(words = "", examples = {"groups", "groups --json"})
    public View groups(@Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json, String... words) {
        Words.of("groups", words, 0, 0, "");
        return new GroupTable(groups.list(), health.get()).as(json);
    }

    /** Shows or changes one group. */
    @Descriptor("make a replicated group of texts on this node, show one, switch its provider, change its members")
    @Usage(words = "show NAME | create NAME NODE... | put NAME KEY TEXT | append NAME KEY TEXT | add NAME KEY NUMBER | drop NAME KEY | get NAME KEY | switch NAME PROVIDER"
            + " | members NAME [NODE...] | approve NAME PROVIDER | leader NAME NODE | compact NAME",
            examples = {"group create settings lisbon porto faro --provider consensus.v1", "group put settings colour blue", "group show settings",
                    "group switch settings consensus.v3 --dry-run", "group members settings lisbon porto faro"})
    public View group(CommandSession session, @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("change nothing, say what would change") @Parameter(names = "--dry-run", presentValue = "true", absentValue = "false") boolean dryRun,
            @Descriptor("with create: what the first epoch runs on; what the routing gives when left out") @Parameter(names = "--provider", absentValue = "") String provider,
            @Descriptor("with get: the state of this node itself, which may be behind") @Parameter(names = "--stale", presentValue = "true", absentValue = "false") boolean stale,
            @Descriptor("show, create, put, append, add, drop, get, switch, members, approve, leader or compact, and the group") String... words) {
        var checked = Words.of("group", words, 2, 2 + Member.MEMBERS_MAX, "choose one of " + String.join(", ", ACTIONS) + ", then a group: " + known());
        var action = checked.oneOf(0, ACTIONS);
        var rest = new ArrayList<String>();
        for (int i = 2; i < checked.count(); i++) {
            rest.add(checked.at(i));
        }
        if (action.equals("create")) {
            Deadline.of(session).extend(WAIT); // the provider's first group starts its server
            return create(checked.at(1), provider, rest, dryRun);
        }
        var group = find(checked.at(1));
        if (VERBS.contains(action)) {
            return submit(session, group, action, rest, dryRun).as(json);
        }
        return switch (action) {
            case "get" -> {
                var query = TextMap.query(one(rest, "KEY"));
                yield new Note(text(wait(session, stale ? client(group).readStale(query) : client(group).readLinearizable(query)))).as(json);
            }
            case "show" -> new GroupView(group.status(), group.epochs());
            case "switch" -> switchTo(session, group, one(rest, "PROVIDER"), dryRun);
            case "members" -> members(session, group, rest, dryRun);
            case "approve" -> approve(group, one(rest, "PROVIDER"), dryRun);
            case "leader" -> {
                var target = NodeId.of(one(rest, "NODE"));
                yield new Note(dryRun ? "would hand the lead of " + name(group) + " to " + target : wait(session, group.transferLeader(target)) + " leads " + name(group));
            }
            default -> new Note(dryRun ? "would write a snapshot of " + name(group) : "the snapshot of " + name(group) + " holds index " + wait(session, group.compact()));
        };
    }

    /** Shows the last entries. */
    @Descriptor("show the last entries that a replicated group applied here")
    @Usage(words = "tail NAME", examples = {"log tail settings", "log tail settings --last 100"})
    public View log(@Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("how many, 1 to 1000; 20 when left out") @Parameter(names = {"--last", "-n"}, absentValue = "20") String last,
            @Descriptor("tail, and the group") String... words) {
        var checked = Words.of("log", words, 2, 2, "choose tail, then a group: " + known());
        checked.oneOf(0, List.of("tail"));
        var lines = find(checked.at(1)).tail(Words.number("log", "--last", last, 1, 1_000));
        return new Note(lines.isEmpty() ? "nothing was applied since this node started" : String.join("\n", lines)).as(json);
    }

    /** Each member's operator does this on his node, with the same words; who is not among them joins. */
    private View create(String name, String provider, List<String> nodes, boolean dryRun) {
        if (nodes.isEmpty()) {
            throw new UsageException("group", "group create needs the nodes that are members");
        }
        var members = nodes.stream().map(NodeId::of).map(groups::member).toList();
        if (dryRun) {
            return new Note("would host group " + name + " with members " + members);
        }
        var status = standing.create(name, provider, members).status();
        return new Note("group " + name + " is hosted on this node: epoch " + status.epoch().epoch() + " on " + status.epoch().provider() + ", members " + members
                + (members.contains(groups.self()) ? "; say the same on the other members" : "; this node joins when they make it a member"));
    }

    private View submit(CommandSession session, Group group, String verb, List<String> rest, boolean dryRun) {
        boolean drop = verb.equals("drop");
        if (rest.size() < (drop ? 1 : 2) || drop && rest.size() > 1) {
            throw new UsageException("group", "group " + verb + " needs a group, a key" + (drop ? "" : " and a text"));
        }
        var command = TextMap.command(verb, rest.getFirst(), String.join(" ", rest.subList(1, rest.size())));
        return new Note(dryRun ? "would order: " + text(command) : text(wait(session, client(group).submit(command))));
    }

    private GroupClient client(Group group) {
        return standing.client(name(group)).orElseThrow(() -> new UsageException("group", "group " + name(group) + " belongs to an application and takes no texts"));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String name(Group group) {
        return group.status().name();
    }

    private static String one(List<String> rest, String what) {
        if (rest.size() != 1) {
            throw new UsageException("group", "group needs one " + what + " and has " + rest);
        }
        return rest.getFirst();
    }

    private String known() {
        return groups.list().stream().map(GroupStatus::name).toList().toString();
    }

    private Group find(String name) {
        return groups.find(name).orElseThrow(() -> new UsageException("group", "there is no group '" + name + "' on this node; groups: " + known()));
    }

    private static View switchTo(CommandSession session, Group group, String provider, boolean dryRun) {
        var before = group.status().epoch();
        if (dryRun) {
            return new Note("would end epoch " + before.epoch() + " of " + name(group) + " on " + before.provider() + " and go on with " + provider + "\nundo: dwcp group switch "
                    + name(group) + " " + before.provider());
        }
        var next = wait(session, group.switchTo(new SwitchRequest(provider, List.of(), SwitchRequest.Trigger.OPERATOR, "command")));
        return new Note(name(group) + " is in epoch " + next.epoch() + " on " + next.provider() + ", certified by " + String.join(" ", next.signers())
                + "\nundo: dwcp group switch " + name(group) + " " + before.provider());
    }

    private View members(CommandSession session, Group group, List<String> names, boolean dryRun) {
        if (names.isEmpty()) {
            return new GroupView(group.status(), group.epochs());
        }
        var wanted = names.stream().map(NodeId::of).map(groups::member).toList();
        var before = group.status().members().stream().map(member -> member.node().value()).toList();
        if (dryRun) {
            return new Note("would change the members of " + name(group) + " from " + before + " to " + wanted);
        }
        return new Note("members of " + name(group) + ": " + wait(session, group.changeMembers(wanted)) + "\nundo: dwcp group members " + name(group) + " "
                + String.join(" ", before));
    }

    private static View approve(Group group, String provider, boolean dryRun) {
        if (!dryRun) {
            group.approveDowngrade(provider);
        }
        return new Note("this member " + (dryRun ? "would approve" : "approves") + " that epoch " + group.status().epoch().epoch() + " of " + name(group)
                + " is followed by one on " + provider);
    }

    private static <T> T wait(CommandSession session, CompletionStage<T> stage) {
        Deadline.of(session).extend(WAIT);
        try {
            return stage.toCompletableFuture().get(WAIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof DwcpException known ? known : new DwcpException(DwcpException.Kind.UNAVAILABLE, String.valueOf(e.getCause()));
        } catch (TimeoutException e) {
            throw new DwcpException(DwcpException.Kind.RETRY, "not done after " + WAIT + "; it goes on, see dwcp groups");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DwcpException(DwcpException.Kind.RETRY, "the command was interrupted; what it began goes on, see dwcp groups");
        }
    }
}
