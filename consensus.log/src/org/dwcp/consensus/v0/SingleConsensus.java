// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v0;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Swappable;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.Tolerance;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Groups of one member. */
@Component(service = Consensus.class, configurationPid = SingleConsensus.PID, property = {Consensus.SLOT_PROPERTY,
        Swappable.PROVIDER + "=consensus.v0", Swappable.VERSION + "=1.0.0", Swappable.MODES + "=v0", Swappable.CAPABILITIES + "=tolerance=none"})
@Designate(ocd = SingleConsensus.Config.class)
public final class SingleConsensus implements Consensus {
    static final String PID = "org.dwcp.consensus.v0";
    private static final Logger LOG = LoggerFactory.getLogger(SingleConsensus.class);

    @ObjectClassDefinition(name = "Consensus v0", description = "A durable log on a single node.")
    @interface Config {
        @AttributeDefinition(description = "Rank among consensus providers; written by the orchestrator.")
        int service_ranking() default 0;

        @AttributeDefinition(min = "1", max = "1000000", description = "Most entries of a group that wait for the disk.")
        int queue_entries_max() default 4_096;

        @AttributeDefinition(min = "1048576", max = "1073741824", description = "Most bytes of entries of a group that wait for the disk.")
        long queue_bytes_max() default 64L << 20;

        @AttributeDefinition(min = "1048576", max = "17179869184", description = "Bytes of log after which a snapshot is written.")
        long log_bytes_max() default 64L << 20;
    }

    private final Map<Path, SingleReplica> open = new HashMap<>();
    private volatile SingleSettings settings;
    private boolean closed;

    /** Makes the provider from its configuration. */
    @Activate
    public SingleConsensus(Config config) {
        this(from(config));
    }

    SingleConsensus(SingleSettings settings) {
        this.settings = settings;
    }

    private static SingleSettings from(Config config) {
        return new SingleSettings(config.queue_entries_max(), config.queue_bytes_max(), config.log_bytes_max());
    }

    @Modified
    void modified(Config config) {
        try {
            settings = from(config); // holds for groups opened from now on
        } catch (DwcpException e) {
            LOG.warn("configuration refused, the old one stays provider=consensus.v0 reason=\"{}\"", e.getMessage());
        }
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.NONE;
    }

    @Override
    public Replica open(ReplicaSpec spec, EntryMachine machine) {
        if (!spec.members().equals(List.of(spec.keys().self()))) {
            throw new ConsensusException(Reason.NOT_A_MEMBER, "group " + spec.group() + " has members " + spec.members()
                    + "; a single-node log takes just this node with its own key, " + spec.keys().self());
        }
        var folder = spec.folder().toAbsolutePath().normalize();
        synchronized (open) {
            if (closed) {
                throw new ConsensusException(Reason.CLOSED, "consensus.v0 is stopped");
            }
            if (open.containsKey(folder)) {
                throw new ConsensusException(Reason.BUSY, "group " + spec.group() + " epoch " + spec.epoch() + " runs already; close it first");
            }
            var replica = new SingleReplica(spec, machine, settings, () -> forget(folder));
            open.put(folder, replica);
            return replica;
        }
    }

    private void forget(Path folder) {
        synchronized (open) {
            open.remove(folder);
        }
    }

    /** Stops all replicas. Twice is fine. */
    @Deactivate
    public void deactivate() {
        List<SingleReplica> left;
        synchronized (open) {
            closed = true;
            left = List.copyOf(open.values());
        }
        left.forEach(SingleReplica::close);
    }
}
