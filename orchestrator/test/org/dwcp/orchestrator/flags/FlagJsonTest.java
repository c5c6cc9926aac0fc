// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.RolloutPlan;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlagJsonTest {
    @Test
    @Requirement({"R-115", "R-116", "R-117", "R-118", "R-119", "R-120", "R-121", "R-122", "R-123", "R-124", "R-125"})
    void writesTheDocumentedNames() {
        assertThat(FlagJson.write(FlagState.DEFAULT)).isEqualToNormalizingNewlines("""
                {
                  "EnableV3Transport": true,
                  "EnableV3Compression": true,
                  "EnableV3Prediction": true,
                  "EnableV3StateSync": true,
                  "EnableV3Consensus": true,
                  "EnableV3Placement": true,
                  "V3RolloutPercentage": 100,
                  "ForceV1Mode": false,
                  "EnableHybridMode": true,
                  "EnableModeDetection": true,
                  "Salt": "dwcp",
                  "EnableV3Other": {},
                  "Pins": {},
                  "Rollouts": {}
                }
                """);
    }

    @Test
    @Requirement("R-130")
    void readsBackWhatItWrote() {
        FlagState state = FlagState.DEFAULT.withEnabled("encoding", false).withEnabled("discovery", false).withEnabled("acme.cache", true)
                .withRolloutPercentage(7).withForceV1(true).withModes(false, false)
                .withRouting(Map.of("transport", "transport.v1"), Map.of("sync", new FlagState.Rollout("sync.v3", 10, "r\"1")));

        assertThat(FlagJson.read(FlagJson.write(state))).isEqualTo(state);
    }

    @Test
    @Requirement("R-131")
    void readsBackAPlan() {
        RolloutPlan plan = new RolloutPlan(List.of(10, 50, 100), Duration.ofHours(48), 1_000, true);
        FlagState state = FlagState.DEFAULT.withRouting(Map.of(), Map.of("sync", new FlagState.Rollout("sync.v3", 50, "r", Optional.of(plan))));

        assertThat(FlagJson.read(FlagJson.write(state))).isEqualTo(state);
        assertThat(FlagJson.read("{\"Rollouts\": {\"sync\": {\"Provider\": \"a\", \"Share\": 10, \"Id\": \"b\", \"Steps\": [10, 50, 100]}}}").rollouts().get("sync").plan())
                .contains(RolloutPlan.DEFAULT);
    }

    @Test
    void aNameThatIsLeftOutHasItsDefault() {
        assertThat(FlagJson.read("{\"ForceV1Mode\": true}")).isEqualTo(FlagState.DEFAULT.withForceV1(true));
        assertThat(FlagJson.read("{}")).isEqualTo(FlagState.DEFAULT);
    }

    @ParameterizedTest
    @Requirement("R-130")
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"ForceV1Mod\": true}                  | 'ForceV1Mod' is unknown",
        "{\"forceV1Mode\": true}                 | 'forceV1Mode' is unknown",
        "{\"ForceV1Mode\": \"true\"}             | is a string, not a boolean",
        "{\"ForceV1Mode\": 1}                    | is a number, not a boolean",
        "{\"ForceV1Mode\": null}                 | is a null, not a boolean",
        "{\"ForceV1Mode\": true, \"ForceV1Mode\": false} | is given twice",
        "{\"V3RolloutPercentage\": 101}          | not in 0..100",
        "{\"V3RolloutPercentage\": -1}           | not in 0..100",
        "{\"V3RolloutPercentage\": 10.5}         | not a whole number",
        "{\"V3RolloutPercentage\": 1e2}          | not a whole number",
        "{\"V3RolloutPercentage\": \"10\"}       | is a string, not a number",
        "{\"Salt\": \"\"}                        | not 1 to 128 long",
        "{\"Pins\": []}                          | not an object",
        "{\"Pins\": {\"transport\": 3}}          | is a number, not a string",
        "{\"Rollouts\": {\"sync\": {\"Share\": 10}}} | has only [Share]",
        "{\"Rollouts\": {\"sync\": {\"Provider\": \"a\", \"Share\": 0, \"Id\": \"b\"}}} | not in 1..100",
        "{\"Rollouts\": {\"sync\": {\"Part\": 10}}} | 'Part' of a rollout is unknown",
        "{\"Rollouts\": {\"sync\": {\"Provider\": \"a\", \"Share\": 10, \"Id\": \"b\", \"Calls\": 5}}} | has no Steps",
        "{\"Rollouts\": {\"sync\": {\"Steps\": 10}}} | is not a list in brackets",
        "{\"Rollouts\": {\"sync\": {\"Steps\": [10, \"50\"]}}} | is a string, not a number",
        "{\"Rollouts\": {\"sync\": {\"Steps\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]}}} | Steps has more than 20",
        "{\"Rollouts\": {\"sync\": {\"Provider\": \"a\", \"Share\": 10, \"Id\": \"b\", \"Steps\": []}}} | 0 steps are not 1 to 20",
        "{\"Rollouts\": {\"sync\": {\"Provider\": \"a\", \"Share\": 10, \"Id\": \"b\", \"Steps\": [10], \"DwellSeconds\": 0}}} | dwell time of 0 ms",
        "{\"Rollouts\": {\"sync\": {\"Paused\": 1}}} | is a number, not a boolean",
        "{\"EnableV3Other\": {\"encoding\": true}} | has a flag of its own",
        "{} {}                                   | not valid JSON",
        "{\"ForceV1Mode\": true                  | not valid JSON",
        "{'ForceV1Mode': true}                   | not valid JSON",
        "{\"ForceV1Mode\": true,}                | not valid JSON",
        "[]                                      | not an object",
        "``                                      | not valid JSON",
    })
    void refusesWithTheReason(String text, String reason) {
        assertThatThrownBy(() -> FlagJson.read(text)).isInstanceOfSatisfying(DwcpException.class,
                e -> assertThat(e.kind()).isEqualTo(DwcpException.Kind.REJECTED)).hasMessageContaining(reason);
    }

    @Test
    void everyTruncationOfAFileIsRefused() {
        String whole = FlagJson.write(FlagState.DEFAULT.withRouting(Map.of("transport", "transport.v1"), Map.of())).strip();

        for (int length = 0; length < whole.length(); length++) {
            String part = whole.substring(0, length);
            assertThatThrownBy(() -> FlagJson.read(part)).as("first %d characters", length).isInstanceOf(DwcpException.class);
        }
    }
}
