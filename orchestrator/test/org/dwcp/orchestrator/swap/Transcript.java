// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.ProviderInfo;
import org.dwcp.api.hybrid.RolloutPlan;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.orchestrator.config.LinkSettings;
import org.dwcp.orchestrator.route.ProviderHandle;

/**
 * Plays a story on simulated time. A line is a command, what it answers follows indented by two blanks; lines with {@code #} and empty lines
 * pass through. Each swap, and each change of mode, is told as it comes.
 */
final class Transcript implements AutoCloseable {
    private final Rig rig = Rig.stepped();
    private final List<String> out = new ArrayList<>();
    private final Map<String, Greeter.Bent> objects = new HashMap<>();
    private final Map<String, ProviderHandle> handles = new HashMap<>();
    private final Map<String, Flow> flows = new java.util.TreeMap<>();
    private final Deque<Lease<Greeter>> leases = new ArrayDeque<>();

    Transcript() {
        rig.routing.onSwap(this::tell);
        rig.routing.onModeChange(change -> say("mode %s -> %s: %s", change.oldMode().label(), change.newMode().label(), change.reason()));
        rig.routing.start();
        rig.settle();
    }

    /** Plays a story; answers given in it are left out and made anew. */
    static String play(List<String> story) {
        try (Transcript transcript = new Transcript()) {
            for (String line : story) {
                if (!line.startsWith("  ")) {
                    transcript.step(line);
                }
            }
            return String.join("\n", transcript.out) + "\n";
        }
    }

    private void step(String line) {
        out.add(line);
        if (line.isBlank() || line.startsWith("#")) {
            return;
        }
        try {
            run(new ArrayDeque<>(Arrays.asList(line.trim().split("\\s+"))));
        } catch (DwcpException e) {
            say("%s: %s", e.kind(), e.getMessage());
        }
        rig.settle();
    }

    private void run(Deque<String> words) {
        String command = words.removeFirst();
        switch (command) {
            case "provider" -> install(words);
            case "remove" -> rig.routing.core().remove(List.of(handles.get(words.peek())), words.peek() + " was uninstalled");
            case "ready" -> readiness(words.removeFirst(), words.removeFirst());
            case "mode" -> rig.detector.detect(NetworkMode.parse(words.removeFirst()));
            case "force" -> rig.adapter.switchMode(NetworkMode.parse(words.removeFirst()), "by hand");
            case "release" -> rig.detector.release();
            case "promote" -> rig.routing.promote(words.removeFirst(), words.removeFirst(), Integer.parseInt(words.removeFirst()), "step");
            case "rollout" -> rig.routing.rollout(words.removeFirst(), words.removeFirst(), new RolloutPlan(
                    Arrays.stream(words.removeFirst().split(",")).map(Integer::valueOf).toList(), Duration.ofSeconds(Long.parseLong(words.removeFirst())),
                    Integer.parseInt(words.removeFirst()), false), "week 7");
            case "pause" -> rig.routing.pauseRollout(words.removeFirst(), "by hand");
            case "resume" -> rig.routing.resumeRollout(words.removeFirst(), "by hand");
            case "slow" -> slow(words.removeFirst(), Long.parseLong(words.removeFirst()));
            case "preview" -> status(rig.routing.preview(words.removeFirst(), words.removeFirst(), Integer.parseInt(words.removeFirst())));
            case "rollback" -> rig.routing.rollback(words.removeFirst(), "enough seen");
            case "pin" -> rig.routing.pin(words.removeFirst(), words.removeFirst(), "by hand");
            case "unpin" -> rig.routing.unpin(words.removeFirst(), "by hand");
            case "kill" -> rig.routing.killSwitch("incident");
            case "unkill" -> rig.routing.releaseKillSwitch("incident over");
            case "flag" -> flag(words);
            case "fail" -> objects.get(words.peek()).fail(Rig.unavailable(words.removeFirst() + " lost its peer"));
            case "heal" -> heal(words.removeFirst());
            case "call" -> call(words, 1);
            case "calls" -> call(words, Integer.parseInt(words.removeLast()));
            case "keys" -> keys(words.removeFirst(), Integer.parseInt(words.removeFirst()));
            case "lease" -> leases.add(rig.adapter.route(slot(words.removeFirst())).lease(RouteKey.NODE));
            case "current" -> say("lease on %s current=%s", leases.getFirst().providerName(), leases.getFirst().isCurrent());
            case "end" -> leases.removeFirst().close();
            case "link" -> rig.detector.detectLink(NodeId.of(words.removeFirst()), NetworkMode.parse(words.removeFirst()));
            case "flow" -> flow(NodeId.of(words.removeFirst()), words.removeFirst(), words);
            case "flows" -> flows.values().forEach(flow -> say("%s on %s", flow.key, flow.lease.providerName()));
            case "stop" -> flows.remove(words.removeFirst()).lease.close();
            case "ask" -> say("answered by %s", rig.adapter.route(slot(words.removeFirst())).<String>call(
                    RouteKey.ofPeer(NodeId.of(words.removeFirst()), words.removeFirst()), Greeter::greet));
            case "steps" -> rig.links = new LinkSettings(true, words.stream().map(Integer::valueOf).toList(), Duration.ofSeconds(4), 20,
                    Duration.ofSeconds(60));
            case "advance" -> advance(Long.parseLong(words.removeFirst()));
            case "why" -> status(rig.routing.show(words.removeFirst()));
            case "validate" -> rig.adapter.validate().forEach(fault -> say("%s", fault));
            case "health" -> rig.routing.figures().health().forEach(h -> say("%s %s %s errors=%d", h.provider(), h.backend(), h.status(), h.errorCount()));
            default -> throw new IllegalArgumentException("no such command in a story: " + command);
        }
    }

