// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Swappable;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Preparation;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transport.Channel;
import org.dwcp.api.transport.ChannelHandler;
import org.dwcp.api.transport.OpenOptions;
import org.dwcp.api.transport.ProtocolHandler;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportException;
import org.dwcp.consensus.v3.core.Settings;
import org.dwcp.consensus.v3.node.Hello;
import org.dwcp.consensus.v3.node.NodeSettings;
import org.dwcp.consensus.v3.node.PbftReplica;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** PBFT groups over whatever transport the node routes to. */
@Component(service = {Consensus.class, ProtocolHandler.class}, immediate = true, configurationPid = PbftConsensus.PID, property = {
        Consensus.SLOT_PROPERTY, Swappable.PROVIDER + "=consensus.v3", Swappable.VERSION + "=3.0.0", Swappable.MODES + "=v3",
        Swappable.MODES + "=internet", Swappable.MODES + "=hybrid", Swappable.CAPABILITIES + "=tolerance=byzantine",
        ProtocolHandler.PROTOCOL + "=" + PbftReplica.PROTOCOL})
@Designate(ocd = PbftConsensus.Config.class)
public final class PbftConsensus implements Consensus, ProtocolHandler {
    static final String PID = "org.dwcp.consensus.v3";
    private static final Logger LOG = LoggerFactory.getLogger(PbftConsensus.class);
    private static final OpenOptions OPTIONS = new OpenOptions(OpenOptions.Order.ORDERED, Duration.ofSeconds(5));

    @ObjectClassDefinition(name = "Consensus v3", description = "PBFT: orders entries among 3f + 1 members of which f may do anything.")
    @interface Config {
        @AttributeDefinition(description = "Rank among consensus providers; written by the orchestrator.")
        int service_ranking() default 0;

        @AttributeDefinition(min = "1", max = "128", description = "Batches from one checkpoint to the next; the same on every member.")
        int checkpoint_interval_batches() default 64;

        @AttributeDefinition(min = "2", max = "256", description = "Batches between the stable checkpoint and the last that may be proposed: 2 to 4 intervals.")
        int window_batches() default 256;

        @AttributeDefinition(min = "1", max = "64", description = "Batches that a leader proposes before the first of them is executed.")
        int pipeline_batches() default 8;

        @AttributeDefinition(min = "1", max = "1024", description = "Most requests of a batch.")
        int batch_requests_max() default 256;

        @AttributeDefinition(min = "1024", max = "524288", description = "Most bytes of a batch with more than one request.")
        int batch_bytes_max() default 512 << 10;

        @AttributeDefinition(min = "1", max = "4096", description = "Requests of one client that are open or remembered; the same on every member.")
        int client_window_requests() default 256;

        @AttributeDefinition(min = "1", max = "10000000", description = "Requests of one client that are taken in a status interval.")
        int client_rate_requests() default 20_000;

        @AttributeDefinition(min = "10", max = "10000000", description = "Messages of one member that are taken in a status interval.")
        int message_rate() default 100_000;

        @AttributeDefinition(min = "10", max = "600000", description = "Until a leader is suspected, in milliseconds; doubles with each change that brings nothing.")
        long request_timeout_ms() default 2_000;

        @AttributeDefinition(min = "5", max = "60000", description = "Between two status messages to the other members, in milliseconds.")
        long status_interval_ms() default 200;

        @AttributeDefinition(min = "1", max = "1000000", description = "Most entries of a group that wait to be ordered.")
        int queue_entries_max() default 16_384;

        @AttributeDefinition(min = "1048576", max = "1073741824", description = "Most bytes of entries of a group that wait to be ordered.")
        long queue_bytes_max() default 64L << 20;

        @AttributeDefinition(min = "1000", max = "600000", description = "Until a proposal without an answer fails, in milliseconds.")
        long proposal_timeout_ms() default 30_000;

        @AttributeDefinition(description = "auto: members that f + 1 others see lying are shut out by an ordered command; off: it is only recorded.")
        String quarantine() default "auto";
    }

    /** Opens a channel to a peer, with whatever transport is right for it. */
    @FunctionalInterface
    interface Opener {
        Channel open(NodeId peer, ChannelHandler handler);
    }

    private final Map<Path, PbftReplica> open = new HashMap<>();
    private final Map<Digest, Spares> spares = new HashMap<>(); // under the lock of those that are open
    private final EarlyFrames early = new EarlyFrames();
    private final NodeClock clock;
    private final Opener opener;
    private volatile NodeSettings settings;
    private volatile List<PbftReplica> running = List.of();
    private volatile boolean closed;

    /** Makes the provider from its configuration. */
    @Activate
    public PbftConsensus(Config config, @Reference ModeAwareAdapter adapter, @Reference NodeClock clock) {
        this(from(config), clock, (peer, handler) -> LeasedChannel.open(adapter.route(Transport.SLOT).lease(RouteKey.of(peer + "/" + PbftReplica.PROTOCOL)),
                transport -> transport.open(peer, PbftReplica.PROTOCOL, handler, OPTIONS)));
    }

    PbftConsensus(NodeSettings settings, NodeClock clock, Opener opener) {
        this.settings = settings;
        this.clock = clock;
        this.opener = opener;
    }

