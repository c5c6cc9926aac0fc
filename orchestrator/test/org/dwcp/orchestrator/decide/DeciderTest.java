// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Swappable;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

/** What must hold for every decision; the single rules are told in {@code scenarios}. */
class DeciderTest {
    private static ProviderFacts provider(String name, String mode, int order, String failure) {
        return new ProviderFacts("s", name, "1.0.0", mode.isEmpty() ? List.of() : List.of(mode), List.of(), 0, order, Swappable.Readiness.READY,
                failure);
    }

    private static List<ProviderFacts> all() {
        return List.of(provider("s.v0", "v0", 0, ""), provider("s.v1", "v1", 1, ""), provider("s.v3", "v3", 2, ""), provider("s.acme", "", 3, ""));
    }

    private static Decision.OfSlot decide(FlagState flags, NetworkMode mode, List<ProviderFacts> providers) {
        return Decider.decide(new Inputs(flags, mode, true, List.of("s"), Map.of(), providers)).slots().get("s");
    }

    private static FlagState rollout(String provider, int share) {
        return FlagState.DEFAULT.withRouting(Map.of(), Map.of("s", new FlagState.Rollout(provider, share, "r1")));
    }

    private static Set<Integer> keysOn(String provider, Split split) {
        Set<Integer> keys = new HashSet<>();
        for (int i = 0; i < 5_000; i++) {
            if (split.order(RouteKey.of("key-" + i).hash()).getFirst().equals(provider)) {
                keys.add(i);
            }
        }
        return keys;
    }

    @Test
    @Requirement({"R-314", "R-319"})
    void raisingAShareNeverMovesAKeyBack() {
        Set<Integer> before = Set.of();
        for (int share = 1; share <= 100; share++) {
            Set<Integer> now = keysOn("s.v3", decide(rollout("s.v3", share), NetworkMode.DATACENTER, all()).split());
            assertThat(now.containsAll(before)).as("share %d", share).isTrue(); // not AssertJ's: it compares each with each
            before = now;
        }
        assertThat(before).hasSize(5_000);
    }

    @Test
    void raisingThePercentageNeverMovesAKeyBack() {
        Set<Integer> before = Set.of();
        for (int percent = 0; percent <= 100; percent += 5) {
            Set<Integer> now = keysOn("s.v3", decide(FlagState.DEFAULT.withRolloutPercentage(percent), NetworkMode.INTERNET, all()).split());
            assertThat(now.containsAll(before)).as("percentage %d", percent).isTrue();
            before = now;
        }
        assertThat(before).hasSize(5_000);
    }

    @Test
    void aShareTakesAboutThatManyKeys() {
        for (int share : List.of(1, 10, 50, 90)) {
            int keys = keysOn("s.v3", decide(rollout("s.v3", share), NetworkMode.DATACENTER, all()).split()).size();
            // Four standard deviations of a fair draw.
            double tolerance = 4 * Math.sqrt(5_000 * share / 100.0 * (1 - share / 100.0));
            assertThat((double) keys).isCloseTo(50.0 * share, org.assertj.core.api.Assertions.within(tolerance));
        }
    }

    @Test
    void twoRolloutsHaveTheirOwnFirstPercent() {
        Set<Integer> first = keysOn("s.v3", decide(rollout("s.v3", 10), NetworkMode.DATACENTER, all()).split());
        Set<Integer> second = keysOn("s.v3", decide(FlagState.DEFAULT.withRouting(Map.of(),
                Map.of("s", new FlagState.Rollout("s.v3", 10, "r2"))), NetworkMode.DATACENTER, all()).split());

        assertThat(second).isNotEqualTo(first);
    }

