// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.dwcp.api.Refusals.assertRejected;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.NodeId;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.ProviderAdvert;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus.State;
import org.junit.jupiter.api.Test;

/** Bounds of the records that say how something is to be opened or sent, and what is known of peers. */
class NodeAndTransferTypesTest {
    private static final Duration NS = Duration.ofNanos(1);

    @Test
    void openTimeoutIs1MsTo5Min() {
        assertThat(open(Duration.ofMillis(1)).timeout()).isEqualTo(Duration.ofMillis(1));
        assertThat(open(Duration.ofMinutes(5)).timeout()).isEqualTo(Duration.ofMinutes(5));
        assertRejected(() -> open(Duration.ofMillis(1).minus(NS)), "open timeout");
        assertRejected(() -> open(Duration.ZERO), "open timeout");
        assertRejected(() -> open(NS.negated()), "open timeout");
        assertRejected(() -> open(Duration.ofMinutes(5).plus(NS)), "open timeout", "5 min");
        assertThat(OpenOptions.DEFAULT).isEqualTo(new OpenOptions(OpenOptions.Order.ORDERED, Duration.ofSeconds(10)));
    }

    @Test
    void aRateIsNoneOr10KilobytesTo1Terabyte() {
        assertThat(rate(0).bytesPerSecondMax()).isZero();
        assertThat(rate(10_000).bytesPerSecondMax()).isEqualTo(10_000);
        assertThat(rate(1_000_000_000_000L).bytesPerSecondMax()).isEqualTo(1_000_000_000_000L);
        assertRejected(() -> rate(9_999), "9999", "10000");
        assertRejected(() -> rate(1_000_000_000_001L), "1000000000001");
        assertRejected(() -> rate(-1), "-1");
    }

    private static TransferOptions rate(long bytesPerSecond) {
        return new TransferOptions("", Duration.ZERO, bytesPerSecond);
    }

    @Test
    void patienceIs0To7Days() {
        assertThat(patience(Duration.ZERO).patience()).isZero();
        assertThat(patience(Duration.ofDays(7)).patience()).isEqualTo(Duration.ofDays(7));
        assertRejected(() -> patience(NS.negated()), "patience");
        assertRejected(() -> patience(Duration.ofDays(7).plus(NS)), "patience", "7 days");
        assertThatNullPointerException().isThrownBy(() -> new TransferOptions(null, Duration.ZERO));
    }

    @Test
    void transferIsOverWhenItIsDoneFailedOrCancelled() {
        assertThat(State.values()).filteredOn(State::ended).containsExactly(State.DONE, State.FAILED, State.CANCELLED);
    }

    @Test
    void peerCopiesItsProvidersAndFindsThemByName() {
        var providers = new ArrayList<>(List.of(new ProviderAdvert("transport", "transport.v3", "3.0.0", List.of("tls"), 40_123)));
        var peer = new PeerInfo(NodeId.of("b"), "host", 1, true, Instant.EPOCH, 0, providers, "");
        providers.clear();

        assertThat(peer.provider("transport.v3")).map(ProviderAdvert::port).contains(40_123);
        assertThat(peer.provider("transport")).isEmpty();
    }

    @Test
    void peerNeedsAllItsParts() {
        assertThatNullPointerException().isThrownBy(() -> new PeerInfo(null, "h", 1, true, Instant.EPOCH, 0, List.of(), ""));
        assertThatNullPointerException().isThrownBy(() -> new PeerInfo(NodeId.of("b"), "h", 1, true, Instant.EPOCH, 0, List.of(), null));
        assertThatNullPointerException().isThrownBy(() -> new ProviderAdvert(null, "n", "1", List.of(), 0));
    }

    private static OpenOptions open(Duration timeout) {
        return new OpenOptions(OpenOptions.Order.ORDERED, timeout);
    }

    private static TransferOptions patience(Duration patience) {
        return new TransferOptions("", patience);
    }
}
