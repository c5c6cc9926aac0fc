// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.decide;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.ProviderState;
import org.dwcp.api.hybrid.RolloutPlan;

/** The rules of one slot, applied once. Collects the reason chain on the way. Confined to one call of {@link Decider#decide}. */
final class SlotRules {
    private static final int WHOLE = 10_000;
    private static final int PEERS_SHOWN_MAX = 8;

    private final Inputs in;
    private final FlagState flags;
    private final LinkMode.Kind mode;
    private final String slot;
    /** In order of registered ranking. */
    private final List<ProviderFacts> providers;
    private final List<String> reasons = new ArrayList<>();

    SlotRules(Inputs in, String slot, List<ProviderFacts> providers) {
        this(in, slot, providers, new LinkMode.Kind(in.mode(), in.detected()));
    }

    private SlotRules(Inputs in, String slot, List<ProviderFacts> providers, LinkMode.Kind mode) {
        this.in = in;
        this.flags = in.flags();
        this.mode = mode;
        this.slot = slot;
        this.providers = providers;
    }

    Decision.OfSlot decide() {
        if (providers.isEmpty()) {
            reasons.add("no provider is installed");
            return outcome(Split.all(List.of()));
        }
        if (flags.forceV1Mode()) {
            return outcome(Split.all(killed()));
        }
        Optional<ProviderFacts> pinned = pinned();
        failures();
        return pinned.isPresent() ? outcome(Split.all(pinnedTo(pinned.get()))) : outcome(spread(), links());
    }

    private List<String> killed() {
        reasons.add("kill switch: ForceV1Mode is on, v1 takes everything");
        failures();
        List<String> order = names(chain(Generation.V1, Generation.V0, Generation.OTHER).filter(ProviderFacts::works));
        if (order.isEmpty()) {
            reasons.add("nobody may serve: no v1, v0 or third-party provider works, and the kill switch keeps v3 out");
        } else if (find(order.getFirst()).generation() != Generation.V1) {
            reasons.add("fallback: no v1 works, " + order.getFirst() + " takes everything");
        }
        return order;
    }

    private Optional<ProviderFacts> pinned() {
        String name = flags.pins().get(slot);
        if (name == null) {
            return Optional.empty();
        }
        Optional<ProviderFacts> provider = installed(name);
        reasons.add(provider.isPresent() ? "pin: an operator pinned " + name : "pin: " + name + " is pinned and not installed; the pin waits");
        return provider;
    }

    private List<String> pinnedTo(ProviderFacts pinned) {
        List<String> order = new ArrayList<>();
        if (pinned.works()) {
            order.add(pinned.name());
        }
        names(fallbacks(pinned.generation()).filter(p -> p.works() && mayServe(p))).stream().filter(n -> !n.equals(pinned.name())).forEach(order::add);
        if (!pinned.works()) {
            reasons.add(order.isEmpty() ? "nobody may serve: the pinned provider is out and no fallback works"
                    : "fallback: the pinned provider is out, " + order.getFirst() + " takes everything");
        }
        return order;
    }

    private void failures() {
        providers.stream().filter(p -> p.ready() && !p.failure().isEmpty())
                .forEach(p -> reasons.add("failed: " + p.name() + " is out, " + p.failure()));
    }

    /** Flag, percentage, rollout, mode and ranking. */
    private Split spread() {
        boolean hasV3 = providers.stream().anyMatch(p -> p.generation() == Generation.V3);
        if (hasV3 && !flags.enabled(slot)) {
            reasons.add("component flag: v3 of " + slot + " is off");
        } else if (hasV3 && flags.v3RolloutPercentage() < 100) {
            reasons.add("percentage: V3RolloutPercentage lets " + flags.v3RolloutPercentage() + " % of the keys use v3");
        }
        int v3Percent = !hasV3 ? 100 : flags.enabled(slot) ? flags.v3RolloutPercentage() : 0;
        Optional<ProviderFacts> rollout = rollout(v3Percent);
        List<ProviderFacts> mapped = mapped(true);
        List<ProviderFacts> mappedWithoutV3 = mapped(false);

        List<String> base = names(mapped.stream());
        List<String> baseWithoutV3 = names(mappedWithoutV3.stream());
        fallback(mapped);
        ranking(mapped);
        if (base.isEmpty() && baseWithoutV3.isEmpty()) {
            reasons.add("nobody may serve: " + providers.size() + " installed, all are out");
        }
        return new Split(Split.salt(flags.salt(), slot), v3Percent,
                rollout.isPresent() ? Split.salt(flags.salt(), slot, flags.rollouts().get(slot).id()) : 0,
                rollout.isPresent() ? flags.rollouts().get(slot).share() : 0,
                v3Percent == 0 ? baseWithoutV3 : base, baseWithoutV3,
                before(rollout, v3Percent == 0 ? baseWithoutV3 : base),
                before(rollout.filter(p -> p.generation() != Generation.V3), baseWithoutV3));
    }