    /** A thousand random situations: shares sum to 100, nobody who is out serves, the same inputs give the same answer. */
    @Test
    void everyDecisionIsSound() {
        Random random = new Random(7);
        for (int i = 0; i < 1_000; i++) {
            List<ProviderFacts> providers = new ArrayList<>();
            for (String mode : List.of("v0", "v1", "v1", "v3", "v3", "", "")) {
                if (random.nextBoolean()) {
                    providers.add(new ProviderFacts("s", "p" + providers.size(), "1", mode.isEmpty() ? List.of() : List.of(mode), List.of(),
                            random.nextInt(3), providers.size(), Swappable.Readiness.values()[random.nextInt(3)],
                            random.nextInt(4) == 0 ? "breaker open" : ""));
                }
            }
            FlagState flags = FlagState.DEFAULT.withRolloutPercentage(random.nextBoolean() ? 100 : random.nextInt(101))
                    .withForceV1(random.nextInt(5) == 0).withEnabled("s", random.nextInt(4) != 0)
                    .withRouting(random.nextInt(3) == 0 ? Map.of("s", "p" + random.nextInt(4)) : Map.of(),
                            random.nextBoolean() ? Map.of("s", new FlagState.Rollout("p" + random.nextInt(4), 1 + random.nextInt(100), "r")) : Map.of());
            NetworkMode mode = NetworkMode.values()[random.nextInt(3)];
            Decision.OfSlot decision = decide(flags, mode, providers);
            String situation = i + ": " + flags + " " + mode + " " + providers + " gives " + decision;

            int sum = decision.entries().stream().mapToInt(Decision.Entry::share).sum();
            boolean served = !decision.split().base().isEmpty();
            assertThat(sum).as(situation).isIn(0, 100);
            assertThat(decision.entries()).as(situation).hasSameSizeAs(providers);
            assertThat(decision.reasons()).as(situation).isNotEmpty();
            assertThat(decide(flags, mode, providers.reversed())).as(situation).isEqualTo(decision);
            for (Decision.Entry entry : decision.entries()) {
                boolean works = entry.provider().works();
                boolean killed = flags.forceV1Mode() && entry.provider().generation() == Generation.V3;
                if (entry.share() > 0) {
                    assertThat(works && !killed).as(situation).isTrue();
                    assertThat(entry.state()).as(situation).isEqualTo(org.dwcp.api.hybrid.ProviderState.ACTIVE);
                }
            }
            boolean someV1 = providers.stream().anyMatch(p -> p.works() && p.generation() == Generation.V1);
            if (someV1) {
                assertThat(sum).as("a working v1 is always better than nobody; " + situation).isEqualTo(100);
                assertThat(served).as(situation).isTrue();
            }
        }
    }

    @Test
    void whatServesAtAllShowsAtLeastOnePercent() {
        FlagState tiny = rollout("s.v3", 1).withRolloutPercentage(1);

        Decision.OfSlot decision = decide(tiny, NetworkMode.DATACENTER, all());

        assertThat(decision.share("s.v3")).isEqualTo(1);
        assertThat(decision.share("s.v1")).isEqualTo(99);
    }

    @Test
    void refusesOneSlotOrProviderTooMany() {
        List<ProviderFacts> many = new ArrayList<>();
        for (int i = 0; i < Decider.PROVIDERS_MAX; i++) {
            many.add(provider("p" + i, "v1", i, ""));
        }
        assertThat(decide(FlagState.DEFAULT, NetworkMode.HYBRID, many).entries()).hasSize(Decider.PROVIDERS_MAX);
        many.add(provider("one more", "v1", 99, ""));
        assertThatThrownBy(() -> decide(FlagState.DEFAULT, NetworkMode.HYBRID, many)).isInstanceOf(DwcpException.class)
                .hasMessageContaining("65 providers").hasMessageContaining("64");

        List<String> slots = new ArrayList<>();
        for (int i = 0; i <= Decider.SLOTS_MAX; i++) {
            slots.add("slot" + i);
        }
        assertThatThrownBy(() -> Decider.decide(new Inputs(FlagState.DEFAULT, NetworkMode.HYBRID, true, slots, Map.of(), List.of())))
                .isInstanceOf(DwcpException.class).hasMessageContaining("257 slots");
    }
}
