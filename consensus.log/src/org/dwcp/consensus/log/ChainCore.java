// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.MemberKeys;

/**
 * One member's part in the chain of epochs, as a pure function of events: no thread, clock, disk or network. Effects are carried out in order, each finished before the next
 * one begins; a crash between any two leaves a store from which {@link Event.Started} goes on.
 *
 * <p>What holds: the state at a seal and the mark of the seal are durable before this member signs; it signs one statement an epoch; it opens epoch e+1 only with a durable
 * certificate and a state that has the certified digest; it never opens an epoch for which it has the certificate of the end; it deletes an epoch only when a
 * quorum of the next one's members has the next one. Used by one thread.
 */
final class ChainCore {
    private final String group;
    private final MemberKeys keys;
    private final boolean joining;
    private final TreeMap<Long, Certificate> chain = new TreeMap<>();
    private final TreeMap<NodeId, Signed> signatures = new TreeMap<>();
    private final TreeMap<NodeId, Long> peers = new TreeMap<>();
    private EpochHead head;
    private Optional<Statement> sealed = Optional.empty();
    private boolean waitsForState;
    private boolean broken;
    private boolean open;
    private long deletedUpTo;
    private int fetches;
    private final Set<NodeId> others = new LinkedHashSet<>();

    private record Signed(Statement statement, byte[] signature) {
    }

    /** What happens. */
    sealed interface Event {
        /**
         * The member starts.
         *
         * @param first  the first epoch
         * @param chain  durable certificates, oldest first
         * @param sealed durable mark of the seal of the current epoch
         * @param base   true when the state that the current epoch begins with is durable
         */
        record Started(EpochHead first, List<Certificate> chain, Optional<Statement> sealed, boolean base) implements Event { }

        /** The machine has applied a seal. */
        record Sealed(Statement statement, byte[] base) implements Event { }

        /** A member says what it signed. */
        record Signature(NodeId from, Statement statement, byte[] signature) implements Event { }

        /** Somebody shows certificates, oldest first. */
        record Certificates(NodeId from, List<Certificate> certificates) implements Event { }

        /** A state was fetched. */
        record State(NodeId from, long epoch, byte[] base) implements Event { }

        /** A state could not be fetched. */
        record NoState(NodeId from, long epoch) implements Event { }

        /** A member says which epoch it has opened. */
        record PeerAt(NodeId from, long epoch) implements Event { }

        /** The members of the running epoch have changed. */
        record Members(List<Member> now) implements Event { }

        /** Some time has passed. */
        record Tick() implements Event { }
    }

    /** What is to be done. */
    sealed interface Effect {
        record SaveState(long epoch, byte[] base) implements Effect { }

        record SaveSeal(Statement statement) implements Effect { }

        record SaveCertificate(Certificate certificate) implements Effect { }

        record SendSignature(List<NodeId> to, Statement statement, byte[] signature) implements Effect { }

        record SendCertificate(List<NodeId> to, Certificate certificate) implements Effect { }

        record CloseReplica(long epoch) implements Effect { }

        record OpenReplica(EpochHead head) implements Effect { }

        record FetchState(NodeId from, long epoch) implements Effect { }

        record FetchCertificates(NodeId from, long epoch) implements Effect { }

        record AskEpochs(List<NodeId> of) implements Effect { }

        record DeleteEpoch(long epoch) implements Effect { }

        record Leave(long epoch) implements Effect { }

        record Alarm(String what) implements Effect { }
    }

    /**
     * Makes a core that has not started.
     *
     * @param joining true for a node that is no member yet and is to become one inside a running epoch
     */
    ChainCore(String group, MemberKeys keys, boolean joining) {
        this.group = group;
        this.keys = keys;
        this.joining = joining;
    }

    EpochHead head() {
        return head;
    }

    List<Certificate> chain() {
        return List.copyOf(chain.values());
    }

    boolean isSealed() {
        return sealed.isPresent();
    }

    boolean isWaitingForState() {
        return waitsForState;
    }

    boolean isBroken() {
        return broken;
    }

    /** Says what this member waits for. */
    String note() {
        if (broken) {
            return "states differ: this member stopped, an operator must look";
        }
        if (waitsForState) {
            return "fetches the state of epoch " + head.epoch() + " from the other members";
        }
        return sealed.map(s -> "epoch " + s.epoch() + " is sealed at " + s.sealedAt() + "; signatures: " + agreeing(s).keySet()).orElse("");
    }

