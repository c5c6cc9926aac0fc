// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeExecutors;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.node.NodeRandom;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.Transfers;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.migration.depot.PackFlows;
import org.dwcp.migration.file.Disk;
import org.dwcp.migration.flow.FlowNode;
import org.dwcp.migration.flow.FlowSettings;
import org.dwcp.migration.flow.ModeSettings;
import org.dwcp.migration.flow.ModeWindows;
import org.dwcp.migration.transfer.FileTransfers;
import org.dwcp.migration.transfer.TransferSettings;
import org.dwcp.migration.vm.GuestFlows;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Transfers as a service, and the protocol of their flows. Immediate, because unfinished transfers go on without being asked for. */
@Component(service = {Transfers.class, ProtocolHandler.class, PackHost.class}, immediate = true, configurationPid = TransfersComponent.PID,
        property = ProtocolHandler.PROTOCOL + "=dwcp.flow")
@Designate(ocd = TransfersComponent.Config.class)
public final class TransfersComponent implements Transfers, ProtocolHandler, PackHost {
    static final String PID = "org.dwcp.migration";

    /** Configuration. What concerns flows holds for those that begin after a change. */
    @ObjectClassDefinition(name = "Transfers", description = "Flows of bytes, files and folders between nodes.")
    @interface Config {
        /** Chunk size. */
        @AttributeDefinition(min = "4096", max = "1048576", description = "Bytes of a chunk before encoding.")
        int chunk_bytes() default 256 << 10;

        /** Window on short lines. */
        @AttributeDefinition(min = "1048576", max = "1073741824",
                description = "Most bytes of a flow that are sent and not yet acknowledged, in mode DATACENTER.")
        long window_bytes_datacenter() default 32 << 20;

        /** Window while the lines are mixed. */
        @AttributeDefinition(min = "1048576", max = "1073741824", description = "The same in mode HYBRID and before the first detection.")
        long window_bytes_hybrid() default 64 << 20;

        /** Window on long lines. */
        @AttributeDefinition(min = "1048576", max = "1073741824", description = "The same in mode INTERNET.")
        long window_bytes_internet() default 128 << 20;

        /** Receive memory of the node. */
        @AttributeDefinition(min = "4194304", max = "17179869184", description = "Most bytes received and not yet written, all flows together.")
        long receive_bytes_max() default 128 << 20;

        /** Receive memory for a peer. */
        @AttributeDefinition(min = "4194304", max = "17179869184",
                description = "Most bytes received and not yet written, all flows of one peer; at most receive.bytes.max.")
        long peer_receive_bytes_max() default 64 << 20;

        /** Receive memory of a flow. */
        @AttributeDefinition(min = "4194304", max = "17179869184",
                description = "Most bytes received and not yet written, one flow; at most peer.receive.bytes.max.")
        long flow_receive_bytes_max() default 32 << 20;

        /** Send memory of the node. */
        @AttributeDefinition(min = "1048576", max = "17179869184",
                description = "Most bytes being read, encoded and sent, all flows together; each may have one chunk in any case.")
        long send_bytes_max() default 64 << 20;

        /** Send memory for a peer. */
        @AttributeDefinition(min = "1048576", max = "17179869184", description = "The same for all flows to one peer; at most send.bytes.max.")
        long peer_send_bytes_max() default 32 << 20;

        /** Rate. */
        @AttributeDefinition(min = "0", max = "1000000000000",
                description = "Most bytes that all flows of this node send in a second, before encoding; 0 is no limit, else at least 10000. Holds at once.")
        long send_bytes_per_second_max() default 0;

        /** Flows of peers. */
        @AttributeDefinition(min = "1", max = "4096", description = "Most flows that peers have opened here.")
        int flows_max() default 256;

        /** Flows of one peer. */
        @AttributeDefinition(min = "1", max = "4096", description = "Most flows that one peer has opened here.")
        int flows_peer_max() default 64;

        /** Silence. */
        @AttributeDefinition(min = "100", max = "600000", description = "A channel on which nothing was heard for so long is given up, in milliseconds.")
        long inactivity_timeout_ms() default 15_000;

        /** Opening. */
        @AttributeDefinition(min = "100", max = "300000", description = "Longest time to open a channel, in milliseconds.")
        long open_timeout_ms() default 10_000;

        /** Draining. */
        @AttributeDefinition(min = "10", max = "60000", description = "Longest time an old channel is kept after a move, in milliseconds.")
        long drain_timeout_ms() default 5_000;

        /** Absent senders. */
        @AttributeDefinition(min = "100", max = "86400000", description = "A flow of a peer that is away for so long is put away, in milliseconds.")
        long idle_timeout_ms() default 60_000;

