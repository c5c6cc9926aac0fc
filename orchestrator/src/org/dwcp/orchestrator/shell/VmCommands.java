// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.vm.Migration;
import org.dwcp.api.vm.MigrationOptions;
import org.dwcp.api.vm.MigrationStatus;
import org.dwcp.api.vm.VirtualMachines;
import org.dwcp.orchestrator.shell.view.GuestTable;
import org.dwcp.orchestrator.shell.view.MigrationView;
import org.dwcp.orchestrator.shell.view.Note;
import org.dwcp.orchestrator.shell.view.Screen;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Commands over virtual machines. A move is followed as a transfer is, and a client that goes away cancels what it ordered: the guest runs on here, unless it was
 * handed over by then.
 */
@Component(service = VmCommands.class)
@GogoCommand(scope = "dwcp", function = "vm")
@Descriptor("virtual machines that move while they run")
public final class VmCommands {
    static final List<String> ACTIONS = List.of("list", "start", "migrate", "show", "cancel");
    private static final int PATIENCE_MAX_S = 3_600;
    private static final int DOWNTIME_MAX_MS = 60_000;

    private final VirtualMachines machines;
    private final Peers peers;

    /**
     * Makes the commands.
     *
     * @param machines what has and moves guests
     * @param peers    who there is
     */
    @Activate
    public VmCommands(@Reference VirtualMachines machines, @Reference Peers peers) {
        this.machines = machines;
        this.peers = peers;
    }

    /** Lists, starts, moves, shows or cancels. */
    @Descriptor("move virtual machines to another node while they run: a guest is a file in etc/vms with the command line of its QEMU, at both nodes")
    @Usage(words = "list | start NAME | migrate NAME NODE | show NAME | cancel NAME",
            examples = {"vm list", "vm start web", "vm migrate web lisbon", "vm migrate web lisbon --downtime 50", "vm show web", "vm cancel web"})
    public View vm(CommandSession session,
            @Descriptor("with migrate: longest standstill to aim at, in milliseconds; 100 when left out") @Parameter(names = "--downtime", absentValue = "100") String downtime,
            @Descriptor("with migrate: seconds to go on while the node is away; 60 when left out") @Parameter(names = "--timeout", absentValue = "60") String timeout,
            @Descriptor("write JSON at the end") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("list, start, migrate, show or cancel, and what they need") String... words) {
        var action = Words.of("vm", words, 1, 3, "choose one of " + String.join(", ", ACTIONS)).oneOf(0, ACTIONS);
        var options = new MigrationOptions(Duration.ofMillis(Words.number("vm", "--downtime", downtime, 1, DOWNTIME_MAX_MS)),
                Words.seconds("vm", "--timeout", timeout, PATIENCE_MAX_S));
        return switch (action) {
            case "list" -> {
                words(words, 1, "no more words");
                yield new GuestTable(peers.self(), machines.list()).as(json);
            }
            case "start" -> {
                Deadline.of(session).lift();
                yield new GuestTable(peers.self(), List.of(machines.start(words(words, 2, "NAME").at(1)))).as(json);
            }
            case "migrate" -> {
                var checked = words(words, 3, "NAME NODE");
                yield follow(session, machines.migrate(checked.at(1), NodeId.of(checked.at(2)), options), json);
            }
            case "show" -> new MigrationView(last(words(words, 2, "NAME").at(1)).status()).as(json);
            default -> {
                var name = words(words, 2, "NAME").at(1);
                if (!last(name).cancel()) {
                    throw new DwcpException(DwcpException.Kind.REJECTED, "it is too late to cancel the move of guest " + name + ": it was handed over, or is over; "
                            + "vm show " + name + " tells which");
                }
                yield new Note("the move of guest " + name + " is cancelled; the guest runs on at " + peers.self()).as(json);
            }
        };
    }

    private Words words(String[] words, int count, String needs) {
        return Words.of("vm", words, count, count, "vm " + words[0] + " takes " + needs + "; peers: "
                + peers.list().stream().map(PeerInfo::id).map(NodeId::value).collect(Collectors.joining(", ")));
    }

    private Migration last(String name) {
        return machines.find(name).orElseThrow(() -> new DwcpException(DwcpException.Kind.REJECTED, "guest " + name + " was not moved from " + peers.self()
                + " since this node was started"));
    }

    private static View follow(CommandSession session, Migration migration, boolean json) {
        Deadline.of(session).lift();
        return new MigrationView(Following.toTheEnd(session, json, new Followed(migration))).as(json);
    }

    private record Followed(Migration migration) implements Following.Work<MigrationStatus> {
        @Override
        public MigrationStatus await(Duration timeout) {
            return migration.await(timeout);
        }

        @Override
        public boolean isOver(MigrationStatus status) {
            return status.state().ended();
        }

        @Override
        public String progress(MigrationStatus status, Screen screen) {
            return MigrationView.progress(status, screen);
        }

        @Override
        public void cancel() {
            migration.cancel();
        }

        @Override
        public String cancelled(MigrationStatus status) {
            return "cancelled; guest " + status.name() + " runs on here, unless it was handed over by then";
        }
    }
}
