// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Swappable;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EpochInfo;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.ReplicaStatus;
import org.dwcp.api.consensus.SwitchRequest;
import org.dwcp.api.consensus.Tolerance;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets a switch ready and orders its seal. Until the seal is ordered nothing has happened: whatever fails before leaves the epoch as it was. The seal itself is decided
 * by the log: of two switches at once the first seal wins. One switch at a time here; each on a virtual thread of its own.
 */
final class Switching {
    private static final Logger LOG = LoggerFactory.getLogger(Switching.class);

    /** How long the last members are waited for when enough are ready. Source: chosen; what comes too late is made up for by the certificate. */
    private static final long LATE_NS = 1_000_000_000;

    private static final Duration ASK_AGAIN = Duration.ofMillis(20);

    private final GroupRuntime group;
    private final GroupRuntime.Parts parts;
    private final Questions questions;
    private volatile CompletableFuture<EpochInfo> running;
    private volatile String note = "";
    private volatile Thread worker;
    // Of the group's actor.
    private String wanted = "";
    private long wantedSinceNs;
    private long epochSinceNs;
    private long stuckSinceNs;
    private long epoch;

    Switching(GroupRuntime group, GroupRuntime.Parts parts, Questions questions) {
        this.group = group;
        this.parts = parts;
        this.questions = questions;
        epochSinceNs = parts.clock().nanoTime();
        stuckSinceNs = epochSinceNs - parts.settings().fallback().toNanos();
    }

    boolean isRunning() {
        return running != null;
    }

    String note() {
        return note;
    }

    CompletionStage<EpochInfo> begin(SwitchRequest request) {
        var answer = new CompletableFuture<EpochInfo>();
        synchronized (this) {
            if (running != null) {
                return CompletableFuture.failedFuture(new ConsensusException(Reason.BUSY, "group is being switched already: " + note));
            }
            running = answer;
            note = "switch to " + request.provider() + " is being prepared";
        }
        worker = Thread.ofVirtual().name("consensus.log.switch").start(() -> {
            try {
                var next = carryOut(request);
                finish();
                answer.complete(next);
            } catch (ConsensusException e) {
                finish();
                LOG.warn("consensus.log switch provider={} trigger={} failed: {}", request.provider(), request.trigger(), e.getMessage());
                answer.completeExceptionally(e);
            } catch (InterruptedException e) {
                finish();
                answer.completeExceptionally(new ConsensusException(Reason.CLOSED, "the group was closed during the switch; a seal that was sent may still hold"));
            } catch (RuntimeException e) {
                finish();
                answer.completeExceptionally(new ConsensusException(Reason.UNSUPPORTED, "switch to " + request.provider() + " failed: " + e.getMessage()));
            }
        });
        return answer;
    }

    private synchronized void finish() {
        running = null;
        note = "";
    }

    private EpochInfo carryOut(SwitchRequest request) throws InterruptedException {
        var head = group.head();
        var tolerance = toleranceOf(request.provider());
        var members = request.members().isEmpty() ? group.members() : request.members();
        if (members.size() < tolerance.membersMin() || tolerance == Tolerance.NONE && members.size() != 1) {
            throw new ConsensusException(Reason.TOO_FEW_MEMBERS, members.size() + " members cannot run " + request.provider() + ", which takes "
                    + tolerance.membersMin() + (tolerance == Tolerance.NONE ? "" : " or more") + "; name the members with the switch");
        }
        boolean downgrade = tolerance.compareTo(head.tolerance()) < 0;
        if (downgrade && request.trigger() == SwitchRequest.Trigger.AUTOMATIC) {
            throw new ConsensusException(Reason.TRUST_DOWNGRADE, request.provider() + " survives less than " + head.provider() + "; only an operator can switch there");
        }
        prepare(head, request.provider(), tolerance, members);
        if (tolerance == Tolerance.BYZANTINE && !group.members().containsAll(members)) {
            note = "switch to " + request.provider() + ": members are being added";
            var grown = java.util.stream.Stream.concat(group.members().stream(), members.stream()).distinct().toList();
            await(changeInEpoch(ReplicaSpec.checkMembers(grown)));
        }
        Map<NodeId, byte[]> approvals = downgrade ? approvals(head, request.provider()) : Map.of();
        note = "switch to " + request.provider() + " waits for its seal: epoch " + head.epoch() + " orders it as soon as it has a quorum";
        LOG.info("consensus.log epoch={} switch to={} members={} trigger={} reason=\"{}\"", head.epoch(), request.provider(), members, request.trigger(), request.reason());
        var answer = await(group.seal(new Batch.Seal(head.epoch(), request.provider(), tolerance, members, approvals, parts.keys().self().node())));
        if (answer.code() == Answer.Code.DENIED && group.head().epoch() == head.epoch()) {
            throw new ConsensusException(answer.text().contains("approval") ? Reason.TRUST_DOWNGRADE : Reason.NOT_A_MEMBER, answer.text());
        }
        note = "epoch " + head.epoch() + " is sealed; waiting for the next";
        return awaitEpoch(head.epoch() + 1, request.provider());
    }

