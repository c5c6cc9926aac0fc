// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.ProviderAdvert;
import org.junit.jupiter.api.Test;

class ControlCodecTest {
    private static final ProviderAdvert V3 = new ProviderAdvert("transport", "transport.v3", "3.0.0", List.of("lanes=16", "bbr"), 40_123);

    @Test
    void readsWhatItWrites() throws Refusal {
        for (var message : List.of(
                new ControlMessage.Hello(NodeId.of("a"), "0123456789abcdef", "f00d", 7_420, List.of(V3)),
                new ControlMessage.Advert(List.of(V3, V3)),
                new ControlMessage.Advert(List.of()),
                new ControlMessage.Ping(Long.MAX_VALUE),
                new ControlMessage.Pong(0),
                new ControlMessage.Goodbye(ControlMessage.Code.DUPLICATE, "why \"not\" \u00e9"))) {
            assertThat(ControlCodec.decode(ControlCodec.encode(message))).isEqualTo(message);
        }
    }

    @Test
    void ignoresMembersThatALaterNodeMaySend() throws Refusal {
        assertThat(decode("{\"type\":\"ping\",\"number\":1,\"later\":{\"x\":[]}}")).isEqualTo(new ControlMessage.Ping(1));
    }

    @Test
    void takesAnUnknownCodeOfGoodbyeForARefusal() throws Refusal {
        assertThat(decode("{\"type\":\"goodbye\",\"code\":\"LATER\",\"reason\":\"x\"}"))
                .isEqualTo(new ControlMessage.Goodbye(ControlMessage.Code.REFUSED, "x"));
    }

    @Test
    void refusesWhatIsOutOfBounds() {
        assertThatThrownBy(() -> decode("{\"type\":\"hello\",\"version\":2}")).isInstanceOf(Refusal.class).hasMessageContaining("wire version 2");
        assertThatThrownBy(() -> decode(hello("A", 1))).isInstanceOf(Refusal.class).hasMessageContaining("node name 'A'");
        assertThatThrownBy(() -> decode(hello("a", -1))).isInstanceOf(Refusal.class).hasMessageContaining("port -1");
        assertThatThrownBy(() -> decode(hello("a", 65_536))).isInstanceOf(Refusal.class).hasMessageContaining("port 65536");
        assertThatThrownBy(() -> decode("{\"type\":\"goodbye\",\"code\":\"STOPPING\",\"reason\":\"" + "x".repeat(ControlCodec.TEXT_MAX + 1) + "\"}"))
                .isInstanceOf(Refusal.class).hasMessageContaining("at most " + ControlCodec.TEXT_MAX);
        assertThatThrownBy(() -> decode("{\"type\":\"advert\",\"providers\":[" + "{},".repeat(ControlCodec.PROVIDERS_MAX) + "{}]}"))
                .isInstanceOf(Refusal.class).hasMessageContaining("at most " + ControlCodec.PROVIDERS_MAX);
        assertThatThrownBy(() -> ControlCodec.decode(new byte[] {(byte) 0xff, (byte) 0xfe})).isInstanceOf(Refusal.class);
    }

    @Test
    void anythingElseIsRefusedAndNeverCrashes() {
        var random = new SplittableRandom(7);
        var valid = ControlCodec.encode(new ControlMessage.Hello(NodeId.of("a"), "0123456789abcdef", "f00d", 7_420, List.of(V3)));
        for (var round = 0; round < 5_000; round++) {
            var bytes = valid.clone();
            for (var flips = random.nextInt(1, 6); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                ControlCodec.decode(bytes);
            } catch (Refusal expected) {
                assertThat(expected.getMessage()).isNotEmpty();
            }
        }
    }

    @Test
    void advertsStayWithinOneFrame() throws Refusal {
        var many = new ArrayList<ProviderAdvert>();
        for (var index = 0; index < ControlCodec.PROVIDERS_MAX * 2; index++) {
            many.add(new ProviderAdvert("transport", "p" + index, "1.0.0", List.of("c".repeat(ControlCodec.TEXT_MAX), "d".repeat(500)), 1));
        }

        var bounded = Adverts.bounded(many);

        var bytes = ControlCodec.encode(new ControlMessage.Hello(NodeId.of("a".repeat(63)), "0".repeat(16), "f".repeat(16), 65_535, bounded));
        assertThat(bytes.length).isLessThanOrEqualTo(ControlCodec.FRAME_BYTES_MAX);
        assertThat(bounded).hasSizeGreaterThan(100);
        assertThat(((ControlMessage.Hello) ControlCodec.decode(bytes)).providers()).isEqualTo(bounded);
        assertThat(bounded.getFirst().capabilities()).as("a capability that is too long is left out").hasSize(1);
    }

    private static ControlMessage decode(String json) throws Refusal {
        return ControlCodec.decode(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String hello(String node, int port) {
        return "{\"type\":\"hello\",\"version\":1,\"node\":\"" + node + "\",\"cluster\":\"c\",\"instance\":\"i\",\"port\":" + port
                + ",\"providers\":[]}";
    }
}
