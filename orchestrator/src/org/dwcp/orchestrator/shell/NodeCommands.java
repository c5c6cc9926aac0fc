// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.ProviderState;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.orchestrator.deploy.Plugin;
import org.dwcp.orchestrator.deploy.Plugins;
import org.dwcp.orchestrator.group.GroupHealth;
import org.dwcp.orchestrator.shell.view.NodeStatus;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Commands over the node as a whole. */
@Component(service = NodeCommands.class, immediate = true) // The uptime counts from here; a delayed one is made anew for each call.
@GogoCommand(scope = "dwcp", function = {"status", "watch"})
@Descriptor("the node at a glance")
public final class NodeCommands {
    private final HybridManager manager;
    private final FeatureFlags flags;
    private final Peers peers;
    private final NodeIdentity identity;
    private final Plugins plugins;
    private final NodeClock clock;
    private final Supplier<List<GroupHealth.Alert>> groups;
    private final long startNs;

    /**
     * Makes the commands.
     *
     * @param manager  slots, mode, figures
     * @param flags    the kill switch
     * @param peers    who there is
     * @param identity the node's name
     * @param plugins  what deploy refused
     * @param clock    time
     * @param context  finds the health of groups, which is missing without them
     */
    @Activate
    public NodeCommands(@Reference HybridManager manager, @Reference FeatureFlags flags, @Reference Peers peers, @Reference NodeIdentity identity,
            @Reference Plugins plugins, @Reference NodeClock clock, BundleContext context) {
        this(manager, flags, peers, identity, plugins, clock, () -> Services.of(context).ask(GroupHealth.class, GroupHealth::alerts).orElse(List.of()));
    }

    NodeCommands(HybridManager manager, FeatureFlags flags, Peers peers, NodeIdentity identity, Plugins plugins, NodeClock clock,
            Supplier<List<GroupHealth.Alert>> groups) {
        this.manager = manager;
        this.flags = flags;
        this.peers = peers;
        this.identity = identity;
        this.plugins = plugins;
        this.clock = clock;
        this.groups = groups;
        startNs = clock.nanoTime();
    }

    /** Shows the node on one page. */
    @Descriptor("show the node on one page: mode, slots, peers, alerts")
    @Usage(examples = {"status", "status --json"})
    public View status(@Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("nothing") String... words) {
        Words.of("status", words, 0, 0, "");
        return status().as(json);
    }

    /** Shows the page again and again. */
    @Descriptor("show status every second until Ctrl-C")
    @Usage(examples = {"watch", "watch --count 10 --interval 5"})
    public View watch(CommandSession session,
            @Descriptor("how often; for ever when left out") @Parameter(names = {"--count", "-n"}, absentValue = "1000000") String count,
            @Descriptor("seconds between two pages, 1 to 3600; 1 when left out") @Parameter(names = "--interval", absentValue = "1") String interval,
            @Descriptor("nothing") String... words) throws InterruptedException {
        Words.of("watch", words, 0, 0, "");
        Watching.show(session, clock, Watching.times("watch", count), Words.seconds("watch", "--interval", interval, 3_600), this::status);
        return status(); // The last page stays on the screen.
    }

    private NodeStatus status() {
        var slots = manager.list();
        var known = peers.list();
        return new NodeStatus(identity.id().value(), identity.cluster(), Duration.ofNanos(clock.nanoTime() - startNs), manager.orchestrator().mode(),
                flags.state().forceV1Mode(), manager.stats().inFlight(), slots, known, alerts(slots, known));
    }

    private List<String> alerts(List<SlotStatus> slots, List<PeerInfo> known) {
        var alerts = new ArrayList<String>();
        if (flags.state().forceV1Mode()) {
            alerts.add("the kill switch is on: every slot is forced to v1; end it with 'dwcp killswitch off'");
        }
        flags.problems().forEach(problem -> alerts.add("flags: " + problem + "; the flags in force stay, mend the file"));
        if (manager.stats().flapping()) {
            alerts.add("the mode changes too often; see 'dwcp mode --explain'");
        }
        for (var slot : slots) {
            if (slot.primary().isEmpty()) {
                alerts.add("slot " + slot.slot() + " has no provider that serves; see 'dwcp why " + slot.slot() + "'");
            }
            slot.providers().stream().filter(p -> p.state() == ProviderState.FAILED)
                    .forEach(p -> alerts.add(p.name() + " has failed: " + p.reason()));
        }
        known.stream().filter(peer -> !peer.online() && !peer.problem().isEmpty())
                .forEach(peer -> alerts.add("peer " + peer.id() + " is offline: " + peer.problem()));
        groups.get().forEach(alert -> alerts.add("group " + alert.group() + ": " + alert.finding() + "; " + alert.remedy()));
        plugins.list().stream().filter(plugin -> plugin.state() == Plugin.State.REFUSED)
                .forEach(plugin -> alerts.add("deploy/" + plugin.jar() + " was refused: " + plugin.note()));
        return alerts;
    }
}