    private Tolerance toleranceOf(String provider) {
        var holding = parts.providers().hold(provider).orElseThrow(() -> new ConsensusException(Reason.UNSUPPORTED, "provider " + provider + " is not installed on this node"));
        try (holding) {
            if (holding.provider().readiness() == Swappable.Readiness.UNSUPPORTED) {
                throw new ConsensusException(Reason.UNSUPPORTED, "provider " + provider + " cannot work on this machine");
            }
            return holding.provider().tolerance();
        }
    }

    /** Asks everybody who is to be in the next epoch; a quorum of it must be ready. */
    private void prepare(EpochHead head, String provider, Tolerance tolerance, List<Member> members) throws InterruptedException {
        var answers = members.stream().collect(java.util.stream.Collectors.toMap(Member::node, member -> {
            var ready = new CompletableFuture<String>();
            Thread.ofVirtual().name("consensus.log.prepare").start(() -> ready.complete(prepare(head, provider, members, member)));
            return ready.completeOnTimeout("no answer in " + parts.settings().prepareTimeout(), parts.settings().prepareTimeout().toMillis() + 500, TimeUnit.MILLISECONDS);
        }));
        awaitReady(answers.values(), tolerance.quorum(members.size()));
        var faults = new TreeMap<NodeId, String>();
        answers.forEach((node, answer) -> {
            var fault = answer.getNow("no answer yet");
            if (!fault.isEmpty()) {
                faults.put(node, fault);
            }
        });
        if (members.size() - faults.size() < tolerance.quorum(members.size())) {
            throw new ConsensusException(Reason.UNSUPPORTED, "only " + (members.size() - faults.size()) + " of " + members.size() + " members can run " + provider
                    + ", " + tolerance.quorum(members.size()) + " are needed: " + faults + "; nothing has changed");
        }
    }

    /** Asks one member until it is ready, or has something against it that time does not mend. Returns that; empty when it is ready. */
    private String prepare(EpochHead head, String provider, List<Member> members, Member member) {
        long deadlineNs = parts.clock().nanoTime() + parts.settings().prepareTimeout().toNanos();
        while (true) {
            try {
                if (member.equals(parts.keys().self())) {
                    group.prepare(member.node(), head.epoch() + 1, provider, members);
                } else {
                    questions.prepare(member.node(), head.epoch() + 1, provider, members);
                }
                return "";
            } catch (RuntimeException e) {
                boolean mends = e instanceof DwcpException known && known.kind() == DwcpException.Kind.RETRY;
                if (!mends || parts.clock().nanoTime() - deadlineNs > 0 || !isRunning()) {
                    return String.valueOf(e.getMessage());
                }
            }
            try {
                parts.clock().sleep(ASK_AGAIN);
            } catch (InterruptedException e) {
                return "asking was interrupted";
            }
        }
    }

    /** Waits for all, but for who is late only a little while once a quorum is ready. */
    private void awaitReady(java.util.Collection<CompletableFuture<String>> answers, int quorum) throws InterruptedException {
        long quorumSinceNs = 0;
        while (!answers.stream().allMatch(CompletableFuture::isDone)) {
            long now = parts.clock().nanoTime();
            boolean enough = answers.stream().filter(answer -> answer.getNow("not yet").isEmpty()).count() >= quorum;
            quorumSinceNs = enough && quorumSinceNs == 0 ? now : quorumSinceNs;
            if (enough && now - quorumSinceNs >= LATE_NS) {
                return;
            }
            parts.clock().sleep(Duration.ofMillis(2));
        }
    }

