// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import org.dwcp.api.DwcpException;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.node.NodeClock;
import org.dwcp.consensus.v3.core.Suspicion;
import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.MalformedException;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.MembershipChange;
import org.dwcp.consensus.v3.message.Message.Signed;
import org.dwcp.consensus.v3.message.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes of the membership as seen from one node: says what this node approves of, collects what others approve of, and has the change ordered when
 * f + 1 members want the same. So a change must be asked for on f + 1 nodes, and one liar can neither bring a member in nor shut one out. On the
 * group's thread.
 */
final class Members {
    /** First byte of a frame that carries an approval: no envelope begins with 255 MACs. */
    static final byte APPROVAL = (byte) 0xff;
    private static final Logger LOG = LoggerFactory.getLogger(Members.class);
    private static final int WISHES_MAX = 32;
    private static final long EVIDENCE_BYTES_MAX = 4 << 20;

    private static final class Wish {
        private final Membership next;
        private final Map<Integer, byte[]> approvals = new HashMap<>();
        private boolean own;
        private boolean proposed;

        Wish(Membership next) {
            this.next = next;
        }
    }

    private final Group group;
    private final NodeSettings settings;
    private final NodeClock clock;
    private final Map<Digest, Wish> wishes = new HashMap<>();
    private CompletableFuture<List<Member>> asked;
    private List<Member> wanted = List.of();
    private long askedUntilNs;

    Members(Group group, NodeSettings settings, NodeClock clock) {
        this.group = group;
        this.settings = settings;
        this.clock = clock;
    }

    void change(List<Member> members, CompletableFuture<List<Member>> answer) {
        var now = group.gate.members();
        if (asked != null) {
            answer.completeExceptionally(new ConsensusException(Reason.BUSY, "another change of the members is under way; wait for it"));
            return;
        }
        try {
            var same = new ArrayList<org.dwcp.consensus.v3.message.Member>();
            for (var member : members.stream().sorted().map(Names::member).toList()) {
                same.add(now.member(member.id()).orElse(member));
            }
            if (same.equals(now.members())) {
                answer.complete(Names.members(now));
                return;
            }
            Names.membership(0, members);
            asked = answer;
            wanted = members.stream().sorted().toList();
            askedUntilNs = clock.nanoTime() + settings.proposalTimeoutMs() * 1_000_000;
            approve(new Membership(now.number() + 1, same, now.clients(), now.operator()));
        } catch (DwcpException e) {
            asked = null;
            answer.completeExceptionally(e);
        }
    }

    private void approve(Membership next) {
        var wish = wishes.computeIfAbsent(next.digest(), ignored -> new Wish(next));
        wish.own = true;
        wish.approvals.put(group.id, group.authenticator.sign(MembershipChange.toSign(next)));
        tell(wish);
        propose(wish);
    }

    private void tell(Wish wish) {
        var body = new MembershipChange(wish.next, List.of(new Signed(group.id, wish.approvals.get(group.id)))).encode();
        var frame = new byte[body.length + 1];
        frame[0] = APPROVAL;
        System.arraycopy(body, 0, frame, 1, body.length);
        group.broadcast(frame);
    }

    /** Another member approves of something. */
    void approved(int from, byte[] frame) {
        try {
            var change = MembershipChange.decode(java.util.Arrays.copyOfRange(frame, 1, frame.length));
            var now = group.gate.members();
            var member = now.member(from);
            if (member.isEmpty() || change.next().number() != now.number() + 1 || change.approvals().size() != 1 || wishes.size() >= WISHES_MAX) {
                return;
            }
            var signed = change.approvals().getFirst();
            if (signed.member() == from && group.authenticator.verify(member.get().signingKey(), MembershipChange.toSign(change.next()),
                    signed.signature())) {
                var wish = wishes.computeIfAbsent(change.next().digest(), ignored -> new Wish(change.next()));
                wish.approvals.put(from, signed.signature());
                propose(wish);
            }
        } catch (MalformedException e) {
            group.figures.refused.increment();
        }
    }

