// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;

import org.dwcp.api.node.ProviderAdvert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdvertisedPortsTest {
    private static ProviderAdvert advert(String name, int port) {
        return new ProviderAdvert("transport", name, "1.0.0", List.of("tls"), port);
    }

    @Test
    void replacesOnlyThePortsThatAreNamedAndListened() {
        var ports = AdvertisedPorts.parse("transport.v1=40001, transport.v0=40000");

        var told = ports.applyTo(List.of(advert("transport.v1", 5), advert("transport.v3", 6), advert("transport.v0", 0)));

        assertThat(told).containsExactly(advert("transport.v1", 40001), advert("transport.v3", 6), advert("transport.v0", 0));
    }

    @Test
    void takesTheHighestPortAndNothingAtAll() {
        assertThat(AdvertisedPorts.parse("x=65535").ports()).containsEntry("x", 65_535);
        assertThat(AdvertisedPorts.parse(" ").ports()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x=65536", "x=0", "x", "=1", "x=1=2", "x=-1", "x=a", "x=1,,y=2"})
    void refusesWhatIsNoPort(String text) {
        assertThatThrownBy(() -> AdvertisedPorts.parse(text)).hasMessageContaining("dwcp.advertise");
    }
}
