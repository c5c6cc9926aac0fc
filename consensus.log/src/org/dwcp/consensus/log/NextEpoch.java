// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Swappable;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Preparation;
import org.dwcp.api.consensus.ReplicaSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's replica of the epoch that may come next, while a switch to it is being prepared: it connects and finds a leader, and nothing else. One at a time. What it has
 * written stays: until another epoch is certified, its members may be answering for it already. Thread-safe; only {@link #prepare} waits, for the provider, and nothing that runs
 * meanwhile waits for it: commands go on.
 */
final class NextEpoch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NextEpoch.class);

    /** Different preparations in one epoch, each of which may leave a folder. Source: chosen; a switch is tried again a few times, and a member that lies may not fill the disk. */
    static final int DIFFERENT_MAX = 16;

    private record Prepared(Digest instance, Providers.Held held, Preparation preparation, long epoch, long sinceNs) {
    }

    private final GroupRuntime.Parts parts;
    private final String name;
    /** Held while a provider prepares or lets go. */
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<Prepared> prepared = Optional.empty();
    private final Set<Digest> seen = new HashSet<>();
    private long epoch;
    private volatile long opened;
    private volatile boolean closed;

    NextEpoch(GroupRuntime.Parts parts) {
        this.parts = parts;
        name = parts.record().spec().name();
    }

    /** Begins, or goes on with, a preparation. Returns what it still waits for, in words; empty when it is ready. */
    String prepare(EpochHead head, String provider, List<Member> members) {
        var sorted = ReplicaSpec.checkMembers(members);
        long next = head.epoch() + 1;
        var instance = EpochHead.instance(name, head.genesis(), next, provider, sorted);
        Preparation preparation;
        lock.lock();
        try {
            check(next);
            if (prepared.isEmpty() || !prepared.get().instance().equals(instance)) {
                begin(head, provider, sorted, instance);
            }
            preparation = prepared.orElseThrow().preparation();
            if (isInVain()) {
                let();
            }
        } finally {
            lock.unlock();
        }
        check(next);
        return preparation.missing();
    }

    private void check(long next) {
        if (closed || next <= opened) {
            throw new ConsensusException(Reason.WRONG_EPOCH, "epoch " + next + " cannot be prepared any more");
        }
    }

    /** Who let go while the provider was preparing could not wait for it. */
    private boolean isInVain() {
        return prepared.filter(p -> closed || p.epoch() <= opened).isPresent();
    }

    private void begin(EpochHead head, String provider, List<Member> members, Digest instance) {
        if (head.epoch() + 1 > epoch) {
            epoch = head.epoch() + 1;
            seen.clear();
        }
        if (!seen.contains(instance) && seen.size() >= DIFFERENT_MAX) {
            throw new ConsensusException(Reason.BUSY, DIFFERENT_MAX + " different epochs " + epoch + " of group " + name + " were prepared on this node; the next is refused");
        }
        let();
        var held = parts.providers().hold(provider).orElseThrow(() -> new ConsensusException(Reason.UNSUPPORTED,
                "provider " + provider + " is not installed on " + parts.keys().self().node()));
        boolean begun = false;
        try {
            if (held.provider().readiness() != Swappable.Readiness.READY) {
                throw new ConsensusException(Reason.UNSUPPORTED, "provider " + provider + " is " + held.provider().readiness() + " on " + parts.keys().self().node());
            }
            held.provider().probe();
            seen.add(instance);
            var preparation = held.provider().prepare(new ReplicaSpec(name, epoch, head.genesis(), instance, members, parts.keys(), new byte[0], parts.store().epoch(epoch)));
            prepared = Optional.of(new Prepared(instance, held, preparation, epoch, parts.clock().nanoTime()));
            begun = true;
        } finally {
            if (!begun) {
                held.close();
            }
        }
    }

    /** An epoch was opened: what was prepared is part of it now, or was in vain. */
    void opened(EpochHead head) {
        opened = Math.max(opened, head.epoch());
        tidy(0);
    }

    /** Lets go of what no seal came for. */
    void expire(long nowNs) {
        tidy(nowNs);
    }

    private void tidy(long nowNs) {
        if (lock.tryLock()) {
            try {
                if (isInVain()) {
                    let();
                } else if (nowNs != 0 && prepared.filter(p -> !p.held().isThere() || nowNs - p.sinceNs() > 6 * parts.settings().prepareTimeout().toNanos()).isPresent()) {
                    LOG.info("consensus.log group={} epoch={} was prepared and did not begin", name, epoch);
                    let();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void let() {
        prepared.ifPresent(p -> {
            try {
                p.preparation().close();
            } catch (DwcpException e) {
                LOG.warn("consensus.log group={} a preparation was not put away: {}", name, e.getMessage());
            } finally {
                p.held().close();
            }
        });
        prepared = Optional.empty();
    }

    @Override
    public void close() {
        closed = true;
        tidy(0); // or who is preparing does
    }
}
