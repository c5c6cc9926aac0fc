// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import java.nio.file.Path;

import org.dwcp.api.Swappable;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Preparation;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.Peers;
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

/** Raft groups on this node. The server starts with the first group. */
@Component(service = Consensus.class, immediate = true, configurationPid = RaftConsensus.PID, property = {Consensus.SLOT_PROPERTY,
        Swappable.PROVIDER + "=" + RaftNode.PROVIDER, Swappable.VERSION + "=1.0.0", Swappable.MODES + "=v1", Swappable.MODES + "=datacenter",
        Swappable.CAPABILITIES + "=tolerance=crash", Swappable.CAPABILITIES + "=raft"})
@Designate(ocd = RaftConsensus.Config.class)
public final class RaftConsensus implements Consensus {
    static final String PID = "org.dwcp.consensus.v1";
    private static final Logger LOG = LoggerFactory.getLogger(RaftConsensus.class);

    @ObjectClassDefinition(name = "Consensus v1", description = "Raft, for members that crash and do not lie.")
    @interface Config {
        @AttributeDefinition(description = "Rank among consensus providers; written by the orchestrator.")
        int service_ranking() default 10;

        @AttributeDefinition(description = "Address to accept on; 0.0.0.0 for all. Nothing is accepted before the first group.")
        String listen_host() default "0.0.0.0";

        @AttributeDefinition(min = "0", max = "65535", description = "Port to accept on; 0 takes any that is free, which the peers are told.")
        int listen_port() default 0;

        @AttributeDefinition(min = "100", max = "60000", description = "Shortest silence of a leader before an election, in milliseconds.")
        int election_timeout_min_ms() default 1_000;

        @AttributeDefinition(min = "101", max = "120000", description = "Longest silence of a leader before an election, in milliseconds.")
        int election_timeout_max_ms() default 2_000;

        @AttributeDefinition(min = "1000", max = "100000000", description = "Entries after which a snapshot is written and the log before it dropped.")
        long snapshot_entries() default 100_000;

        @AttributeDefinition(min = "1", max = "10000", description = "Most entries of a group that wait for an answer.")
        int outstanding_entries_max() default 256;
    }

    private final RaftNode node;

    /** Opens nothing: the server starts with the first group. */
    @Activate
    public RaftConsensus(Config config, @Reference NodeIdentity identity, @Reference Peers peers, @Reference NodeFolders folders) {
        this(settings(config), identity, peers, folders.data("consensus.v1"));
    }

    RaftConsensus(RaftSettings settings, NodeIdentity identity, Peers peers, Path folder) {
        node = new RaftNode(settings, identity, peers, folder);
    }

    private static RaftSettings settings(Config config) {
        return new RaftSettings(config.listen_host(), config.listen_port(), config.election_timeout_min_ms(), config.election_timeout_max_ms(),
                config.snapshot_entries(), config.outstanding_entries_max());
    }

    @Modified
    void modified(Config config) {
        LOG.info("consensus.v1 configuration changed; a new ranking holds at once, all else after a restart of the bundle");
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.CRASH;
    }

    @Override
    public void warmUp() {
        node.start();
    }

    @Override
    public Preparation prepare(ReplicaSpec spec) {
        return node.prepare(spec);
    }

    @Override
    public int port() {
        return node.port();
    }

    @Override
    public Replica open(ReplicaSpec spec, EntryMachine machine) {
        if (!spec.members().contains(spec.keys().self())) {
            throw new ConsensusException(Reason.NOT_A_MEMBER, "group " + spec.group() + " has members " + spec.members() + ", not " + spec.keys().self());
        }
        return node.open(spec, machine, false);
    }

    @Override
    public Replica join(ReplicaSpec spec, EntryMachine machine) {
        return node.open(spec, machine, true);
    }

    /** Stops server and replicas. Twice is fine. */
    @Deactivate
    public void deactivate() {
        node.close();
    }
}
