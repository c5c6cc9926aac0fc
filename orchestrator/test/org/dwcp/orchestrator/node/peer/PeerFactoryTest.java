// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.orchestrator.node.identity.TestIdentities;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.osgi.service.cm.ConfigurationException;

class PeerFactoryTest {
    private final TestNode node = new TestNode(new TestIdentities().of("porto"));
    private final PeerFactory factory = new PeerFactory(node.directory);

    @AfterEach
    void close() {
        node.close();
    }

    private static Dictionary<String, ?> peer(String name, String port) {
        return new Hashtable<>(Map.of("name", " " + name, "host", "192.0.2.7 ", "port", port));
    }

    private List<String> known() {
        return node.directory.list().stream().map(PeerInfo::id).map(NodeId::value).toList();
    }

    @Test
    void followsConfigurationsAsTheyComeChangeAndGo() throws Exception {
        factory.updated("org.dwcp.Peer~1", peer("lisbon", "7400"));
        assertThat(node.directory.find(NodeId.of("lisbon")).orElseThrow()).matches(p -> p.host().equals("192.0.2.7") && p.port() == 7400);

        factory.updated("org.dwcp.Peer~1", peer("lisbon", "7401"));
        assertThat(node.directory.find(NodeId.of("lisbon")).orElseThrow().port()).isEqualTo(7401);

        factory.updated("org.dwcp.Peer~1", peer("faro", "7400"));
        assertThat(known()).containsExactly("faro");

        factory.deleted("org.dwcp.Peer~1");
        factory.deleted("org.dwcp.Peer~1");
        assertThat(known()).isEmpty();
        assertThat(factory.getName()).isNotBlank();
    }

    @Test
    void ofTwoThatNameOnePeerTheLastToGoEndsIt() throws Exception {
        factory.updated("org.dwcp.Peer~1", peer("lisbon", "7400"));
        factory.updated("org.dwcp.Peer~2", peer("lisbon", "7400"));

        factory.deleted("org.dwcp.Peer~1");
        assertThat(known()).containsExactly("lisbon");
        factory.deleted("org.dwcp.Peer~2");
        assertThat(known()).isEmpty();
    }

    @Test
    void refusesWhatIsNoPeer() {
        for (String port : List.of("", "-1", "x", "123456", "70000")) {
            assertThatThrownBy(() -> factory.updated("org.dwcp.Peer~1", peer("lisbon", port))).as(port).isInstanceOf(ConfigurationException.class);
        }
        assertThatThrownBy(() -> factory.updated("org.dwcp.Peer~1", peer("no name at all!", "7400"))).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("org.dwcp.Peer~1");
        assertThat(known()).isEmpty();
    }

    @Test
    void settingsTakeTheirLimitsAndNothingBeyond() {
        assertThat(settings(20, 1).missedMax(0)).isEqualTo(1);
        assertThatThrownBy(() -> settings(19, 1)).isInstanceOf(DwcpException.class).hasMessage("ping.interval.ms=19 is not in 20..60000");
        assertThatThrownBy(() -> settings(60_001, 1)).isInstanceOf(DwcpException.class);
        assertThatThrownBy(() -> settings(20, 101)).isInstanceOf(DwcpException.class).hasMessage("ping.missed.max=101 is not in 1..100");
    }

    private static PeerSettings settings(long pingMs, int missed) {
        return new PeerSettings(Duration.ofMillis(pingMs), missed, missed, Duration.ofMillis(10), Duration.ofMillis(10), Duration.ofMillis(10),
                Duration.ofMillis(100), 1);
    }

    @Test
    void tellsPeersOnlyWhatFitsIntoAMessage() {
        String tooLong = "x".repeat(ControlCodec.TEXT_MAX + 1);
        String longest = "x".repeat(ControlCodec.TEXT_MAX);

        assertThat(Adverts.bounded(List.of(advert(tooLong, "a", "1"), advert("s", tooLong, "1"), advert("s", "a", tooLong), advert("s", longest, "1"))))
                .extracting(ProviderAdvert::name).containsExactly(longest);
    }

    private static ProviderAdvert advert(String slot, String name, String version) {
        return new ProviderAdvert(slot, name, version, List.of(), 0);
    }
}