    private Optional<ProviderFacts> rollout(int v3Percent) {
        FlagState.Rollout rollout = flags.rollouts().get(slot);
        if (rollout == null) {
            return Optional.empty();
        }
        String text = "rollout: " + rollout.share() + " % to " + rollout.provider() + rollout.plan().map(plan -> planned(rollout.share(), plan)).orElse("");
        Optional<ProviderFacts> candidate = installed(rollout.provider());
        String obstacle = candidate.isEmpty() ? "it is not installed"
                : !candidate.get().works() ? "it does not work"
                : candidate.get().generation() == Generation.V3 && v3Percent == 0 ? "v3 may not serve" : "";
        reasons.add(obstacle.isEmpty() ? text : text + " waits: " + obstacle);
        return obstacle.isEmpty() ? candidate : Optional.empty();
    }

    private static String planned(int share, RolloutPlan plan) {
        long step = plan.steps().stream().filter(percent -> percent <= share).count();
        String steps = plan.steps().stream().map(String::valueOf).collect(java.util.stream.Collectors.joining(", "));
        return ", step " + step + " of " + plan.steps().size() + " (" + steps + " %)" + (plan.paused() ? ", paused" : "");
    }

    /** The mode's provider and its fallbacks. */
    private List<ProviderFacts> mapped(boolean withV3) {
        if (withV3) {
            reasons.add("mode: " + mode + " maps to " + mode.generation().label());
        }
        return fallbacks(mode.generation()).filter(p -> p.works() && (withV3 && mayServe(p) || p.generation() != Generation.V3)).toList();
    }

    private void fallback(List<ProviderFacts> order) {
        Generation wanted = mode.generation();
        if (!order.isEmpty() && order.getFirst().generation() != wanted) {
            reasons.add("fallback: no " + wanted.label() + " may serve, " + order.getFirst().name() + " takes its keys");
        }
    }

    private void ranking(List<ProviderFacts> order) {
        if (order.isEmpty()) {
            return;
        }
        ProviderFacts first = order.getFirst();
        long alike = order.stream().filter(p -> p.generation() == first.generation()).count();
        if (alike > 1) {
            reasons.add("ranking: " + first.name() + " leads the " + alike + " providers of generation " + first.generation().label()
                    + " with " + first.ranking());
        }
    }

    /** The links whose keys go another way than all others, as another mode would have it. */
    private Map<NodeId, Decision.OfLink> links() {
        Map<NodeId, Decision.OfLink> links = new TreeMap<>();
        Split own = new SlotRules(in, slot, providers, mode).spread();
        in.links().forEach((peer, link) -> {
            Split rest = new SlotRules(in, slot, providers, link.from()).spread();
            Split moved = new SlotRules(in, slot, providers, link.to()).spread();
            boolean held = link.percent() < 100 && !rest.equals(moved); // worth a sentence even where the node's keys go the same way
            if (link.percent() < 100 && !rest.equals(own) || link.percent() > 0 && !moved.equals(own)) {
                Map<String, Integer> weights = new HashMap<>();
                weigh(weights, rest, 100 - link.percent());
                weigh(weights, moved, link.percent());
                links.put(peer, new Decision.OfLink(rest, moved, Split.salt(link.salt(), peer.value()), link.percent(), Decider.percents(weights)));
                reasons.add("link " + peer + ": " + link.inWords());
            } else if (held) {
                reasons.add("link " + peer + ": " + link.inWords());
            }
        });
        return links;
    }

    /** Adds what each provider serves of a hundred. */
    private static void weigh(Map<String, Integer> weights, Split split, int percent) {
        int v3 = split.v3Percent();
        int in = split.rolloutShare();
        weigh(weights, split.base(), v3 * (100 - in) * percent / 100);
        weigh(weights, split.baseWithoutV3(), (100 - v3) * (100 - in) * percent / 100);
        weigh(weights, split.candidate(), v3 * in * percent / 100);
        weigh(weights, split.candidateWithoutV3(), (100 - v3) * in * percent / 100);
    }

    private Decision.OfSlot outcome(Split split) {
        return outcome(split, Map.of());
    }

