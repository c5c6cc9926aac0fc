// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.dwcp.api.DwcpException;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.ReplicaStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The replica of a group's epoch on this node, with its lease on the provider, or what is missing so that it can be opened. Changed by the group's actor alone, looked at by all. */
final class RunningEpoch {
    private static final Logger LOG = LoggerFactory.getLogger(RunningEpoch.class);

    private final GroupRuntime.Parts parts;
    private final String name;
    private final EpochMachine.Events events;
    private final NextEpoch next;
    private volatile Optional<Providers.Held> held = Optional.empty();
    private volatile Optional<Replica> replica = Optional.empty();
    private volatile Optional<EpochMachine> machine = Optional.empty();
    private volatile String note = "";
    private Optional<EpochHead> due = Optional.empty();
    private CompletableFuture<Void> closing = CompletableFuture.completedFuture(null);

    RunningEpoch(GroupRuntime.Parts parts, EpochMachine.Events events, NextEpoch next) {
        this.parts = parts;
        this.events = events;
        this.next = next;
        name = parts.record().spec().name();
    }

    Optional<Replica> replica() {
        return replica;
    }

    Optional<EpochMachine> machine() {
        return machine;
    }

    /** What is missing, in words. */
    String note() {
        return note;
    }

    /** True when the provider has left, or the replica has stopped by itself. */
    boolean isGone() {
        return held.map(h -> !h.isThere()).orElse(false) || replica.map(r -> r.status().role() == ReplicaStatus.Role.STOPPED).orElse(false);
    }

    /** Says what is to be opened; nothing is when empty. */
    void want(Optional<EpochHead> head) {
        due = head;
    }

    /** Opens the replica that is due, if its provider is there; to be tried again with each tick. Returns true when one was opened. */
    boolean open() {
        if (due.isEmpty()) {
            return false;
        }
        var head = due.get();
        var holding = parts.providers().hold(head.provider());
        if (holding.isEmpty()) {
            note = "epoch " + head.epoch() + " needs provider " + head.provider() + ", which is not installed on this node";
            return false;
        }
        try {
            var provider = holding.get().provider();
            byte[] initial = parts.store().state(head.epoch())
                    .orElseThrow(() -> new ConsensusException(Reason.STORAGE, "the state of epoch " + head.epoch() + " is missing"));
            var spec = new ReplicaSpec(name, head.epoch(), head.genesis(), head.instance(), head.members(), parts.keys(), initial, parts.store().epoch(head.epoch()));
            var fresh = new EpochMachine(name, head, parts.application(), events);
            boolean member = head.members().contains(parts.keys().self());
            replica = Optional.of(member ? provider.open(spec, fresh) : provider.join(spec, fresh));
            machine = Optional.of(fresh);
            held = holding;
            next.opened(head);
            due = Optional.empty();
            note = "";
            LOG.info("consensus.log group={} epoch={} provider={} open", name, head.epoch(), head.provider());
            return true;
        } catch (DwcpException e) {
            holding.get().close();
            note = "epoch " + head.epoch() + " cannot be opened: " + e.getMessage();
            LOG.warn("consensus.log group={} {}", name, note);
            return false;
        }
    }

    /** The machine lets the application go at once, so the next epoch need not wait until the provider has stopped the old one. */
    void close() {
        machine.ifPresent(EpochMachine::retire);
        var old = replica;
        var lease = held;
        replica = Optional.empty();
        held = Optional.empty();
        if (old.isPresent()) {
            afterwards(() -> {
                try {
                    old.get().close();
                } finally {
                    lease.ifPresent(Providers.Held::close);
                }
            });
        }
    }

    /** Does slow things in order, away from the actor: old replicas are closed before their files are deleted. */
    void afterwards(Runnable work) {
        closing = closing.handleAsync((none, failure) -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                LOG.warn("consensus.log group={} an old epoch was not put away: {}", name, e.toString());
            }
            return null;
        }, task -> Thread.ofVirtual().name("consensus.log.afterwards").start(task));
    }

    /** Waits until what was closed is. */
    void awaitClosed() {
        try {
            closing.get(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("stop.survivors part=consensus.log group={} a replica is still being closed", name);
        }
    }
}
