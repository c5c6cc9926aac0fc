// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.GossipValue;
import org.junit.jupiter.api.Test;

/** Which addresses are told and which are believed worth a try. */
class AddressGossipTest {
    private static final NodeId PORTO = NodeId.of("porto");
    private final List<PeerBook.Address> taken = new ArrayList<>();

    private AddressGossip at(String... own) {
        return new AddressGossip(AddressGossip.announced(String.join(" ", own), "", 1), 10, (peer, addresses, max) -> {
            assertThat(peer).isEqualTo(PORTO);
            assertThat(max).isEqualTo(10);
            return taken.addAll(addresses);
        });
    }

    private List<String> hear(AddressGossip gossip, String text) {
        taken.clear();
        gossip.changed(new GossipValue(PORTO, AddressGossip.NAME, 1, text.getBytes(StandardCharsets.UTF_8), Instant.EPOCH, Instant.EPOCH, 1));
        return taken.stream().map(PeerBook.Address::toString).toList();
    }

    @Test
    void tellsWhatItListensAtOrWhatIsConfigured() {
        assertThat(AddressGossip.announced("auto", "127.0.0.1", 7420)).containsExactly(new PeerBook.Address("127.0.0.1", 7420));
        assertThat(AddressGossip.announced("auto", "", 7420)).allMatch(address -> address.port() == 7420 && !address.host().startsWith("127."));
        assertThat(AddressGossip.announced("none", "127.0.0.1", 7420)).isEmpty();
        assertThat(AddressGossip.announced("192.0.2.7:7420 [2001:db8::7]:7421", "", 1)).extracting(PeerBook.Address::port).containsExactly(7420, 7421);

        assertThatThrownBy(() -> AddressGossip.announced("lisbon:7420", "", 1)).isInstanceOf(DwcpException.class).hasMessageContaining("'lisbon:7420'");
        assertThatThrownBy(() -> AddressGossip.announced("192.0.2.7:0", "", 1)).isInstanceOf(DwcpException.class);
        assertThatThrownBy(() -> AddressGossip.announced("192.0.2.7:65536", "", 1)).isInstanceOf(DwcpException.class);
        assertThatThrownBy(() -> AddressGossip.announced("192.0.2.7:1 ".repeat(9), "", 1)).isInstanceOf(DwcpException.class).hasMessageContaining("9 addresses");
    }

    @Test
    void takesNumbersAndNothingThatWouldAskANameServer() {
        var gossip = at("192.0.2.1:1");

        assertThat(hear(gossip, "192.0.2.7:7420\n[2001:db8::7]:7421")).containsExactly("192.0.2.7:7420", "[2001:db8:0:0:0:0:0:7]:7421");
        assertThat(hear(gossip, "evil.example:7420\n0.0.0.0:1\n224.0.0.1:1\n169.254.1.1:1\n192.0.2.7\n192.0.2.7:99999\n:1\n\u0000")).isEmpty();
        assertThat(hear(gossip, "192.0.2.7:1\n".repeat(100))).hasSize(8);
    }

    @Test
    void takesALoopbackAddressOnlyWhereItHasNoOther() {
        assertThat(hear(at("192.0.2.1:1"), "127.0.0.1:7420")).isEmpty();
        assertThat(hear(at("127.0.0.1:1"), "127.0.0.1:7420")).hasSize(1);
        assertThat(hear(at("none"), "127.0.0.1:7420\n192.0.2.7:7420")).containsExactly("192.0.2.7:7420");
    }
}
