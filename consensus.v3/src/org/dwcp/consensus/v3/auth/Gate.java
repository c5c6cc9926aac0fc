// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.auth;

import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Limits;
import org.dwcp.consensus.v3.message.MalformedException;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Message.Entry;
import org.dwcp.consensus.v3.message.Message.NewView;
import org.dwcp.consensus.v3.message.Message.Proof;
import org.dwcp.consensus.v3.message.Message.Stable;
import org.dwcp.consensus.v3.message.Message.ViewChange;
import org.dwcp.consensus.v3.message.Request;

/**
 * Lets in only messages whose form, sender and signatures hold, so that the core need not look at keys. Expensive checks run on the caller's
 * thread, and many callers may check at once. Thread-safe; the membership is set by who runs the core.
 */
public final class Gate {
    private static final int VERIFIED_MAX = 10_000;

    private final int self;
    private final Authenticator authenticator;
    /** Requests whose signatures were found good. */
    private final Set<Digest> verified = ConcurrentHashMap.newKeySet();
    private volatile Membership members;
    private volatile Proof base;

    /**
     * Makes a gate.
     *
     * @param self          own id
     * @param authenticator checks what proves a sender
     * @param members       who may speak
     * @param base          what this membership began with
     */
    public Gate(int self, Authenticator authenticator, Membership members, Proof base) {
        this.self = self;
        this.authenticator = authenticator;
        this.members = members;
        this.base = base;
    }

    /** Changes who may speak. */
    public void members(Membership next, Proof begin) {
        base = begin;
        members = next;
    }

    /** Who may speak now. */
    public Membership members() {
        return members;
    }

    /** What came of a frame: a message, or why there is none. {@code proven} says that the named sender itself made the bad content. */
    public record Verdict(Optional<Message> message, String refusal, boolean proven) {
        static Verdict pass(Message message) {
            return new Verdict(Optional.of(message), "", false);
        }

        static Verdict refuse(String why) {
            return new Verdict(Optional.empty(), why, false);
        }

        static Verdict blame(String why) {
            return new Verdict(Optional.empty(), why, true);
        }
    }

    /**
     * Checks a frame from another member.
     *
     * @param from   id of the member at the other end of the line
     * @param sealed what came
     */
    public Verdict member(int from, byte[] sealed) {
        var now = members;
        // A node that is behind knows none of the members it needs to hear: what proves itself may come from anybody.
        boolean heeded = now.heeds(from);
        try {
            var opened = Envelope.open(sealed);
            var message = opened.message();
            if (!heeded && !provesItself(message)) {
                return Verdict.refuse("member " + from + " is not heeded");
            }
            if (Envelope.needsMacs(message)) {
                if (config(message) != now.number()) {
                    return Verdict.refuse("membership " + config(message) + ", this is " + now.number());
                }
                int position = position(now);
                if (position < 0) {
                    return Verdict.refuse("a vote for members; this node is none");
                }
                var key = now.member(from).orElseThrow().agreeingKey();
                if (!MessageDigest.isEqual(opened.mac(position), authenticator.mac(key, opened.content()))) {
                    return Verdict.blame("bad MAC");
                }
            }
            return check(now, from, message);
        } catch (MalformedException e) {
            return Verdict.blame("malformed: " + e.getMessage());
        }
    }

    private static boolean provesItself(Message message) {
        return message instanceof Stable || message instanceof Message.StateManifest || message instanceof Message.StateChunk
                || message instanceof Message.FetchState || message instanceof Message.Status;
    }

    private static int config(Message message) {
        return switch (message) {
            case Message.PrePrepare m -> m.config();
            case Message.Vote m -> m.config();
            default -> -1;
        };
    }

    private int position(Membership now) {
        for (int index = 0; index < now.size(); index++) {
            if (now.members().get(index).id() == self) {
                return index;
            }
        }
        return -1;
    }

    /** Checks a frame from a client that is no member: only its requests are taken. */
    public Verdict client(String client, byte[] sealed) {
        try {
            var message = Envelope.open(sealed).message();
            if (!(message instanceof Request request) || !request.client().equals(client)) {
                return Verdict.blame("not a request of " + client);
            }
            return check(members, -1, request);
        } catch (MalformedException e) {
            return Verdict.blame("malformed: " + e.getMessage());
        }
    }

    private Verdict check(Membership now, int from, Message message) {
        var fault = switch (message) {
            case Request m -> fault(now, m);
            case Message.PrePrepare m -> m.batch().requests().stream().map(request -> fault(now, request)).filter(why -> !why.isEmpty())
                    .findFirst().orElse(m.batch().changesMembers() && m.batch().requests().size() > 1 ? "membership change beside others" : "");
            case Message.Checkpoint m -> m.config() != now.number() ? "" : m.member() != from ? "signed for another" : fault(now, m);
            case ViewChange m -> m.config() != now.number() ? "" : m.member() != from ? "signed for another" : fault(now, m);
            case NewView m -> m.config() != now.number() ? "" : fault(now, m);
            case Stable m -> fault(now, m);
            default -> "";
        };
        if (!fault.isEmpty()) {
            return Verdict.blame(fault);
        }
        if (isOfAnother(now, message)) {
            return Verdict.refuse("another membership");
        }
        return Verdict.pass(message);
    }