    List<Effect> step(Event event) {
        var effects = new ArrayList<Effect>();
        if (!broken) {
            switch (event) {
                case Event.Started started -> start(started, effects);
                case Event.Sealed seal -> seal(seal, effects);
                case Event.Signature signature -> signature(signature, effects);
                case Event.Certificates certificates -> certificates(certificates, effects);
                case Event.State state -> state(state, effects);
                case Event.NoState none -> fetchState(effects, none.epoch());
                case Event.PeerAt at -> peerAt(at, effects);
                case Event.Members members -> remember(members.now());
                case Event.Tick tick -> tick(effects);
            }
        }
        return effects;
    }

    private NodeId self() {
        return keys.self().node();
    }

    private boolean isMember() {
        return joining || head.members().contains(keys.self());
    }

    private void remember(List<Member> members) {
        members.stream().map(Member::node).filter(node -> !node.equals(self())).forEach(others::add);
    }

    private void start(Event.Started started, List<Effect> effects) {
        head = started.first();
        remember(head.members());
        for (Certificate certificate : started.chain()) {
            certificate.check(group, head);
            follow(certificate);
        }
        sealed = started.sealed().filter(statement -> statement.epoch() == head.epoch());
        if (!isMember() && !chain.isEmpty()) {
            effects.add(new Effect.Leave(head.epoch()));
        } else if (!started.base()) {
            waitsForState = true;
            fetchState(effects, head.epoch());
        } else {
            // Also when it is sealed: others may need this replica to get as far as the seal.
            openReplica(effects);
        }
        sealed.ifPresent(statement -> sign(statement, effects));
    }

    private void openReplica(List<Effect> effects) {
        open = true;
        effects.add(new Effect.OpenReplica(head));
    }

    private void follow(Certificate certificate) {
        chain.put(certificate.statement().epoch(), certificate);
        head = certificate.statement().nextHead();
        remember(certificate.statement().members());
        remember(head.members());
        sealed = Optional.empty();
        waitsForState = false;
        signatures.values().removeIf(signed -> signed.statement().epoch() < head.epoch());
    }

    private void seal(Event.Sealed seal, List<Effect> effects) {
        var statement = seal.statement();
        if (statement.epoch() != head.epoch() || waitsForState) {
            return; // late news of an epoch that is certified already
        }
        if (sealed.isPresent()) { // applied again after a restart
            if (!sealed.get().equals(statement)) {
                diverged("this member sealed epoch " + statement.epoch() + " as " + sealed.get().genesis().brief() + " before and as " + statement.genesis().brief() + " now",
                        effects);
            }
            return;
        }
        effects.add(new Effect.SaveState(statement.epoch() + 1, seal.base()));
        effects.add(new Effect.SaveSeal(statement));
        sealed = Optional.of(statement);
        remember(statement.members());
        remember(statement.nextMembers());
        sign(statement, effects);
    }

    private void sign(Statement statement, List<Effect> effects) {
        byte[] signature = keys.sign(statement.toSign());
        signatures.put(self(), new Signed(statement, signature));
        effects.add(new Effect.SendSignature(List.copyOf(others), statement, signature));
        certify(effects);
    }

    private void signature(Event.Signature event, List<Effect> effects) {
        var statement = event.statement();
        if (!statement.group().equals(group) || statement.epoch() < head.epoch()) {
            // Who still signs an epoch that is certified has missed the certificate.
            Optional.ofNullable(chain.get(statement.epoch())).filter(c -> statement.group().equals(group))
                    .ifPresent(certificate -> effects.add(new Effect.SendCertificate(List.of(event.from()), certificate)));
            return;
        }
        if (statement.epoch() > head.epoch()) {
            effects.add(new Effect.FetchCertificates(event.from(), head.epoch()));
            return;
        }
        var signer = java.util.stream.Stream.of(head.members(), sealed.map(Statement::members).orElse(statement.members())).flatMap(List::stream)
                .filter(member -> member.node().equals(event.from())).findFirst();
        if (signer.isPresent() && signer.get().verify(statement.toSign(), event.signature())) {
            signatures.put(event.from(), new Signed(statement, event.signature()));
            certify(effects);
        }
    }

    private Map<NodeId, byte[]> agreeing(Statement statement) {
        var agreeing = new TreeMap<NodeId, byte[]>();
        signatures.forEach((node, signed) -> {
            if (signed.statement().equals(statement)) {
                agreeing.put(node, signed.signature());
            }
        });
        return agreeing;
    }

