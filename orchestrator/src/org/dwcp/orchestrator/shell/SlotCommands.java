// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.Slot;
import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.encoding.EncodingStats;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.shell.view.EncodingView;
import org.dwcp.orchestrator.shell.view.FlowMoveTable;
import org.dwcp.orchestrator.shell.view.HistoryTable;
import org.dwcp.orchestrator.shell.view.Reasons;
import org.dwcp.orchestrator.shell.view.SlotTable;
import org.dwcp.orchestrator.shell.view.SlotView;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Commands that look at slots. */
@Component(service = SlotCommands.class)
@GogoCommand(scope = "dwcp", function = {"list", "show", "why", "history"})
@Descriptor("slots: who serves, and why")
public final class SlotCommands {
    private final HybridManager manager;
    private final ModeAwareAdapter adapter;
    private final TransportFigures transports;

    /**
     * Makes the commands.
     *
     * @param manager what they ask
     * @param adapter gives a transport or an encoding, to look at
     * @param clock   time between two looks
     */
    @Activate
    public SlotCommands(@Reference HybridManager manager, @Reference ModeAwareAdapter adapter, @Reference NodeClock clock) {
        this.manager = manager;
        this.adapter = adapter;
        transports = new TransportFigures(adapter, clock);
    }

    /** Lists every slot with its providers. */
    @Descriptor("list every slot with its providers and their shares")
    @Usage(examples = {"list", "list --json"})
    public View list(@Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("nothing") String... words) {
        Words.of("list", words, 0, 0, "");
        return new SlotTable(manager.list()).as(json);
    }

    /** Shows one slot, or one transport or encoding with its figures. */
    @Descriptor("show one slot: versions, states, leases, capabilities; or one transport: lanes, bytes, round trips, loss, errors; or one encoding: bytes, what it chose and why")
    @Usage(words = "SLOT | TRANSPORT | ENCODING", examples = {"show transport", "show transport.v3", "show encoding --json", "show encoding.v3"})
    public View show(@Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("name of a SLOT, TRANSPORT or ENCODING") String... words) throws InterruptedException {
        var name = slot("show", words);
        if (transports.names().contains(name)) {
            return transports.of(name, manager.stats().modeChanges()).as(json);
        }
        var encoding = encoding(name);
        return encoding.isPresent() ? new EncodingView(encoding.get()).as(json) : new SlotView(manager.orchestrator().show(name)).as(json);
    }

    /** The figures of an encoding; empty when there is none of that name. */
    private Optional<EncodingStats> encoding(String name) {
        if (installed(adapter, Encoding.SLOT).stream().noneMatch(provider -> provider.name().equals(name))) {
            return Optional.empty();
        }
        try (Lease<Encoding> lease = adapter.route(Encoding.SLOT).leaseNamed(name)) {
            return Optional.of(lease.provider().stats().orElseGet(() -> new EncodingStats(name, 0, 0, 0, Map.of(), "")));
        }
    }

    /** Says why a slot's traffic goes where it goes. */
    @Descriptor("say why the traffic of a slot goes where it goes")
    @Usage(words = "SLOT", examples = "why transport")
    public View why(@Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("SLOT: name of the slot") String... words) {
        return new Reasons(manager.orchestrator().show(slot("why", words))).as(json);
    }

    /** Lists the last swaps. */
    @Descriptor("list the last swaps, newest last")
    @Usage(words = "[SLOT]", examples = {"history", "history transport --last 5", "history --flows"})
    public View history(@Descriptor("how many, 1 to 1000; 20 when left out") @Parameter(names = {"--last", "-n"}, absentValue = "20") String last,
            @Descriptor("the running flows that swaps have moved instead, with the time to their first byte") @Parameter(names = "--flows", presentValue = "true", absentValue = "false") boolean flows,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("SLOT: only this one") String... words) {
        var checked = Words.of("history", words, 0, 1, slots(manager.list()));
        var count = Words.number("history", "--last", last, 1, 1_000);
        if (flows) {
            var moved = manager.orchestrator().flowMoves().stream().filter(move -> checked.isEmpty() || move.slot().equals(checked.at(0))).toList();
            return new FlowMoveTable(moved.subList(Math.max(0, moved.size() - count), moved.size())).as(json);
        }
        var all = manager.orchestrator().history().stream().filter(swap -> checked.isEmpty() || swap.slot().equals(checked.at(0))).toList();
        return new HistoryTable(all.subList(Math.max(0, all.size() - count), all.size())).as(json);
    }

    private String slot(String command, String[] words) {
        return Words.of(command, words, 1, 1, slots(manager.list())).at(0);
    }

    /** The providers of a slot that are installed. */
    static List<ProviderInfo> installed(ModeAwareAdapter adapter, Slot<?> slot) {
        return adapter.slots().stream().filter(status -> status.slot().equals(slot.name())).flatMap(status -> status.providers().stream()).toList();
    }

    /** The choice of slots, for a wrong argument. */
    static String slots(List<SlotStatus> slots) {
        return "slots: " + slots.stream().map(SlotStatus::slot).collect(Collectors.joining(", "));
    }

    /** The choice of slots and providers, for a wrong argument. */
    static String providers(List<SlotStatus> slots) {
        return "providers: " + slots.stream()
                .map(slot -> slot.slot() + " (" + slot.providers().stream().map(p -> p.name()).collect(Collectors.joining(", ")) + ")")
                .collect(Collectors.joining(", "));
    }
}
