// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.hybrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.dwcp.api.Refusals.assertRejected;

import java.util.HashMap;
import java.util.Map;

import org.dwcp.api.hybrid.FlagState.Rollout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlagStateTest {
    private static final FlagState STATE = FlagState.DEFAULT;

    @Test
    void defaultAllowsEverythingAndForcesNothing() {
        assertThat(STATE.enableV3()).hasSize(6).allSatisfy((slot, enabled) -> assertThat(enabled).isTrue());
        assertThat(STATE.v3RolloutPercentage()).isEqualTo(100);
        assertThat(STATE.forceV1Mode()).isFalse();
        assertThat(STATE.enableHybridMode()).isTrue();
        assertThat(STATE.enableModeDetection()).isTrue();
        assertThat(STATE.pins()).isEmpty();
        assertThat(STATE.rollouts()).isEmpty();
    }

    @Test
    void eachChangeTouchesItsFieldsAloneAndNotTheOriginal() {
        assertThat(STATE.withRolloutPercentage(7)).isEqualTo(new FlagState(STATE.enableV3(), 7, false, true, true, "dwcp", Map.of(), Map.of()));
        assertThat(STATE.withForceV1(true)).isEqualTo(new FlagState(STATE.enableV3(), 100, true, true, true, "dwcp", Map.of(), Map.of()));
        assertThat(STATE.withModes(false, true)).isEqualTo(new FlagState(STATE.enableV3(), 100, false, false, true, "dwcp", Map.of(), Map.of()));
        assertThat(STATE.withModes(true, false)).isEqualTo(new FlagState(STATE.enableV3(), 100, false, true, false, "dwcp", Map.of(), Map.of()));
        var pins = Map.of("sync", "sync.v1");
        var rollouts = Map.of("encoding", new Rollout("encoding.v3", 10, "first"));
        assertThat(STATE.withRouting(pins, rollouts)).isEqualTo(new FlagState(STATE.enableV3(), 100, false, true, true, "dwcp", pins, rollouts));
        assertThat(STATE.withEnabled("sync", false).enableV3()).containsEntry("sync", false).containsEntry("transport", true).hasSize(6);
        assertThat(STATE).isEqualTo(FlagState.DEFAULT);
        assertThat(STATE.enabled("sync")).isTrue();
    }

    @Test
    void changingThereAndBackGivesAnEqualState() {
        assertThat(STATE.withEnabled("sync", false).withForceV1(true).withRolloutPercentage(0).withRolloutPercentage(100).withForceV1(false)
                .withEnabled("sync", true)).isEqualTo(STATE).hasSameHashCodeAs(STATE);
    }

    @Test
    void enablesASlotThatIsNotNamed() {
        assertThat(STATE.enabled("discovery")).isTrue();
        assertThat(STATE.withEnabled("discovery", false).enabled("discovery")).isFalse();
        assertThat(STATE.withEnabled("discovery", false).enabled("sync")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 99, 100})
    void takesAPercentage(int percentage) {
        assertThat(STATE.withRolloutPercentage(percentage).v3RolloutPercentage()).isEqualTo(percentage);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 101, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void refusesAPercentageOutOfRange(int percentage) {
        assertRejected(() -> STATE.withRolloutPercentage(percentage), "V3RolloutPercentage " + percentage, "0..100");
    }

    @Test
    void takesASaltOf64CharactersAndRefuses65AndNone() {
        assertThat(salted("s".repeat(64)).salt()).hasSize(64);
        assertRejected(() -> salted("s".repeat(65)), "1 to 64");
        assertRejected(() -> salted(""), "1 to 64");
        assertRejected(() -> salted(null), "1 to 64");
    }

    @Test
    void rolloutTakesOneTo100Percent() {
        assertThat(new Rollout("p", 1, "i").share()).isEqualTo(1);
        assertThat(new Rollout("p", 100, "i").share()).isEqualTo(100);
        assertRejected(() -> new Rollout("p", 0, "i"), "rollout share 0");
        assertRejected(() -> new Rollout("p", 101, "i"), "rollout share 101");
    }

    @Test
    void copiesItsMapsInOrderOfNameAndGivesThemOutReadOnly() {
        Map<String, Boolean> given = new HashMap<>(Map.of("z", true, "a", false, "m", true));
        var state = new FlagState(given, 0, false, true, true, "s", Map.of(), Map.of());
        given.clear();

        assertThat(state.enableV3().keySet()).containsExactly("a", "m", "z");
        assertThatThrownBy(() -> state.enableV3().put("b", true)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> state.pins().put("b", "c")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> state.rollouts().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    private static FlagState salted(String salt) {
        return new FlagState(Map.of(), 0, false, true, true, salt, Map.of(), Map.of());
    }
}
