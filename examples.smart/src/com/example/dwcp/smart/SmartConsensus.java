// SPDX-License-Identifier: Apache-2.0
package com.example.dwcp.smart;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.Tolerance;

/**
 * The provider, without OSGi. An instance of a group takes two ports in a row at each member (the library takes the next one for its servers), from a range that begins at the member's
 * address; which two follows from group and epoch. Thread-safe.
 */
final class SmartConsensus implements Consensus {
    /** Instances that a range of ports has room for. */
    static final int INSTANCES = 50;

    private final Function<NodeId, InetSocketAddress> ranges;
    private final String classPath;
    private final Map<Integer, SmartReplica> open = new HashMap<>();
    private boolean closed;

    /**
     * Makes a provider.
     *
     * @param ranges    where a member's range of 2 times {@link #INSTANCES} ports begins
     * @param classPath of the replicas' processes
     */
    SmartConsensus(Function<NodeId, InetSocketAddress> ranges, String classPath) {
        this.ranges = ranges;
        this.classPath = classPath;
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.BYZANTINE;
    }

    @Override
    public Replica open(ReplicaSpec spec, EntryMachine machine) {
        if (spec.members().size() < Tolerance.BYZANTINE.membersMin()) {
            throw new ConsensusException(Reason.TOO_FEW_MEMBERS, spec.members().size() + " members are fewer than " + Tolerance.BYZANTINE.membersMin());
        }
        if (!spec.members().contains(spec.keys().self())) {
            throw new ConsensusException(Reason.NOT_A_MEMBER, spec.keys().self() + " is none of " + spec.members());
        }
        int instance = Math.floorMod((spec.group() + "@" + spec.epoch()).hashCode(), INSTANCES);
        synchronized (open) {
            if (closed || open.containsKey(instance)) {
                throw new ConsensusException(Reason.BUSY, "ports " + instance + " of group " + spec.group() + " are taken here, or the provider is stopping");
            }
            var replica = new SmartReplica(spec, machine, spec.members().stream().map(member -> address(member.node(), instance)).toList(), classPath, () -> left(instance));
            open.put(instance, replica);
            return replica;
        }
    }

    private InetSocketAddress address(NodeId node, int instance) {
        var range = ranges.apply(node);
        return new InetSocketAddress(range.getHostString(), range.getPort() + 2 * instance);
    }

    private void left(int instance) {
        synchronized (open) {
            open.remove(instance);
        }
    }

    void close() {
        List<SmartReplica> all;
        synchronized (open) {
            closed = true;
            all = List.copyOf(open.values());
        }
        all.forEach(SmartReplica::close);
    }
}