        /** Own transfers at once. */
        @AttributeDefinition(min = "1", max = "256", description = "Most transfers ordered here that run at once; others wait in line.")
        int transfers_max() default 16;

        /** Own transfers in line. */
        @AttributeDefinition(min = "1", max = "100000", description = "Most transfers ordered here that wait in line.")
        int queue_transfers_max() default 1_000;

        /** Unfinished parts. */
        @AttributeDefinition(min = "1", max = "3650", description = "Days after which an unfinished part in the inbox is removed.")
        int parts_days_max() default 7;
    }

    private final FileTransfers transfers;
    private final PackFlows packs;
    private final FlowNode node;
    private final ModeSettings settings;
    private final Registration modeListener;

    /** Starts, and goes on with what was unfinished. */
    @Activate
    public TransfersComponent(Config config, @Reference NodeClock clock, @Reference NodeRandom random, @Reference NodeExecutors executors,
            @Reference NodeFolders folders, @Reference Peers peers, @Reference ModeAwareAdapter adapter,
            @Reference HybridOrchestrator orchestrator, @Reference DepotHost images, @Reference GuestHost guests) {
        FlowSettings flows = flows(config);
        ModeWindows windows = windows(config);
        TransferSettings limits = limits(config);
        checkRate(config);
        node = new FlowNode(clock, random, executors, peers, adapter, flows);
        node.sendLimit().change(config.send_bytes_per_second_max());
        settings = new ModeSettings(node::apply, flows, windows, NetworkMode.HYBRID);
        packs = new PackFlows(node, images.depot(), Disk.REAL);
        transfers = new FileTransfers(node, folders, Disk.REAL, limits, List.of(packs, new GuestFlows(node, guests.guests())));
        modeListener = orchestrator.onModeChange(change -> follow(orchestrator));
        follow(orchestrator);
    }

    /** Asks again after applying: of two threads that do this the last one leaves the mode that holds. */
    private void follow(HybridOrchestrator orchestrator) {
        NetworkMode mode;
        do {
            mode = orchestrator.mode().mode();
            settings.follow(mode);
        } while (mode != orchestrator.mode().mode());
    }

    private static FlowSettings flows(Config config) {
        return new FlowSettings(config.chunk_bytes(), FlowSettings.WINDOW_BYTES_MIN, config.receive_bytes_max(), config.peer_receive_bytes_max(),
                config.flow_receive_bytes_max(), config.send_bytes_max(), config.peer_send_bytes_max(),
                config.flows_max(), config.flows_peer_max(), Duration.ofMillis(config.inactivity_timeout_ms()),
                Duration.ofMillis(config.open_timeout_ms()), Duration.ofMillis(config.drain_timeout_ms()), Duration.ofMillis(config.idle_timeout_ms()));
    }

    private static void checkRate(Config config) {
        long rate = config.send_bytes_per_second_max();
        if (rate != 0) {
            FlowSettings.within("send.bytes.per.second.max", rate, TransferOptions.BYTES_PER_SECOND_LEAST, TransferOptions.BYTES_PER_SECOND_MOST);
        }
    }

    private static ModeWindows windows(Config config) {
        return new ModeWindows(config.window_bytes_datacenter(), config.window_bytes_hybrid(), config.window_bytes_internet());
    }

    private static TransferSettings limits(Config config) {
        return new TransferSettings(config.transfers_max(), config.queue_transfers_max(), config.parts_days_max());
    }

    /** A value out of bounds changes nothing. */
    @Modified
    void modified(Config config) {
        FlowSettings flows = flows(config);
        ModeWindows windows = windows(config);
        TransferSettings limits = limits(config);
        checkRate(config);
        transfers.apply(limits);
        settings.configure(flows, windows);
        node.sendLimit().change(config.send_bytes_per_second_max());
    }

    @Deactivate
    void deactivate() {
        modeListener.close();
        transfers.close();
    }

    @Override
    public Transfer send(Path source, NodeId peer, TransferOptions options) {
        return transfers.send(source, peer, options);
    }

    @Override
    public Transfer fetch(NodeId peer, String name, Path target, TransferOptions options) {
        return transfers.fetch(peer, name, target, options);
    }

    @Override
    public List<TransferStatus> list() {
        return transfers.list();
    }

    @Override
    public Optional<Transfer> find(String id) {
        return transfers.find(id);
    }

    @Override
    public FlowNode flows() {
        return node;
    }

    @Override
    public PackFlows packs() {
        return packs;
    }

    @Override
    public ChannelHandler accept(Channel channel) {
        return transfers.acceptor().accept(channel);
    }
}