    private Decision.OfSlot outcome(Split split, Map<NodeId, Decision.OfLink> links) {
        Map<String, Integer> weights = new HashMap<>();
        weigh(weights, split, 100);
        Map<String, Integer> shares = Decider.percents(weights);

        List<String> order = Stream.of(split.base(), split.baseWithoutV3(), split.candidate(), split.candidateWithoutV3(), names(providers.stream()))
                .flatMap(List::stream).distinct().toList();
        List<Decision.Entry> entries = order.stream()
                .map(name -> entry(find(name), shares.getOrDefault(name, 0), links))
                .sorted(Comparator.comparingInt((Decision.Entry e) -> -e.share()).thenComparing(e -> !e.state().mayServe()))
                .toList();
        return new Decision.OfSlot(slot, entries, split, links, reasons);
    }

    private Decision.Entry entry(ProviderFacts p, int share, Map<NodeId, Decision.OfLink> links) {
        List<NodeId> peers = links.entrySet().stream().filter(link -> link.getValue().shares().getOrDefault(p.name(), 0) > 0).map(Map.Entry::getKey)
                .toList();
        if (share > 0 || !peers.isEmpty()) {
            String whole = "serves " + share + " % of the keys";
            return new Decision.Entry(p, share, ProviderState.ACTIVE, peers.isEmpty() ? whole
                    : (share > 0 ? whole + ", and" : "serves") + " flows of " + shown(peers));
        }
        if (!p.ready()) {
            return new Decision.Entry(p, 0, ProviderState.NOT_READY,
                    p.readiness() == org.dwcp.api.Swappable.Readiness.STARTING ? "is starting" : "cannot work on this machine");
        }
        if (!p.failure().isEmpty()) {
            return new Decision.Entry(p, 0, ProviderState.FAILED, p.failure());
        }
        if (p.generation() == Generation.V3 && flags.forceV1Mode()) {
            return new Decision.Entry(p, 0, ProviderState.DISABLED, "the kill switch keeps v3 out");
        }
        if (!mayServe(p)) {
            return new Decision.Entry(p, 0, ProviderState.DISABLED,
                    flags.enabled(slot) ? "V3RolloutPercentage is 0" : "the component flag of " + slot + " is off");
        }
        return new Decision.Entry(p, 0, ProviderState.STANDBY, "ready, has no share");
    }

    private static String shown(List<NodeId> peers) {
        String first = peers.stream().limit(PEERS_SHOWN_MAX).map(NodeId::value).collect(java.util.stream.Collectors.joining(", "));
        return peers.size() > PEERS_SHOWN_MAX ? first + " and " + (peers.size() - PEERS_SHOWN_MAX) + " more" : first;
    }

    private static void weigh(Map<String, Integer> weights, List<String> order, int weight) {
        if (!order.isEmpty() && weight > 0) {
            weights.merge(order.getFirst(), Math.min(weight, WHOLE), Integer::sum);
        }
    }

    /** Whether flag and percentage let a provider serve any key; a pin is stronger and does not ask. */
    private boolean mayServe(ProviderFacts p) {
        return p.generation() != Generation.V3 || flags.enabled(slot) && flags.v3RolloutPercentage() > 0;
    }

    /** All providers, beginning with a generation. The in-memory v0 comes last: it reaches no other machine. */
    private Stream<ProviderFacts> fallbacks(Generation first) {
        return switch (first) {
            case V3 -> chain(Generation.V3, Generation.V1, Generation.OTHER, Generation.V0);
            case V1 -> chain(Generation.V1, Generation.V3, Generation.OTHER, Generation.V0);
            case OTHER -> chain(Generation.OTHER, Generation.V1, Generation.V3, Generation.V0);
            case V0 -> chain(Generation.V0, Generation.V1, Generation.V3, Generation.OTHER);
        };
    }

    private Stream<ProviderFacts> chain(Generation... generations) {
        return Stream.of(generations).flatMap(g -> providers.stream().filter(p -> p.generation() == g));
    }

    private static List<String> before(Optional<ProviderFacts> first, List<String> others) {
        List<String> order = new ArrayList<>();
        first.ifPresent(p -> order.add(p.name()));
        others.stream().filter(n -> !order.contains(n)).forEach(order::add);
        return order;
    }

    private static List<String> names(Stream<ProviderFacts> facts) {
        return facts.map(ProviderFacts::name).toList();
    }

    private Optional<ProviderFacts> installed(String name) {
        return firstOf(p -> p.name().equals(name));
    }

    private ProviderFacts find(String name) {
        return installed(name).orElseThrow();
    }

    private Optional<ProviderFacts> firstOf(Predicate<ProviderFacts> test) {
        return providers.stream().filter(test).findFirst();
    }
}
