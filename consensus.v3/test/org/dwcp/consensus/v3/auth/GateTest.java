// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import javax.crypto.KeyAgreement;

import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Member;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Message.Checkpoint;
import org.dwcp.consensus.v3.message.Message.Phase;
import org.dwcp.consensus.v3.message.Message.PrePrepare;
import org.dwcp.consensus.v3.message.Message.Proof;
import org.dwcp.consensus.v3.message.Message.Signed;
import org.dwcp.consensus.v3.message.Message.Vote;
import org.dwcp.consensus.v3.message.Request;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With real keys: what is let in, and what is not. */
@Requirement({"R-208", "R-209"})
class GateTest {
    private static final Digest STATE = Digest.of(new byte[] {1});
    private static final Proof BASE = new Proof(0, 0, STATE, List.of());

    private final Map<Integer, KeyAuthenticator> keys = new HashMap<>();
    private Membership members;
    private Gate gate;

    private static KeyPair pair(String algorithm) throws GeneralSecurityException {
        return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
    }

    private static byte[] sign(KeyPair pair, byte[] content) {
        try {
            var signature = Signature.getInstance("Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(content);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] agree(KeyPair pair, byte[] other) {
        try {
            var agreement = KeyAgreement.getInstance("X25519");
            agreement.init(pair.getPrivate());
            agreement.doPhase(KeyFactory.getInstance("X25519").generatePublic(new X509EncodedKeySpec(other)), true);
            return agreement.generateSecret();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyAuthenticator authenticator(String domain, KeyPair signing, KeyPair agreeing) {
        return new KeyAuthenticator(domain.getBytes(), content -> sign(signing, content), other -> agree(agreeing, other));
    }

    @BeforeEach
    void meet() throws GeneralSecurityException {
        var all = new ArrayList<Member>();
        for (int id = 1; id <= 4; id++) {
            var signing = pair("Ed25519");
            var agreeing = pair("X25519");
            keys.put(id, authenticator("group 1", signing, agreeing));
            all.add(new Member(id, "m" + id, signing.getPublic().getEncoded(), agreeing.getPublic().getEncoded(), false));
        }
        members = new Membership(0, all, new TreeMap<>(), new byte[0]);
        gate = new Gate(4, keys.get(4), members, BASE);
    }

    private Gate.Verdict say(int from, Message message) {
        return gate.member(from, Envelope.seal(message, members, keys.get(from)));
    }

    private static Vote vote() {
        return new Vote(Phase.PREPARE, 0, 0, 1, STATE);
    }

    private Request request(int by, String as) {
        var unsigned = new Request(as, 1, Request.Kind.COMMAND, new byte[] {5}, new byte[0]);
        return new Request(as, 1, Request.Kind.COMMAND, unsigned.command(), keys.get(by).sign(Codec.toSign(unsigned)));
    }

    @Test
    void letsInWhatItsSenderSays() {
        assertThat(say(1, vote()).message()).contains(vote());
        assertThat(say(2, new PrePrepare(0, 0, 1, new Batch(List.of(request(3, "m3"))))).message()).isPresent();
    }

    @Test
    void refusesAVoteUnderAnothersName() {
        var verdict = gate.member(2, Envelope.seal(vote(), members, keys.get(1)));

        assertThat(verdict.message()).isEmpty();
        assertThat(verdict.refusal()).isEqualTo("bad MAC");
        assertThat(verdict.proven()).isTrue();
    }

    @Test
    void refusesAVoteOfAnotherGroup() throws GeneralSecurityException {
        var signing = pair("Ed25519");
        var agreeing = pair("X25519");
        var changed = new ArrayList<>(members.members());
        changed.set(0, new Member(1, "m1", signing.getPublic().getEncoded(), agreeing.getPublic().getEncoded(), false));
        var other = new Membership(0, changed, new TreeMap<>(), new byte[0]);
        gate.members(other, BASE);

        assertThat(gate.member(1, Envelope.seal(vote(), other, authenticator("group 2", signing, agreeing))).message()).isEmpty();
        assertThat(gate.member(1, Envelope.seal(vote(), other, authenticator("group 1", signing, agreeing))).message()).isPresent();
    }

    @Test
    void refusesARequestThatItsClientHasNotSigned() {
        assertThat(say(1, request(1, "m3")).refusal()).contains("bad signature of client m3");
        assertThat(say(1, new PrePrepare(0, 0, 1, new Batch(List.of(request(1, "m3"))))).refusal()).contains("bad signature of client m3");
        assertThat(say(1, request(1, "stranger")).refusal()).contains("unknown client");
        assertThat(say(1, request(1, "m1")).message()).isPresent();
    }

    private Checkpoint checkpoint(int by) {
        var unsigned = new Checkpoint(0, 64, STATE, by, new byte[0]);
        return new Checkpoint(0, 64, STATE, by, keys.get(by).sign(Codec.toSign(unsigned)));
    }

    private Proof proof(Integer... by) {
        return new Proof(0, 64, STATE, java.util.Arrays.stream(by).map(id -> new Signed(id, checkpoint(id).signature())).toList());
    }

    @Test
    void takesAProofOfAQuorumAndNothingLess() {
        assertThat(say(1, new Message.Stable(List.of(), proof(1, 2, 3))).message()).isPresent();
        assertThat(say(1, new Message.Stable(List.of(), proof(1, 2))).refusal()).contains("too few");
        assertThat(say(1, new Message.Stable(List.of(), proof(1, 2, 2))).refusal()).contains("too few");
        var forged = new Proof(0, 64, STATE, List.of(new Signed(1, checkpoint(1).signature()), new Signed(2, checkpoint(1).signature()),
                new Signed(3, checkpoint(3).signature())));
        assertThat(say(1, new Message.Stable(List.of(), forged)).refusal()).contains("bad signature in a proof");
    }

    @Test
    void doesNotListenToWhoIsShutOut() {
        gate.members(new Membership(0, members.members().stream().map(member -> member.id() == 1 ? member.shutOut() : member).toList(), new TreeMap<>(),
                new byte[0]), BASE);

        assertThat(say(1, vote()).message()).isEmpty();
        assertThat(say(2, vote()).message()).isPresent();
        assertThat(say(1, new Message.Status(0, 0, true, 0, 0)).message()).as("it may follow what the others do").isPresent();
    }

    @Test
    void refusesRubbish() {
        assertThat(gate.member(1, new byte[0]).proven()).isTrue();
        assertThat(gate.member(1, new byte[] {0, 1}).refusal()).contains("malformed");
        assertThat(gate.member(1, new byte[] {(byte) 200, 1, 2, 3}).refusal()).contains("malformed");
        assertThat(gate.member(9, Envelope.seal(vote(), members, keys.get(1))).refusal()).contains("not heeded");
    }
}
