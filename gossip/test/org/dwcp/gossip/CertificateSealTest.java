// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;

import org.dwcp.api.NodeId;
import org.dwcp.gossip.Seal.Verdict;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestAuthority;
import org.dwcp.testkit.node.TestClock;
import org.junit.jupiter.api.Test;

/** Signatures with the nodes' own keys and certificates. */
class CertificateSealTest {
    private static final NodeId LISBON = NodeId.of("lisbon");
    private static final NodeId PORTO = NodeId.of("porto");
    private final long now = new TestClock().now().toEpochMilli();
    private final TestAuthority authority = new TestAuthority("cluster");
    private final CertificateSeal lisbon = new CertificateSeal(authority.issue(LISBON));
    private final CertificateSeal porto = new CertificateSeal(authority.issue(PORTO));

    private SignedValue value(NodeId owner, String text) {
        return new SignedValue(owner, "a", 1, now, now + 10_000, false, text.getBytes(), new byte[0], new byte[0]);
    }

    @Test
    @Requirement("R-071")
    void takesWhatTheOwnerHasSignedAndNothingElse() {
        var good = lisbon.sign(value(LISBON, "x"));

        assertThat(porto.check(good, now)).isEqualTo(Verdict.GOOD);
        assertThat(porto.check(good, now)).isEqualTo(Verdict.GOOD);
        assertThat(porto.check(value(LISBON, "y").with(good.chain(), good.signature()), now)).isEqualTo(Verdict.FORGED);
        assertThat(porto.check(value(LISBON, "x").with(good.chain(), new byte[0]), now)).isEqualTo(Verdict.FORGED);
        assertThat(porto.check(value(LISBON, "x"), now)).isEqualTo(Verdict.NOT_TRUSTED);
        assertThat(porto.check(value(LISBON, "x").with(new byte[] {1, 0, 50, 3}, good.signature()), now)).isEqualTo(Verdict.NOT_TRUSTED);
        assertThat(porto.check(value(LISBON, "x").with(new byte[] {5}, good.signature()), now)).isEqualTo(Verdict.NOT_TRUSTED);
    }

    @Test
    @Requirement("R-071")
    void refusesAMemberThatSignsForAnother() {
        assertThat(lisbon.check(porto.sign(value(LISBON, "I am lisbon")), now)).isEqualTo(Verdict.FORGED);
    }

    @Test
    @Requirement("R-071")
    void refusesAnotherClustersNodeOfTheSameName() {
        var stranger = new CertificateSeal(new TestAuthority("elsewhere").issue(LISBON));

        assertThat(porto.check(stranger.sign(value(LISBON, "x")), now)).isEqualTo(Verdict.NOT_TRUSTED);
    }

    @Test
    void refusesACertificateOutsideItsTime() {
        var good = lisbon.sign(value(LISBON, "x"));
        long years = Instant.ofEpochMilli(now).plusSeconds(20L * 365 * 86_400).toEpochMilli();

        assertThat(porto.check(good, years)).isEqualTo(Verdict.NOT_TRUSTED);
        assertThat(porto.check(good, now)).isEqualTo(Verdict.GOOD);
        assertThat(porto.check(good, years)).isEqualTo(Verdict.NOT_TRUSTED); // also when it is remembered
        assertThat(CertificateSeal.chain(List.of())).containsExactly(0);
    }
}