    private Map<NodeId, byte[]> approvals(EpochHead head, String provider) {
        var approvals = new TreeMap<NodeId, byte[]>();
        for (Member member : group.members()) {
            try {
                (member.equals(parts.keys().self()) ? group.approval(head.epoch(), provider) : questions.approval(member.node(), head.epoch(), provider))
                        .ifPresent(signature -> approvals.put(member.node(), signature));
            } catch (DwcpException e) {
                LOG.debug("consensus.log approval of {} is missing: {}", member, e.getMessage());
            }
        }
        int needed = parts.record().spec().downgradeApprovals() == 0 ? head.tolerance().quorum(group.members().size()) : parts.record().spec().downgradeApprovals();
        if (approvals.size() < needed) {
            throw new ConsensusException(Reason.TRUST_DOWNGRADE, provider + " survives less than " + head.provider() + ": " + needed + " members must approve, "
                    + approvals.keySet() + " have; run `group approve` on the others");
        }
        return approvals;
    }

    private EpochInfo awaitEpoch(long wantedEpoch, String provider) throws InterruptedException {
        while (group.head().epoch() < wantedEpoch) {
            parts.clock().sleep(Duration.ofMillis(2));
        }
        var next = group.epochs().stream().filter(info -> info.epoch() == wantedEpoch).findFirst().orElseThrow();
        if (!next.provider().equals(provider)) {
            throw new ConsensusException(Reason.BUSY, "another switch was first: epoch " + next.epoch() + " runs on " + next.provider());
        }
        return next;
    }

    private static <T> T await(CompletionStage<T> stage) throws InterruptedException {
        try {
            return stage.toCompletableFuture().get(1, TimeUnit.HOURS);
        } catch (ExecutionException | CompletionException e) {
            throw e.getCause() instanceof ConsensusException known ? known : new ConsensusException(Reason.NO_QUORUM, String.valueOf(e.getCause()));
        } catch (TimeoutException e) {
            throw new ConsensusException(Reason.TIMEOUT, "no answer for an hour");
        }
    }

    private CompletionStage<List<Member>> changeInEpoch(List<Member> members) {
        return group.replica().map(replica -> replica.changeMembers(members)).orElseGet(() -> CompletableFuture.failedFuture(
                new ConsensusException(Reason.BUSY, "the group has no replica on this node now")));
    }

    /** Inside the epoch where the provider can, else by a new epoch. */
    CompletionStage<List<Member>> changeMembers(List<Member> members) {
        return changeInEpoch(members).handle((now, failure) -> {
            var cause = failure instanceof CompletionException ? failure.getCause() : failure;
            if (cause instanceof ConsensusException known && known.reason() == Reason.UNSUPPORTED) {
                return begin(new SwitchRequest(group.head().provider(), members, SwitchRequest.Trigger.OPERATOR, "members")).thenApply(EpochInfo::members);
            }
            return failure == null ? CompletableFuture.completedStage(now) : CompletableFuture.<List<Member>>failedStage(cause);
        }).thenCompose(stage -> stage);
    }

    /**
     * Follows the routing, and never to lower tolerance: what it wants for long enough is done by the leader alone; when commands get no answer any more, by whoever waits for
     * one, at once.
     */
    void tick(Optional<ReplicaStatus> status, EpochHead head, boolean sealed, long longestWaitNs) {
        long now = parts.clock().nanoTime();
        if (head.epoch() != epoch) {
            epoch = head.epoch();
            epochSinceNs = now;
        }
        var want = parts.providers().wanted(parts.record().spec().name()).orElse(head.provider());
        if (!want.equals(wanted)) {
            wanted = want;
            wantedSinceNs = now;
        }
        if (wanted.equals(head.provider()) || sealed || isRunning()) {
            return;
        }
        long dwellNs = parts.settings().dwell().toNanos();
        long fallbackNs = parts.settings().fallback().toNanos();
        boolean leads = status.flatMap(ReplicaStatus::leader).map(parts.keys().self().node()::equals).orElse(false);
        boolean due = leads && now - wantedSinceNs >= dwellNs && now - epochSinceNs >= dwellNs;
        boolean stuck = fallbackNs > 0 && longestWaitNs >= fallbackNs && now - stuckSinceNs >= fallbackNs;
        if (due || stuck) {
            wantedSinceNs = now; // the next try is a dwell away
            stuckSinceNs = now;
            raise(stuck ? "no answer on " + head.provider() + " for " + Duration.ofNanos(longestWaitNs).toMillis() + " ms" : "the routing gives " + wanted, head);
        }
    }

    private void raise(String reason, EpochHead head) {
        try {
            if (toleranceOf(wanted).compareTo(head.tolerance()) > 0) {
                begin(new SwitchRequest(wanted, List.of(), SwitchRequest.Trigger.AUTOMATIC, reason));
            }
        } catch (ConsensusException e) {
            LOG.debug("consensus.log no automatic switch: {}", e.getMessage());
        }
    }

    void close() {
        var working = worker;
        if (working != null) {
            working.interrupt();
        }
    }
}