    private static boolean isOfAnother(Membership now, Message message) {
        return switch (message) {
            case Message.Checkpoint m -> m.config() != now.number();
            case ViewChange m -> m.config() != now.number();
            case NewView m -> m.config() != now.number();
            default -> false;
        };
    }

    private String fault(Membership now, Request m) {
        var key = now.clientKey(m.client());
        if (key.isEmpty()) {
            return "unknown client " + m.client();
        }
        var content = Codec.toSign(m);
        var seen = Digest.of(key.get(), content, m.signature());
        if (m.sequence() < 1 || !verified.contains(seen) && !authenticator.verify(key.get(), content, m.signature())) {
            return "bad signature of client " + m.client();
        }
        // A request comes from its client and again in a batch, perhaps in several views.
        if (verified.size() > VERIFIED_MAX) {
            verified.clear();
        }
        verified.add(seen);
        return "";
    }

    private String fault(Membership now, Message.Checkpoint m) {
        return signed(now, m.member(), Codec.toSign(m), m.signature()) ? "" : "bad signature under a checkpoint";
    }

    private boolean signed(Membership by, int member, byte[] content, byte[] signature) {
        var found = by.member(member);
        return found.isPresent() && authenticator.verify(found.get().signingKey(), content, signature);
    }

    private String fault(Membership now, ViewChange m) {
        if (m.config() != now.number() || m.view() < 1 || !now.heeds(m.member())) {
            return "view change of a stranger";
        }
        var why = faultyProof(now, m.stable(), base);
        if (!why.isEmpty()) {
            return why;
        }
        if (!ordered(m, m.prepared(), 1) || !ordered(m, m.proposed(), Limits.DIGESTS_PER_SEQUENCE_MAX)) {
            return "view change with entries out of order or bounds";
        }
        return signed(now, m.member(), Codec.toSign(m), m.signature()) ? "" : "bad signature under a view change";
    }

    /** Sequence numbers rise, each within the window, at most so many times, in views before the new one. */
    private static boolean ordered(ViewChange m, List<Entry> entries, int each) {
        long last = m.stable().sequence();
        int times = each;
        for (var entry : entries) {
            if (entry.sequence() < last || entry.sequence() > m.stable().sequence() + Limits.WINDOW_MAX || entry.view() >= m.view()) {
                return false;
            }
            times = entry.sequence() == last ? times + 1 : 1;
            if (times > each) {
                return false;
            }
            last = entry.sequence();
        }
        return true;
    }

    private String fault(Membership now, NewView m) {
        if (now.leader(m.view()) != m.member() || m.view() < 1) {
            return "new view by a member that does not lead it";
        }
        var senders = new HashSet<Integer>();
        for (var change : m.changes()) {
            if (change.view() != m.view() || !senders.add(change.member())) {
                return "new view over other views or one member twice";
            }
            var why = fault(now, change);
            if (!why.isEmpty()) {
                return "new view with: " + why;
            }
        }
        if (senders.size() < now.quorum()) {
            return "new view over " + senders.size() + " view changes, " + now.quorum() + " are needed";
        }
        return signed(now, m.member(), Codec.toSign(m), m.signature()) ? "" : "bad signature under a new view";
    }

    private String fault(Membership now, Stable m) {
        var known = now;
        var begin = base;
        for (var link : m.links()) {
            if (link.proof().config() < now.number()) {
                continue; // what is known already
            }
            if (!link.proof().state().equals(Codec.digest(link.manifest())) || link.manifest().members().number() != known.number() + 1) {
                return "link that does not fit";
            }
            var why = faultyProof(known, link.proof(), null);
            if (!why.isEmpty()) {
                return why;
            }
            known = link.manifest().members();
            begin = link.proof();
        }
        return m.proof().config() < now.number() ? "" : faultyProof(known, m.proof(), begin);
    }

    /** What is wrong with a proof: nothing when it is the known beginning, or a quorum has signed it. */
    private String faultyProof(Membership by, Proof proof, Proof begin) {
        if (begin != null && proof.sequence() == begin.sequence() && proof.state().equals(begin.state())) {
            return "";
        }
        if (proof.config() != by.number()) {
            return "proof by membership " + proof.config() + ", not " + by.number();
        }
        if (proof.signatures().stream().map(Message.Signed::member).distinct().count() < by.quorum()) {
            return "proof with too few signatures";
        }
        for (var signed : proof.signatures()) {
            var content = Codec.toSign(new Message.Checkpoint(proof.config(), proof.sequence(), proof.state(), signed.member(), new byte[0]));
            if (!signed(by, signed.member(), content, signed.signature())) {
                return "bad signature in a proof";
            }
        }
        return "";
    }
}