    /** Work with a peer that tells its progress and moves over when it should, as flows do. */
    private static final class Flow {
        private final RouteKey key;
        private final Map<String, Double> mbit = new HashMap<>();
        private Lease<Greeter> lease;

        private Flow(RouteKey key) {
            this.key = key;
        }
    }

    private void flow(NodeId peer, String name, Deque<String> rates) {
        Flow flow = new Flow(RouteKey.ofPeer(peer, name));
        rates.forEach(rate -> flow.mbit.put(rate.substring(0, rate.indexOf('=')), Double.valueOf(rate.substring(rate.indexOf('=') + 1))));
        flow.lease = rig.adapter.route(slot("transport")).lease(flow.key);
        flows.put(name, flow);
    }

    /** A step of 10 ms: every flow moves its bytes, and itself when its lease is no longer current. */
    private void advance(long ms) {
        for (long done = 0; done < ms; done += flows.isEmpty() ? ms : 10) {
            rig.advance(Duration.ofMillis(flows.isEmpty() ? ms : 10));
            for (Flow flow : flows.values()) {
                if (!flow.lease.isCurrent()) {
                    Lease<Greeter> old = flow.lease; // a flow opens the new way beside the old one
                    flow.lease = rig.adapter.route(slot("transport")).lease(flow.key);
                    old.close();
                }
                flow.lease.progress((long) (flow.mbit.getOrDefault(flow.lease.providerName(), 0.0) * 1e6 / 8 / 100));
            }
        }
    }

    private static Slot<Greeter> slot(String name) {
        return new Slot<>(name, Greeter.class);
    }

    private void install(Deque<String> words) {
        String slot = words.removeFirst();
        String name = words.removeFirst();
        String mode = words.removeFirst();
        Greeter.Bent object = new Greeter.Bent(name);
        int ranking = 0;
        for (String option : words) {
            switch (option) {
                case "starting" -> object.readiness = org.dwcp.api.Swappable.Readiness.STARTING;
                case "unsupported" -> object.readiness = org.dwcp.api.Swappable.Readiness.UNSUPPORTED;
                default -> ranking = Integer.parseInt(option);
            }
        }
        objects.put(name, object);
        handles.put(name, rig.routing.core().add(new ProviderHandle.Identity(slot, name, "1.0.0", mode.equals("-") ? List.of() : List.of(mode),
                List.of()), object, ranking));
    }

    private void readiness(String name, String readiness) {
        objects.get(name).readiness = org.dwcp.api.Swappable.Readiness.valueOf(readiness.toUpperCase(java.util.Locale.ROOT));
    }

    private void flag(Deque<String> words) {
        String name = words.removeFirst();
        String value = words.removeFirst();
        rig.flags.update(flags -> switch (name) {
            case "percentage" -> flags.withRolloutPercentage(Integer.parseInt(value));
            case "force-v1" -> flags.withForceV1(value.equals("on"));
            case "detection" -> flags.withModes(flags.enableHybridMode(), value.equals("on"));
            default -> flags.withEnabled(name, value.equals("on"));
        });
    }

    private void slow(String name, long ms) {
        objects.get(name).greet = () -> {
            rig.clock.advance(Duration.ofMillis(ms));
            return name;
        };
    }

    private void heal(String name) {
        objects.get(name).greet = () -> name;
    }

    private void call(Deque<String> words, int times) {
        Slot<Greeter> slot = slot(words.removeFirst());
        for (int i = 0; i < times; i++) {
            try {
                say("answered by %s", rig.adapter.route(slot).<String>call(RouteKey.NODE, Greeter::greet));
            } catch (DwcpException e) {
                say("%s: %s", e.kind(), e.getMessage());
            }
        }
    }

    private void keys(String slot, int count) {
        Map<String, Integer> answers = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            answers.merge(rig.adapter.route(slot(slot)).call(RouteKey.of("key-" + i), Greeter::greet), 1, Integer::sum);
        }
        say("%s", answers);
    }

    private void status(SlotStatus status) {
        for (ProviderInfo p : status.providers()) {
            say("%-14s %3d %%  %-9s %s", p.name(), p.share(), p.state(), p.reason());
        }
        status.reasons().forEach(reason -> say("- %s", reason));
    }

    private void tell(SwapRecord s) {
        String time = String.format("%.3f", s.toCommit().toNanos() / 1e9) + "+" + String.format("%.3f", s.drain().toNanos() / 1e9) + " s";
        say("%s %s: %s -> %s %d %% by %s (%s), mode %s, %s, drained %d, aborted %d%s", s.outcome() == SwapRecord.Outcome.UNDONE ? "UNDONE" : "swap",
                s.slot(), s.from().isEmpty() ? "nobody" : s.from(), s.to().isEmpty() ? "nobody" : s.to(), s.share(), s.trigger(), s.reason(),
                s.mode().label(), time, s.drained(), s.aborted(), s.error().isEmpty() ? "" : ", " + s.error());
    }

    private void say(String format, Object... values) {
        out.add("  " + String.format(format, values));
    }

    @Override
    public void close() {
        rig.close();
    }
}
