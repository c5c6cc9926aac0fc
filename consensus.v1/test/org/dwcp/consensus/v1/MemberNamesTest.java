// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import org.apache.ratis.thirdparty.io.grpc.NameResolver;
import org.apache.ratis.thirdparty.io.grpc.NameResolverRegistry;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.SynchronizationContext;
import org.dwcp.testkit.node.TestCluster;
import org.dwcp.testkit.node.TestNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemberNamesTest {
    private final TestCluster cluster = new TestCluster();
    private final List<TestNode> servers = List.of(cluster.node("a"), cluster.node("b"));
    private final TestNode member = cluster.node("c");
    private final List<MemberNames> names = servers.stream().map(server -> new MemberNames(server.peers(), "127.0.0.1")).toList();
    private final List<Integer> ports = new CopyOnWriteArrayList<>();
    private final List<Status> errors = new CopyOnWriteArrayList<>();

    @AfterEach
    void closeAll() {
        names.forEach(MemberNames::close);
    }

    private NameResolver resolver() {
        var parser = new NameResolver.ServiceConfigParser() {
            @Override
            public NameResolver.ConfigOrError parseServiceConfig(Map<String, ?> raw) {
                return NameResolver.ConfigOrError.fromConfig(raw);
            }
        };
        var args = NameResolver.Args.newBuilder().setDefaultPort(1).setProxyDetector(target -> null).setServiceConfigParser(parser)
                .setSynchronizationContext(new SynchronizationContext((thread, failure) -> {
                    throw new AssertionError(failure);
                })).build();
        return NameResolverRegistry.getDefaultRegistry().asFactory().newNameResolver(URI.create(MemberNames.address(member.id())), args);
    }

    private NameResolver started() {
        var resolver = resolver();
        resolver.start(new NameResolver.Listener2() {
            @Override
            public void onResult(NameResolver.ResolutionResult result) {
                ports.add(((InetSocketAddress) result.getAddressesOrError().getValue().getFirst().getAddresses().getFirst()).getPort());
            }

            @Override
            public void onError(Status error) {
                errors.add(error);
            }
        });
        return resolver;
    }

    private void moveTo(int port) {
        member.advertise("consensus", RaftNode.PROVIDER, port);
    }

    @Test
    void tellsWhereAMemberIsAndWhereItGoes() {
        var resolver = started();
        assertThat(errors).singleElement().satisfies(error -> assertThat(error.getDescription()).contains("member c has not told"));

        moveTo(2_001);
        await().until(() -> ports.contains(2_001));
        moveTo(2_002);
        await().until(() -> ports.contains(2_002));

        resolver.shutdown();
        moveTo(2_003);
        assertThat(ports).doesNotContain(2_003);
    }

    /** The library gives every channel of the process the same names; one server's end must not strand the other's channels at an old address. */
    @ParameterizedTest
    @ValueSource(ints = { 0, 1 })
    void goesOnTellingWhenAnotherServerOfTheProcessStops(int stopped) {
        moveTo(2_001);
        var resolver = started();

        names.get(stopped).close();
        moveTo(2_002);

        await().until(() -> ports.contains(2_002));
        resolver.shutdown();
    }

    @Test
    void isUnknownToTheLibraryWhenTheLastServerHasStopped() {
        var resolver = started();
        names.forEach(MemberNames::close);

        moveTo(2_001);

        assertThat(ports).isEmpty();
        assertThat(resolver()).isNull();
        resolver.shutdown();
    }
}
