// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.dwcp.api.Refusals.assertRejected;

import java.time.Duration;

import org.dwcp.api.encoding.Encoding;
import org.dwcp.api.transport.Transport;
import org.junit.jupiter.api.Test;

/** Checks, exceptions, slots, handovers and the defaults of a provider. */
class CoreTypesTest {
    private static final SwapContext SWAP = new SwapContext("9f2c", "transport", "a", "b", Duration.ofSeconds(1));

    @Test
    void checkSaysWhoseFaultItIs() {
        assertRejected(() -> Check.argument(false, "share %d is not in 0..100", 101), "share 101 is not in 0..100");
        assertThatThrownBy(() -> Check.state(false, "leases %d", -1)).isInstanceOfSatisfying(DwcpException.class,
                broken -> assertThat(broken.kind()).isEqualTo(DwcpException.Kind.BROKEN)).hasMessage("leases -1");
    }

    @Test
    void checkFormatsNothingWhileAllIsWell() {
        assertThatCode(() -> Check.argument(true, "%d", "no number")).doesNotThrowAnyException();
        assertThatCode(() -> Check.state(true, "%d", "no number")).doesNotThrowAnyException();
    }

    @Test
    void exceptionNeedsAKind() {
        assertThatNullPointerException().isThrownBy(() -> new DwcpException(null, "text"));
        assertThat(new DwcpException(DwcpException.Kind.RETRY, "text", new IllegalStateException("why"))).hasMessage("text").hasRootCauseMessage("why");
    }

    @Test
    void slotTakesANameOf32CharactersAndRefuses33() {
        assertThat(new Slot<>("a" + "b.9".repeat(10) + "c", Encoding.class).name()).hasSize(32);
        assertRejected(() -> new Slot<>("a".repeat(33), Encoding.class), "1 to 32 characters");
    }

    @Test
    void slotRefusesOtherNamesAndAMissingType() {
        for (String name : new String[] {"", "1a", ".a", "A", "a-b", "a b", null}) {
            assertRejected(() -> new Slot<>(name, Encoding.class), "slot name '" + name + "'");
        }
        assertRejected(() -> new Slot<Encoding>("encoding", null), "encoding", "no type");
    }

    @Test
    void slotConstantsAgreeWithTheServiceProperties() {
        assertThat(Encoding.SLOT_PROPERTY).isEqualTo(Swappable.SLOT_NAME + "=" + Encoding.SLOT);
        assertThat(Transport.SLOT_PROPERTY).isEqualTo(Swappable.SLOT_NAME + "=" + Transport.SLOT);
    }

    @Test
    void handoverCopiesItsBytesBothWays() {
        byte[] bytes = {1, 2, 3};
        var handover = new Handover("counters", 1, bytes);
        bytes[0] = 9;
        handover.bytes()[1] = 9;

        assertThat(handover.bytes()).containsExactly(1, 2, 3);
    }

    @Test
    void handoverTakesItsLimitAndRefusesOnePast() {
        assertThat(new Handover("f", 1, new byte[Handover.BYTES_MAX]).version()).isEqualTo(1);
        assertRejected(() -> new Handover("f", 1, new byte[Handover.BYTES_MAX + 1]), "67108865", "67108864", "flow");
        assertRejected(() -> new Handover("f", 0, new byte[0]), "version 0");
    }

    @Test
    void swapContextNeedsAllItsParts() {
        assertThatNullPointerException().isThrownBy(() -> new SwapContext(null, "s", "a", "b", Duration.ZERO));
        assertThatNullPointerException().isThrownBy(() -> new SwapContext("i", null, "a", "b", Duration.ZERO));
        assertThatNullPointerException().isThrownBy(() -> new SwapContext("i", "s", null, "b", Duration.ZERO));
        assertThatNullPointerException().isThrownBy(() -> new SwapContext("i", "s", "a", null, Duration.ZERO));
        assertThatNullPointerException().isThrownBy(() -> new SwapContext("i", "s", "a", "b", null));
    }

    @Test
    void providerWithoutStateNeedsNoMethod() {
        var provider = new Swappable() { };

        provider.prepare(SWAP);
        provider.adopt(SWAP, new Handover("f", 1, new byte[0]));
        provider.drain(SWAP);
        provider.probe();

        assertThat(provider.readiness()).isEqualTo(Swappable.Readiness.READY);
        assertThat(provider.exportState(SWAP)).isEmpty();
    }
}
