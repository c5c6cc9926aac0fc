// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

import javax.security.auth.x500.X500Principal;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusGroups;
import org.dwcp.api.consensus.Digest;
import org.dwcp.api.consensus.EpochInfo;
import org.dwcp.api.consensus.GroupStatus;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportStats;
import org.dwcp.orchestrator.group.GroupHealth;
import org.dwcp.orchestrator.shell.view.DoctorReport;
import org.dwcp.orchestrator.shell.view.DoctorReport.Verdict;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.node.TestClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    @TempDir
    private Path home;
    private final Map<Class<?>, Object> services = new HashMap<>();
    private final List<PeerInfo> peers = new ArrayList<>();
    private final Map<String, String> traits = new HashMap<>();
    private final List<SlotStatus> slots = new ArrayList<>(List.of(Fixtures.transport(100)));
    private final List<String> sentences = new ArrayList<>();
    private ComponentFaults faults = new ComponentFaults(List.of(), Map.of());
    private Instant certificateEnd = Fixtures.NOON.plus(Duration.ofDays(300));
    private Instant certificateStart = Fixtures.NOON.minus(Duration.ofDays(300));

    @BeforeEach
    void well() {
        services.put(NodeClock.class, new ManualClock());
        services.put(NodeFolders.class, FakeNode.fake(NodeFolders.class, Map.of("etc", a -> home, "deploy", a -> home, "inbox", a -> home)));
        services.put(NodeIdentity.class, FakeNode.fake(NodeIdentity.class, Map.of("id", a -> NodeId.of("porto"), "cluster", a -> "9f2c41d07a3be615",
                "certificates", a -> List.of(certificate()), "authorities", a -> List.of())));
        services.put(ModeAwareAdapter.class, FakeNode.fake(ModeAwareAdapter.class, Map.of("slots", a -> slots, "validate", a -> sentences,
                "route", a -> FakeNode.fake(Route.class, Map.of("leaseNamed", named -> lease((String) named[0]))))));
        services.put(Peers.class, FakeNode.fake(Peers.class, Map.of("list", a -> peers)));
    }

    private Lease<?> lease(String provider) {
        if (!provider.equals("transport.v1")) {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "no provider " + provider);
        }
        var stats = new TransportStats(provider, 0, 0, 0, 0, 0, 0, 0, 0, Map.of(), traits);
        var transport = FakeNode.fake(Transport.class, Map.of("stats", a -> Optional.of(stats)));
        return FakeNode.fake(Lease.class, Map.of("provider", a -> transport, "close", a -> null));
    }

    @Test
    @Requirement({"R-056", "R-145"})
    void saysWhetherATransportHasRdmaAndIfNotWhy() {
        traits.put("rdma", "no device, TCP lanes");
        assertThat(examine().checks()).anySatisfy(check -> {
            assertThat(check.name()).isEqualTo("rdma");
            assertThat(check.verdict()).isEqualTo(Verdict.OK);
            assertThat(check.finding()).endsWith("no device, TCP lanes");
        });

        traits.put("rdma.memory", "only 65536 bytes of memory may be locked");
        assertThat(examine().checks()).anySatisfy(check -> {
            assertThat(check.name()).isEqualTo("rdma");
            assertThat(check.verdict()).isEqualTo(Verdict.WARN);
        });
    }

    private X509Certificate certificate() {
        return new StubCertificate(certificateStart, certificateEnd);
    }

    private DoctorReport examine() {
        return new Doctor(new Services() {
            @Override
            public <S, A> Optional<A> ask(Class<S> type, Function<S, A> question) {
                return Optional.ofNullable(services.get(type)).map(type::cast).map(question);
            }
        }, () -> faults).examine();
    }

    private DoctorReport.Check check(String name) {
        return examine().checks().stream().filter(check -> check.name().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void findsNothingWrongWithAGoodNode() {
        assertThat(examine().checks()).extracting(DoctorReport.Check::verdict).containsOnly(Verdict.OK);
        assertThat(examine().good()).isTrue();
    }

    @Test
    void findsGroupsThatAreNotWell() {
        var broken = new GroupStatus("settings", GroupStatus.Phase.BROKEN, new EpochInfo(1, "consensus.v1", Tolerance.CRASH, List.of(), Digest.ZERO, List.of(), 0), Optional.empty(), 0,
                "states differ", Map.of());
        var all = new ArrayList<GroupStatus>();
        var health = new GroupHealth(FakeNode.fake(ConsensusGroups.class, Map.of("list", a -> List.copyOf(all))), new TestClock());
        services.put(GroupHealth.class, health);
        assertThat(examine().checks()).noneMatch(check -> check.name().startsWith("group"));

        all.add(broken);
        await().atMost(Duration.ofSeconds(30)).until(() -> !health.alerts().isEmpty());

        assertThat(check("group settings").verdict()).isEqualTo(Verdict.FAIL);
        assertThat(check("group settings").finding()).isEqualTo("states differ");
        health.deactivate();
    }

    @Test
    void findsCertificatesThatHaveEndedOrSoonWill() {
        certificateEnd = Fixtures.NOON.plus(Doctor.CERTIFICATE_WARN);
        assertThat(check("certificates").verdict()).isEqualTo(Verdict.OK);
        certificateEnd = certificateEnd.minusSeconds(1);
        assertThat(check("certificates").verdict()).isEqualTo(Verdict.WARN);
        certificateEnd = Fixtures.NOON.minusSeconds(1);
        assertThat(check("certificates").verdict()).isEqualTo(Verdict.FAIL);
    }

    @Test
    void findsACertificateThatHasNotBegun() {
        certificateStart = Fixtures.NOON.plusSeconds(1);

        assertThat(check("certificates")).satisfies(check -> {
            assertThat(check.verdict()).isEqualTo(Verdict.FAIL);
            assertThat(check.remedy()).contains("compare the clocks");
        });
    }

    @Test
    void findsAClockThatWasNeverSet() {
        services.put(NodeClock.class, FakeNode.fake(NodeClock.class, Map.of("now", a -> Doctor.CLOCK_MIN.minusSeconds(1))));

        assertThat(check("clock").verdict()).isEqualTo(Verdict.FAIL);
    }

    @Test
    void findsAFlagsFileThatCannotBeRead() throws IOException {
        Files.writeString(home.resolve("flags.json"), "{\"ForceV1Mode\": tr");
        assertThat(check("flags")).satisfies(check -> {
            assertThat(check.verdict()).isEqualTo(Verdict.FAIL);
            assertThat(check.remedy()).contains("the last good flags are in force");
        });

        Files.writeString(home.resolve("flags.json"), "{\"ForceV1Mode\": true}");
        assertThat(check("flags").verdict()).isEqualTo(Verdict.OK);
    }

    @Test
    void findsSlotsWithoutProviderAndWithoutFallback() {
        slots.add(Fixtures.encoding());
        slots.add(new SlotStatus("sync", List.of(Fixtures.provider("sync", "v1", 100)), List.of(), 1));

        assertThat(check("slot transport").verdict()).isEqualTo(Verdict.OK);
        assertThat(check("slot encoding").verdict()).isEqualTo(Verdict.FAIL);
        assertThat(check("slot sync").verdict()).isEqualTo(Verdict.WARN);
        assertThat(examine().good()).isFalse();
    }

    @Test
    void passesOnWhatTheAdapterMisses() {
        sentences.add("consensus has no v3 provider");

        assertThat(check("pairs").finding()).isEqualTo("consensus has no v3 provider");
    }

    @Test
    void findsPeersThatCannotBeReached() {
        peers.add(Fixtures.peer("lisbon", true));
        assertThat(check("peers").finding()).isEqualTo("1 online");
        peers.add(Fixtures.peer("faro", false));

        assertThat(check("peer faro").finding()).isEqualTo("192.0.2.7:7400 cannot be reached: connection refused");
    }

    @Test
    void namesTheConfigurationValueThatStoppedAComponent() {
        faults = new ComponentFaults(List.of("org.dwcp.transport.v3: window.bytes.max 7 is not in 65536..1073741824"), Map.of("service b", List.of("a", "c")));

        assertThat(check("configuration").verdict()).isEqualTo(Verdict.FAIL);
        assertThat(check("components").verdict()).isEqualTo(Verdict.WARN);
        assertThat(check("components").finding()).isEqualTo("service b is missing; a, c wait for it");
    }

    @Test
    void takesTheLastCauseOutOfAStackTrace() {
        assertThat(ComponentFaults.reason("java.lang.reflect.InvocationTargetException\n\tat x\nCaused by: java.lang.IllegalArgumentException: port 70000 is not in 0..65535\n\tat y\n\t... 3 more"))
                .isEqualTo("port 70000 is not in 0..65535");
        assertThat(ComponentFaults.reason(null)).isEqualTo("no reason given");
    }

    @Test
    void findsFoldersThatCannotBeWrittenAndFlagsThatAreNone() throws IOException {
        services.put(NodeFolders.class, FakeNode.fake(NodeFolders.class, Map.of("etc", a -> home, "deploy", a -> home.resolve("nowhere"), "inbox", a -> home)));
        assertThat(check("disk").finding()).endsWith("nowhere cannot be written");

        Files.writeString(home.resolve("flags.json"), "[]");
        assertThat(check("flags").finding()).endsWith("holds no JSON object");
        Files.write(home.resolve("flags.json"), new byte[2 << 20]);
        assertThat(check("flags").finding()).contains("is larger than");
    }

    @Test
    void findsAFailedProviderAndANodeWithoutAny() {
        slots.clear();
        assertThat(check("slots").finding()).isEqualTo("no provider is installed");

        var failed = new org.dwcp.api.hybrid.ProviderInfo("sync", "sync.v3", "3.0.0", List.of("v3"), List.of(), 10, 0, org.dwcp.api.hybrid.ProviderState.FAILED,
                "breaker open", 0);
        slots.add(new SlotStatus("sync", List.of(Fixtures.provider("sync", "v1", 100), failed), List.of(), 1));
        assertThat(check("slot sync").finding()).isEqualTo("sync.v3 has failed: breaker open");
    }

    @Test
    void saysWhenAPeerWasNotTriedYetAndWhatOneComponentWaitsFor() {
        peers.add(new PeerInfo(NodeId.of("faro"), "192.0.2.7", 7400, false, Fixtures.NOON, 0, List.of(), ""));
        assertThat(check("peer faro").finding()).endsWith("not tried yet");

        faults = new ComponentFaults(List.of(), Map.of("service b", List.of("a")));
        assertThat(check("components").finding()).isEqualTo("service b is missing; a waits for it");
    }

    @Test
    void worksWhenEverythingIsMissing() {
        services.clear();

        assertThat(examine().checks()).filteredOn(check -> check.verdict() == Verdict.FAIL).extracting(DoctorReport.Check::name)
                .containsExactly("clock", "certificates", "disk", "slots", "peers");
    }

    /** A certificate that is only a name and a time. */
    private static final class StubCertificate extends X509CertificateAdapter {
        private final Instant start;
        private final Instant end;

        StubCertificate(Instant start, Instant end) {
            this.start = start;
            this.end = end;
        }

        @Override
        public X500Principal getSubjectX500Principal() {
            return new X500Principal("CN=porto");
        }

        @Override
        public Date getNotBefore() {
            return Date.from(start);
        }

        @Override
        public Date getNotAfter() {
            return Date.from(end);
        }
    }
}
