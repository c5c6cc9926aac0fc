// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.dwcp.api.Refusals.assertRejected;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

/** Bounds and small answers of the records around routing. */
class HybridTypesTest {
    @Test
    void conditionsTakeTheirBoundsAndRefuseOnePast() {
        assertThat(new LinkConditions(0, 0, 0, Instant.EPOCH, "").rttMs()).isZero();
        assertThat(new LinkConditions(80_500_000, 1, 1, Instant.EPOCH, "x").rttMs()).isEqualTo(80.5);
        assertRejected(() -> new LinkConditions(-1, 0, 0, Instant.EPOCH, ""), "round-trip time -1");
        assertRejected(() -> new LinkConditions(0, -1, 0, Instant.EPOCH, ""), "bandwidth -1");
        assertRejected(() -> new LinkConditions(0, 0, -0.001, Instant.EPOCH, ""), "loss -0.001");
        assertRejected(() -> new LinkConditions(0, 0, 1.001, Instant.EPOCH, ""), "loss 1.001");
        assertRejected(() -> new LinkConditions(0, 0, Double.NaN, Instant.EPOCH, ""), "loss NaN");
        assertThatNullPointerException().isThrownBy(() -> new LinkConditions(0, 0, 0, null, ""));
        assertThatNullPointerException().isThrownBy(() -> new LinkConditions(0, 0, 0, Instant.EPOCH, null));
    }

    @Test
    @Requirement("R-094")
    void modesAreExactlyThreeWithStableNames() {
        assertThat(NetworkMode.values()).extracting(NetworkMode::label).containsExactly("datacenter", "internet", "hybrid");
    }

    @Test
    void modeReadsItsOwnLabelsInAnyCaseAndNothingElse() {
        for (NetworkMode mode : NetworkMode.values()) {
            assertThat(NetworkMode.parse(mode.label())).isEqualTo(mode);
            assertThat(NetworkMode.parse(mode.label().toUpperCase(java.util.Locale.ROOT))).isEqualTo(mode);
        }
        assertRejected(() -> NetworkMode.parse("wan"), "'wan'", "datacenter, internet or hybrid");
        assertRejected(() -> NetworkMode.parse(""), "''");
        assertRejected(() -> NetworkMode.parse(null), "'null'");
    }

    @Test
    void providerInfoTakesAShareOf0To100AndRefusesOnePast() {
        assertThat(info("p", 0).share()).isZero();
        assertThat(info("p", 100).share()).isEqualTo(100);
        assertRejected(() -> info("p", -1), "share -1 of p");
        assertRejected(() -> info("p", 101), "share 101 of p");
    }

    @Test
    void providerInfoFindsCapabilitiesByTheirWholeName() {
        var info = new ProviderInfo("s", "p", "1", List.of(), List.of("codecs=9", "codec=3", "zstd", "empty="), 0, 0, ProviderState.STANDBY, "", 0);

        assertThat(info.capability("codec")).contains("3");
        assertThat(info.capability("zstd")).contains("");
        assertThat(info.capability("empty")).contains("");
        assertThat(info.capability("zst")).isEmpty();
        assertThat(info.capability("code")).isEmpty();
    }

    @Test
    void recordsCopyTheirLists() {
        var modes = new ArrayList<>(List.of("v1"));
        var info = new ProviderInfo("s", "p", "1", modes, List.of(), 0, 0, ProviderState.ACTIVE, "", 0);
        var providers = new ArrayList<>(List.of(info));
        var status = new SlotStatus("s", providers, List.of(), 1);
        modes.clear();
        providers.clear();

        assertThat(info.modes()).containsExactly("v1");
        assertThat(status.providers()).containsExactly(info);
        assertThatThrownBy(() -> status.reasons().add("r")).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void onlyActiveAndStandbyProvidersMayServe() {
        assertThat(ProviderState.values()).filteredOn(ProviderState::mayServe).containsExactly(ProviderState.ACTIVE, ProviderState.STANDBY);
    }

    @Test
    void primaryIsTheProviderWithTheLargestShareAndTheFirstOfEquals() {
        assertThat(new SlotStatus("s", List.of(), List.of(), 0).primary()).isEmpty();
        assertThat(new SlotStatus("s", List.of(info("a", 0), info("b", 0)), List.of(), 0).primary()).isEmpty();
        assertThat(new SlotStatus("s", List.of(info("a", 10), info("b", 90)), List.of(), 0).primary()).map(ProviderInfo::name).contains("b");
        assertThat(new SlotStatus("s", List.of(info("a", 50), info("b", 50)), List.of(), 0).primary()).map(ProviderInfo::name).contains("a");
    }

    @Test
    void statsGiveTheDocumentedNamesInAFixedOrder() {
        var stats = new HybridStats(NetworkMode.HYBRID, 2, List.of("r"), 5, 4, 1, 0, 3,
                Map.of(NetworkMode.INTERNET, Duration.ofMillis(1500), NetworkMode.DATACENTER, Duration.ofSeconds(2)), Optional.empty(), true);

        assertThat(stats.asMap().keySet()).containsExactly("current_mode", "mode_changes", "mode_reasons", "switch_attempts", "switch_successes",
                "switch_failures", "callback_failures", "in_flight", "uptime_seconds_datacenter", "uptime_seconds_internet", "last_mode_change",
                "flapping");
        assertThat(stats.asMap()).containsEntry("current_mode", "hybrid").containsEntry("uptime_seconds_internet", 1.5)
                .containsEntry("last_mode_change", "").containsEntry("in_flight", 3L);
    }

    @Test
    void swapRecordNeedsAllItsParts() {
        assertThatNullPointerException().isThrownBy(() -> new SwapRecord("i", "s", "a", "b", 1, null, "", NetworkMode.HYBRID, Instant.EPOCH,
                Duration.ZERO, Duration.ZERO, 0, 0, SwapRecord.Outcome.COMMITTED, ""));
        assertThatNullPointerException().isThrownBy(() -> new SwapRecord("i", "s", "a", "b", 1, SwapRecord.Trigger.MODE, "", NetworkMode.HYBRID,
                Instant.EPOCH, Duration.ZERO, Duration.ZERO, 0, 0, SwapRecord.Outcome.COMMITTED, null));
    }

    @Test
    void modeReportCopiesItsSamples() {
        var samples = new ArrayList<>(List.of(new LinkConditions(1, 1, 0, Instant.EPOCH, "t")));
        var report = new ModeReport(NetworkMode.HYBRID, false, false, Instant.EPOCH, Optional.empty(), samples, "");
        samples.clear();

        assertThat(report.samples()).hasSize(1);
    }

    private static ProviderInfo info(String name, int share) {
        return new ProviderInfo("s", name, "1", List.of(), List.of(), 0, share, ProviderState.ACTIVE, "", 0);
    }
}