    static NodeSettings from(Config config) {
        if (!List.of("auto", "off").contains(config.quarantine())) {
            throw new DwcpException(DwcpException.Kind.REJECTED, "quarantine '" + config.quarantine() + "' is neither auto nor off");
        }
        return new NodeSettings(new Settings(config.checkpoint_interval_batches(), config.window_batches(), config.pipeline_batches(),
                config.batch_requests_max(), config.batch_bytes_max(), config.client_window_requests(), config.client_rate_requests(),
                config.message_rate(), config.request_timeout_ms(), config.status_interval_ms()), config.queue_entries_max(), config.queue_bytes_max(),
                config.proposal_timeout_ms(), config.quarantine().equals("auto") ? NodeSettings.Quarantine.AUTO : NodeSettings.Quarantine.OFF);
    }

    @Modified
    void modified(Config config) {
        try {
            settings = from(config); // holds for groups opened from now on
        } catch (DwcpException e) {
            LOG.warn("configuration refused, the old one stays provider=consensus.v3 reason=\"{}\"", e.getMessage());
        }
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.BYZANTINE;
    }

    @Override
    public Replica open(ReplicaSpec spec, EntryMachine machine) {
        if (!spec.members().contains(spec.keys().self())) {
            throw new ConsensusException(Reason.NOT_A_MEMBER, "group " + spec.group() + " has members " + spec.members() + ", not " + spec.keys().self());
        }
        return start(spec, machine);
    }

    @Override
    public Replica join(ReplicaSpec spec, EntryMachine machine) {
        return start(spec, machine);
    }

    /** Opens ways to the other members; all else of a replica waits for the certificate. */
    @Override
    public Preparation prepare(ReplicaSpec spec) {
        var others = spec.members().stream().filter(member -> !member.equals(spec.keys().self())).map(Member::node).toList();
        var fresh = new Spares(others, Math.min(others.size(), tolerance().quorum(spec.members().size()) - 1), opener);
        synchronized (open) {
            if (closed) {
                fresh.close();
                throw new ConsensusException(Reason.CLOSED, "consensus.v3 is stopped");
            }
            var before = spares.put(spec.instance(), fresh);
            if (before != null) {
                before.close();
            }
        }
        return new Preparation() {
            @Override
            public String missing() {
                return fresh.missing();
            }

            @Override
            public void close() {
                synchronized (open) {
                    if (!spares.remove(spec.instance(), fresh)) {
                        return; // a replica has it
                    }
                }
                fresh.close();
            }
        };
    }

    private Replica start(ReplicaSpec spec, EntryMachine machine) {
        var folder = spec.folder().toAbsolutePath().normalize();
        synchronized (open) {
            if (closed) {
                throw new ConsensusException(Reason.CLOSED, "consensus.v3 is stopped");
            }
            if (open.containsKey(folder)) {
                throw new ConsensusException(Reason.BUSY, "group " + spec.group() + " epoch " + spec.epoch() + " runs already; close it first");
            }
            var found = spares.get(spec.instance());
            var ways = found != null ? found : new Spares(List.of(), 0, opener);
            var replica = new PbftReplica(spec, machine, settings, clock, ways::takeOrOpen, () -> {
                ways.close();
                forget(folder);
            });
            spares.remove(spec.instance());
            open.put(folder, replica);
            running = List.copyOf(open.values());
            synchronized (early) { // who looked for it before has put its frame there
                early.take(replica::isFor).forEach(frame -> replica.received(frame.hello(), frame.peer(), frame.frame()));
            }
            return replica;
        }
    }

    private void forget(Path folder) {
        synchronized (open) {
            open.remove(folder);
            running = List.copyOf(open.values());
        }
    }

    /** A peer opened a channel: its first frame says for which group, the rest is for that. */
    @Override
    public ChannelHandler accept(Channel channel) {
        return new ChannelHandler() {
            private Hello hello;

            @Override
            public void onFrame(Channel from, java.nio.ByteBuffer frame) {
                if (closed) {
                    from.close(); // the peer opens anew, and comes to whoever is in this one's place
                    return;
                }
                if (hello == null) {
                    hello = Hello.read(frame);
                    if (hello == null) {
                        from.close();
                    }
                    return;
                }
                var bytes = new byte[frame.remaining()];
                frame.get(bytes);
                if (!given(from, bytes)) {
                    synchronized (early) {
                        if (!given(from, bytes)) {
                            early.add(hello, from.peer(), bytes);
                        }
                    }
                }
            }

            /** Looked up anew each time: a group may open after its peers' channels, and close before them. */
            private boolean given(Channel from, byte[] bytes) {
                for (var replica : running) {
                    if (replica.isFor(hello)) {
                        replica.received(hello, from.peer(), bytes);
                        return true;
                    }
                }
                return false;
            }

            @Override
            public void onClosed(Channel from, Optional<TransportException> cause) {
                if (hello != null) {
                    synchronized (early) {
                        early.forget(hello, from.peer());
                    }
                }
            }
        };
    }

    /** Stops all replicas. Twice is fine. */
    @Deactivate
    public void deactivate() {
        List<PbftReplica> left;
        synchronized (open) {
            closed = true;
            left = List.copyOf(open.values());
        }
        left.forEach(PbftReplica::close);
        List<Spares> unused;
        synchronized (open) {
            unused = List.copyOf(spares.values());
            spares.clear();
        }
        unused.forEach(Spares::close);
    }
}
