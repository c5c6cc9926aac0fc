// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.api.hybrid.LinkReport;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.orchestrator.shell.view.HintTable;
import org.dwcp.orchestrator.shell.view.Note;
import org.dwcp.orchestrator.shell.view.PeerFiguresTable;
import org.dwcp.orchestrator.shell.view.PeerTable;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Commands over the peers. */
@Component(service = PeerCommands.class)
@GogoCommand(scope = "dwcp", function = "peers")
@Descriptor("peers")
public final class PeerCommands {
    private final Peers peers;
    private final TransportFigures transports;
    private final ModeDetector detector;
    private final Supplier<Optional<Gossip>> gossip;

    /**
     * Makes the commands.
     *
     * @param peers    the peers
     * @param detector knows the mode of each link
     * @param adapter  gives the transports, to look at
     * @param clock    time between two looks
     * @param context  finds the gossip, which may be missing
     */
    @Activate
    public PeerCommands(@Reference Peers peers, @Reference ModeDetector detector, @Reference ModeAwareAdapter adapter, @Reference NodeClock clock, BundleContext context) {
        this(peers, detector, adapter, clock, () -> Services.of(context).ask(Gossip.class, found -> found));
    }

    PeerCommands(Peers peers, ModeDetector detector, ModeAwareAdapter adapter, NodeClock clock, Supplier<Optional<Gossip>> gossip) {
        this.peers = peers;
        this.detector = detector;
        this.gossip = gossip;
        transports = new TransportFigures(adapter, clock);
    }

    /** Lists the peers, adds or removes one. */
    @Descriptor("list the peers, add or remove one")
    @Usage(words = "[add NAME HOST:PORT | remove NAME]", examples = {"peers", "peers --stats", "peers --hints", "peers add lisbon 192.0.2.7:7400", "peers remove lisbon"})
    public View peers(
            @Descriptor("show what each transport does with each peer") @Parameter(names = "--stats", presentValue = "true", absentValue = "false") boolean stats,
            @Descriptor("show where nodes say by gossip that they are") @Parameter(names = "--hints", presentValue = "true", absentValue = "false") boolean hints,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("add NAME HOST:PORT, or remove NAME") String... words) throws InterruptedException {
        var checked = Words.of("peers", words, 0, 3, "choose add NAME HOST:PORT or remove NAME");
        if (checked.isEmpty() && stats) {
            return new PeerFiguresTable(transports.peers()).as(json);
        }
        if (checked.isEmpty() && hints) {
            return hints().as(json);
        }
        if (checked.isEmpty()) {
            var modes = detector.links().stream().collect(Collectors.toMap(LinkReport::peer, link -> link.detected() ? link.mode().label() : "?"));
            return new PeerTable(peers.list(), modes).as(json);
        }
        var add = checked.oneOf(0, List.of("add", "remove")).equals("add");
        if (checked.count() != (add ? 3 : 2)) {
            throw new UsageException("peers", add ? "peers add needs NAME HOST:PORT" : "peers remove needs NAME; " + known());
        }
        var name = NodeId.of(checked.at(1));
        return add ? add(name, checked.at(2)).as(json) : remove(name).as(json);
    }

    private View hints() {
        var said = gossip.get().map(Gossip::list).orElse(List.of()).stream().filter(value -> value.name().equals("address") && !value.owner().equals(peers.self())).toList();
        return new HintTable(said, peers.list().stream().collect(Collectors.toMap(PeerInfo::id, peer -> peer)));
    }

    private View add(NodeId name, String address) {
        var colon = address.lastIndexOf(':');
        if (colon < 1 || address.indexOf(':') != colon && !address.startsWith("[")) {
            throw new UsageException("peers", "'" + address + "' is no HOST:PORT; an IPv6 address goes into brackets: [2001:db8::7]:7400");
        }
        var host = address.substring(0, colon).replaceAll("^\\[|]$", "");
        var port = Words.number("peers", "port", address.substring(colon + 1), 1, 65_535);
        var was = peers.find(name);
        peers.add(name, host, port);
        return new Note("peer " + name + " is at " + host + ":" + port + "\nundo: "
                + was.map(p -> "dwcp peers add " + name + " " + p.host() + ":" + p.port()).orElse("dwcp peers remove " + name));
    }

    private View remove(NodeId name) {
        var was = peers.find(name);
        if (!peers.remove(name)) {
            throw new UsageException("peers", "there is no peer '" + name + "'; " + known());
        }
        return new Note("peer " + name + " is forgotten"
                + was.map(p -> "\nundo: dwcp peers add " + name + " " + p.host() + ":" + p.port()).orElse(""));
    }

    private String known() {
        return "peers: " + peers.list().stream().map(PeerInfo::id).map(NodeId::value).collect(Collectors.joining(", "));
    }
}