    private void certify(List<Effect> effects) {
        if (sealed.isEmpty()) {
            return;
        }
        var agreeing = agreeing(sealed.get());
        if (Certificate.suffices(sealed.get(), agreeing.keySet())) {
            advance(new Certificate(sealed.get(), agreeing), effects);
            return;
        }
        var different = new TreeSet<NodeId>(signatures.keySet());
        different.removeAll(agreeing.keySet());
        var all = new TreeSet<NodeId>(agreeing.keySet());
        sealed.get().members().stream().map(Member::node).filter(node -> !different.contains(node)).forEach(all::add);
        if (!different.isEmpty() && !Certificate.suffices(sealed.get(), all)) {
            diverged("members " + different + " signed another state of epoch " + head.epoch() + "; no quorum can agree any more", effects);
        }
    }

    private void diverged(String what, List<Effect> effects) {
        broken = true;
        effects.add(new Effect.Alarm(what));
    }

    private void certificates(Event.Certificates event, List<Effect> effects) {
        for (Certificate certificate : event.certificates()) {
            if (certificate.statement().epoch() == head.epoch() && !broken) {
                try {
                    certificate.check(group, head);
                } catch (ConsensusException e) {
                    effects.add(new Effect.Alarm("refused from " + event.from() + ": " + e.getMessage()));
                    return;
                }
                advance(certificate, effects);
            }
        }
    }

    /** Goes into the next epoch, for which the certificate is known to hold. */
    private void advance(Certificate certificate, List<Effect> effects) {
        var statement = certificate.statement();
        boolean hasState = sealed.isPresent();
        if (hasState && !sealed.get().equals(statement)) {
            diverged("a quorum certified epoch " + statement.epoch() + " as " + statement.genesis().brief() + ", this member executed it to "
                    + sealed.get().genesis().brief(), effects);
            return;
        }
        long ended = head.epoch();
        effects.add(new Effect.SaveCertificate(certificate));
        if (open) {
            effects.add(new Effect.CloseReplica(ended));
            open = false;
        }
        follow(certificate);
        effects.add(new Effect.SendCertificate(List.copyOf(others), certificate));
        if (!isMember()) {
            effects.add(new Effect.Leave(head.epoch()));
        } else if (hasState) {
            openReplica(effects);
            peerAt(new Event.PeerAt(self(), head.epoch()), effects);
        } else {
            waitsForState = true;
            fetchState(effects, head.epoch());
        }
    }

    /** Asks the signers of the last certificate in turn: they have the state. */
    private void fetchState(List<Effect> effects, long epoch) {
        if (!waitsForState || epoch != head.epoch()) {
            return;
        }
        var have = new LinkedHashSet<NodeId>();
        Optional.ofNullable(chain.get(head.epoch() - 1)).ifPresent(before -> have.addAll(new TreeSet<>(before.signatures().keySet())));
        have.addAll(others);
        have.remove(self());
        if (!have.isEmpty()) {
            effects.add(new Effect.FetchState(List.copyOf(have).get(Math.floorMod(fetches++, have.size())), head.epoch()));
        }
    }

    private void state(Event.State event, List<Effect> effects) {
        if (!waitsForState || event.epoch() != head.epoch()) {
            return;
        }
        var before = Optional.ofNullable(chain.get(head.epoch() - 1));
        if (before.isPresent() && !Digest.of(event.base()).equals(before.get().statement().state())) {
            effects.add(new Effect.Alarm("state of epoch " + event.epoch() + " from " + event.from() + " has not the certified digest; refused"));
            fetchState(effects, event.epoch());
            return;
        }
        waitsForState = false;
        effects.add(new Effect.SaveState(head.epoch(), event.base()));
        openReplica(effects);
        peerAt(new Event.PeerAt(self(), head.epoch()), effects);
    }

    private void peerAt(Event.PeerAt event, List<Effect> effects) {
        peers.merge(event.from(), event.epoch(), Math::max);
        if (event.epoch() > head.epoch()) {
            effects.add(new Effect.FetchCertificates(event.from(), head.epoch()));
        }
        long there = head.members().stream().filter(member -> peers.getOrDefault(member.node(), 0L) >= head.epoch()).count();
        if (open && sealed.isEmpty() && there >= head.tolerance().quorum(head.members().size())) {
            for (long epoch = deletedUpTo + 1; epoch < head.epoch(); epoch++) {
                effects.add(new Effect.DeleteEpoch(epoch));
            }
            deletedUpTo = Math.max(deletedUpTo, head.epoch() - 1);
        }
    }

    private void tick(List<Effect> effects) {
        sealed.ifPresent(statement -> effects.add(new Effect.SendSignature(List.copyOf(others), statement, signatures.get(self()).signature())));
        effects.add(new Effect.AskEpochs(List.copyOf(others)));
        if (waitsForState) {
            fetchState(effects, head.epoch());
        }
    }
}