    private void propose(Wish wish) {
        if (!wish.own || wish.proposed || wish.approvals.size() < group.gate.members().weak()) {
            return;
        }
        wish.proposed = true;
        var approvals = wish.approvals.entrySet().stream().map(entry -> new Signed(entry.getKey(), entry.getValue())).toList();
        var command = new MembershipChange(wish.next, approvals).encode();
        if (!group.proposals.admit(command.length)) {
            wish.proposed = false; // the next tick tries again
            return;
        }
        var ordered = new CompletableFuture<byte[]>();
        ordered.whenComplete((ignored, failure) -> {
            // Another member's proposal of the same may have come first; then the change itself answers.
            if (failure != null && asked != null && group.gate.members().number() < wish.next.number()) {
                finish(failure);
            }
        });
        group.proposals.add(new Proposals.Wish(Request.Kind.MEMBERS, command, clock.nanoTime() + settings.proposalTimeoutMs() * 1_000_000, ordered));
    }

    private void finish(Throwable failure) {
        var answer = asked;
        asked = null;
        answer.completeExceptionally(failure);
    }

    void changed(Membership now) {
        wishes.clear();
        LOG.info("members change group={} membership={} members={}", group.spec.group(), now.number(), now.members());
        if (asked != null) {
            var answer = asked;
            asked = null;
            var members = Names.members(now);
            if (members.equals(wanted)) {
                answer.complete(members);
            } else {
                answer.completeExceptionally(new ConsensusException(Reason.BUSY, "another change came first; the members are " + members));
            }
        }
    }

    void tick(long nowNs) {
        wishes.values().stream().filter(wish -> wish.own).forEach(wish -> {
            tell(wish);
            propose(wish);
        });
        if (asked != null && askedUntilNs - nowNs < 0) {
            finish(new ConsensusException(Reason.TIMEOUT, "the change was not ordered within " + settings.proposalTimeoutMs() + " ms; it needs the same"
                    + " wish on " + group.gate.members().weak() + " members"));
        }
    }

    // ---- misbehaviour

    /** Keeps what is held against a member, and asks for its quarantine where the kind leaves no doubt that it is at fault. */
    void suspected(Suspicion suspicion) {
        group.figures.suspicions.increment();
        var now = group.gate.members();
        var member = now.member(suspicion.member()).orElseThrow();
        LOG.warn("member misbehaves group={} member={} kind={} provable={} detail=\"{}\"", group.spec.group(), member.node(), suspicion.kind(),
                suspicion.provable(), suspicion.detail());
        keep(member.node(), suspicion);
        boolean clear = switch (suspicion.kind()) {
            case EQUIVOCATION, BAD_SIGNATURE, BAD_CONTENT, FLOODING -> true;
            case SILENCE, STALE_VIEW -> false; // a member that is cut off or slow looks the same
        };
        if (clear && settings.quarantine() == NodeSettings.Quarantine.AUTO && !member.quarantined()
                && now.members().stream().filter(org.dwcp.consensus.v3.message.Member::quarantined).count() < now.faulty()) {
            group.figures.quarantines.increment();
            approve(new Membership(now.number() + 1, now.members().stream().map(other -> other.id() == member.id() ? other.shutOut() : other).toList(),
                    now.clients(), now.operator()));
        }
    }

    private void keep(String node, Suspicion suspicion) {
        Path file = group.spec.folder().resolve("evidence.txt");
        var messages = suspicion.evidence().stream().map(message -> HexFormat.of().formatHex(Codec.encode(message))).toList();
        var line = clock.now() + " " + node + " " + suspicion.kind() + " " + (suspicion.provable() ? "provable " : "") + suspicion.detail() + " "
                + String.join(" ", messages) + "\n";
        try {
            if (!Files.exists(file) || Files.size(file) + line.length() <= EVIDENCE_BYTES_MAX) {
                Files.writeString(file, line, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
        } catch (IOException e) {
            LOG.warn("evidence cannot be kept file={} reason=\"{}\"", file, e.getMessage());
        }
    }

    void close(ConsensusException why) {
        if (asked != null) {
            finish(why);
        }
    }
}
