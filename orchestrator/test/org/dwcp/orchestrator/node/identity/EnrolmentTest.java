// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnrolmentTest {
    private static final Instant NOW = Instant.now();

    @TempDir
    Path folder;

    @Test
    void initMakesAnIdentityThatTheNextStartReadsAgain() {
        Enrolment.init(folder, "lisbon-1", NOW);

        var first = identity(folder, NOW);
        var second = identity(folder, NOW);

        assertThat(first.id()).isEqualTo(NodeId.of("lisbon-1"));
        assertThat(first.cluster()).matches("[0-9a-f]{16}");
        assertThat(second.cluster()).isEqualTo(first.cluster());
        assertThat(second.privateKey()).isEqualTo(first.privateKey());
        assertThat(second.certificates()).isEqualTo(first.certificates()).hasSize(2);
        assertThat(second.authorities()).containsExactly(second.certificates().getLast());
    }

    @Test
    void keysAndPasswordsAreReadableByTheirOwnerOnly() throws IOException {
        Enrolment.init(folder, "a", NOW);
        Enrolment.enroll(folder, "b", folder.resolve("out"), NOW);

        assertThat(mode(folder.resolve("etc/tls"))).isEqualTo("rwx------");
        for (var file : List.of("etc/tls/node.p12", "etc/tls/node.password", "etc/tls/authority.p12", "etc/tls/authority.password", "out/b.p12",
                "out/b.password")) {
            assertThat(mode(folder.resolve(file))).as(file).isEqualTo("rw-------");
        }
    }

    @Test
    void anEnrolledNodeIsOfTheSameClusterUnderItsOwnName() throws CertificateException {
        Enrolment.init(folder.resolve("a"), "a", NOW);
        Enrolment.enroll(folder.resolve("a"), "b", folder.resolve("out"), NOW);
        Enrolment.join(folder.resolve("b"), folder.resolve("out"), NOW);

        var a = identity(folder.resolve("a"), NOW);
        var b = identity(folder.resolve("b"), NOW);

        assertThat(b.id()).isEqualTo(NodeId.of("b"));
        assertThat(b.cluster()).isEqualTo(a.cluster());
        assertThat(a.peerOf(b.certificates())).isEqualTo(b.id());
        assertThat(Files.exists(folder.resolve("b/etc/tls/authority.p12"))).as("the authority's key does not travel").isFalse();
    }

    @Test
    void refusesASecondInitAndASecondJoin() {
        Enrolment.init(folder, "a", NOW);
        Enrolment.enroll(folder, "b", folder.resolve("out"), NOW);

        assertThatThrownBy(() -> Enrolment.init(folder, "a", NOW)).isInstanceOf(DwcpException.class).hasMessageContaining("is there already");
        assertThatThrownBy(() -> Enrolment.join(folder, folder.resolve("out"), NOW)).hasMessageContaining("is there already");
        assertThat(identity(folder, NOW).id()).isEqualTo(NodeId.of("a"));
    }

    @Test
    void refusesToEnrollWhereNoAuthorityIs() {
        Enrolment.init(folder.resolve("a"), "a", NOW);
        Enrolment.enroll(folder.resolve("a"), "b", folder.resolve("out"), NOW);
        Enrolment.join(folder.resolve("b"), folder.resolve("out/b.p12"), NOW);

        assertThatThrownBy(() -> Enrolment.enroll(folder.resolve("b"), "c", folder.resolve("out"), NOW))
                .hasMessageContaining("this home cannot enroll nodes");
    }

    @Test
    void refusesToOverwriteABundle() {
        Enrolment.init(folder, "a", NOW);
        Enrolment.enroll(folder, "b", folder.resolve("out"), NOW);

        assertThatThrownBy(() -> Enrolment.enroll(folder, "b", folder.resolve("out"), NOW)).hasMessageContaining("is there already");
    }

    @Test
    void refusesAFolderWithTwoBundles() {
        Enrolment.init(folder, "a", NOW);
        Enrolment.enroll(folder, "b", folder.resolve("out"), NOW);
        Enrolment.enroll(folder, "c", folder.resolve("out"), NOW);

        assertThatThrownBy(() -> Enrolment.join(folder.resolve("b"), folder.resolve("out"), NOW)).hasMessageContaining("holds 2 .p12 files");
    }

    @Test
    void finishesWhatACrashBetweenTheTwoFilesLeft() throws IOException {
        Enrolment.init(folder, "a", NOW);
        var cluster = identity(folder, NOW).cluster();
        Files.delete(folder.resolve("etc/tls/node.p12"));

        Enrolment.init(folder, "a", NOW);

        assertThat(identity(folder, NOW).cluster()).isEqualTo(cluster);
    }

    @Test
    void refusesAnExpiredCertificateAndSaysWhen() {
        Enrolment.init(folder, "a", NOW);

        assertThatThrownBy(() -> identity(folder, NOW.plus(Authority.NODE_LIFE).plusSeconds(1)))
                .isInstanceOf(DwcpException.class).hasMessageContaining("expired at").hasMessageContaining("enroll");
        assertThat(identity(folder, NOW.plus(Authority.NODE_LIFE).minusSeconds(1)).id()).isEqualTo(NodeId.of("a"));
    }

    @Test
    void refusesACertificateFromTheFuture() {
        Enrolment.init(folder, "a", NOW);

        assertThatThrownBy(() -> identity(folder, NOW.minus(Authority.CLOCK_SKEW).minus(Duration.ofMinutes(1))))
                .hasMessageContaining("clock");
    }

    @Test
    void refusesAKeyFileWithoutItsPassword() throws IOException {
        Enrolment.init(folder, "a", NOW);
        Files.writeString(folder.resolve("etc/tls/node.password"), "wrong\n");

        assertThatThrownBy(() -> identity(folder, NOW)).isInstanceOf(DwcpException.class).hasMessageContaining("node.password");
    }

    @Test
    void refusesACertificateThatNamesNoNode() {
        var authority = Authority.make(NOW);
        Enrolment.init(folder, "a", NOW);

        assertThatThrownBy(() -> identity(folder, NOW).peerOf(List.of(authority.certificate())))
                .isInstanceOf(CertificateException.class).hasMessageContaining("0 DNS names");
    }

    @Test
    void neverPrintsAKey() {
        var credentials = Authority.make(NOW).issue(NodeId.of("a"), NOW);

        assertThat(credentials.toString()).isEqualTo("credentials of CN=a");
    }

    private static CertifiedIdentity identity(Path home, Instant now) {
        return new CertifiedIdentity(new Enrolment(home.resolve("etc")).nodeFile().read(), now);
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
