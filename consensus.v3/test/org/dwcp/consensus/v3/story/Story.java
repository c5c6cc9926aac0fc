// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.story;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.dwcp.consensus.v3.auth.Envelope;
import org.dwcp.consensus.v3.auth.Gate;
import org.dwcp.consensus.v3.core.Effect;
import org.dwcp.consensus.v3.core.Event;
import org.dwcp.consensus.v3.core.Record;
import org.dwcp.consensus.v3.core.Replica;
import org.dwcp.consensus.v3.core.Rules;
import org.dwcp.consensus.v3.core.Settings;
import org.dwcp.consensus.v3.core.Timer;
import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Member;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.MembershipChange;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Request;
import org.dwcp.consensus.v3.sim.SimKeys;
import org.dwcp.consensus.v3.sim.TextMachine;

/**
 * Plays a story: commands begin in the first column, what follows from them is indented. Messages are delivered in the order in which they were
 * sent; disks are fast; time passes only when a story says so.
 */
final class Story {
    private static final class Node {
        private final int id;
        private final SimKeys keys;
        private Replica replica;
        private Gate gate;
        private final List<Record> disk = new ArrayList<>();
        private final Map<Timer, Long> timers = new HashMap<>();

        Node(int id) {
            this.id = id;
            keys = SimKeys.of("m" + id);
        }
    }

    private record Line(int from, int to, Message message, byte[] frame) {
    }

    private final List<String> out = new ArrayList<>();
    private final TreeMap<Integer, Node> nodes = new TreeMap<>();
    private final Deque<Line> lines = new ArrayDeque<>();
    private final Set<String> lost = new HashSet<>();
    private final Map<String, Long> sequences = new HashMap<>();
    private Settings settings = new Settings(100, 200, 2, 8, 4_096, 8, 1_000, 10_000, 1_000, 100);
    private Membership genesis;

    static String play(List<String> story) {
        var played = new Story();
        for (var line : story) {
            if (!line.startsWith("  ")) {
                played.out.add(line);
                if (!line.isBlank() && !line.startsWith("#")) {
                    played.command(new ArrayDeque<>(Arrays.asList(line.trim().split("\\s+"))));
                }
            }
        }
        return String.join("\n", played.out) + "\n";
    }

    private void say(String format, Object... values) {
        out.add("  " + String.format(format, values));
    }

    private void command(Deque<String> words) {
        var verb = words.removeFirst();
        switch (verb) {
            case "group" -> group(words);
            case "ask" -> ask(words);
            case "run" -> deliver();
            case "lose" -> lost.add(String.join(" ", words));
            case "find" -> lost.remove(String.join(" ", words));
            case "timer" -> timer(Integer.parseInt(words.removeFirst()), Timer.valueOf(words.removeFirst()));
            case "status" -> {
                nodes.values().forEach(node -> timer(node.id, Timer.STATUS));
                deliver();
            }
            case "crash" -> nodes.get(Integer.parseInt(words.peek())).replica = null;
            case "start" -> start(nodes.computeIfAbsent(Integer.parseInt(words.peek()), Node::new));
            case "propose" -> propose(words);
            case "members" -> members(words);
            case "show" -> nodes.values().forEach(this::show);
            default -> throw new IllegalArgumentException("no such command in a story: " + verb);
        }
    }

    private void group(Deque<String> words) {
        var members = new ArrayList<Member>();
        int size = Integer.parseInt(words.removeFirst());
        for (int id = 1; id <= size; id++) {
            members.add(member(id));
        }
        if (!words.isEmpty()) {
            int interval = Integer.parseInt(words.removeFirst());
            settings = new Settings(interval, 2 * interval, 2, 8, 4_096, 8, 1_000, 10_000, 1_000, 100);
        }
        var clients = new TreeMap<String, byte[]>();
        List.of("ann", "bob", "cat").forEach(name -> clients.put(name, SimKeys.of(name).publicKey()));
        genesis = new Membership(0, members, clients, SimKeys.of("operator").publicKey());
        members.forEach(member -> start(nodes.computeIfAbsent(member.id(), Node::new)));
    }

    private static Member member(int id) {
        var key = SimKeys.of("m" + id).publicKey();
        return new Member(id, "m" + id, key, key, false);
    }

    private void start(Node node) {
        node.replica = new Replica(node.id, settings, Rules.PBFT, node.keys, new TextMachine(), genesis);
        node.replica.recover(List.copyOf(node.disk));
        node.gate = new Gate(node.id, node.keys, node.replica.members(), node.replica.base());
        step(node, new Event.Started());
    }

    /** {@code ask ann A x 1} asks the leader of view 0, {@code ask ann A x 1 to 2 3} those members. */
    private void ask(Deque<String> words) {
        var client = words.removeFirst();
        var command = String.join(" ", words.removeFirst(), words.removeFirst(), words.removeFirst());
        var request = signed(client, Request.Kind.COMMAND, command.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        words.pollFirst();
        send(client, request, words.isEmpty() ? List.of(1) : words.stream().map(Integer::parseInt).toList());
    }

    private Request signed(String client, Request.Kind kind, byte[] command) {
        long sequence = sequences.merge(client, 1L, Long::sum);
        var unsigned = new Request(client, sequence, kind, command, new byte[0]);
        return new Request(client, sequence, kind, command, SimKeys.of(client).sign(Codec.toSign(unsigned)));
    }

    private void send(String client, Request request, List<Integer> to) {
        say("%s -> %s %s", client, to, Words.of(request));
        to.stream().map(nodes::get).filter(node -> node.replica != null).forEach(node -> step(node, new Event.Asked(request)));
    }

    /** {@code propose 1 2 ann A x 1}: member 1 tells member 2 alone, as a liar would. */
    private void propose(Deque<String> words) {
        var from = nodes.get(Integer.parseInt(words.removeFirst()));
        int to = Integer.parseInt(words.removeFirst());
        var client = words.removeFirst();
        var request = signed(client, Request.Kind.COMMAND, String.join(" ", words).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        sequences.merge(client, -1L, Long::sum);
        var lie = new Message.PrePrepare(0, 0, 1, new Batch(List.of(request)));
        say("%d -> %d %s", from.id, to, Words.of(lie));
        post(from, to, lie);
    }

    /** {@code members 1 2 3 4 5}: the operator wants these. */
    private void members(Deque<String> words) {
        var now = nodes.firstEntry().getValue().gate.members();
        var wanted = words.stream().map(word -> word.endsWith("!") ? member(Integer.parseInt(word.replace("!", ""))).shutOut()
                : member(Integer.parseInt(word))).toList();
        var next = new Membership(now.number() + 1, wanted, now.clients(), now.operator());
        var approval = new Message.Signed(MembershipChange.OPERATOR, SimKeys.of("operator").sign(MembershipChange.toSign(next)));
        send("ann", signed("ann", Request.Kind.MEMBERS, new MembershipChange(next, List.of(approval)).encode()), List.of(now.leader(0)));
    }

    private void timer(int id, Timer timer) {
        var node = nodes.get(id);
        var generation = node.timers.get(timer);
        if (node.replica == null) {
            return;
        }
        if (generation == null) {
            say("%d does not wait for %s", id, timer);
            return;
        }
        if (timer != Timer.STATUS) {
            say("%d: %s has run out", id, timer);
        }
        step(node, new Event.Expired(timer, generation));
    }

    private void show(Node node) {
        if (node.replica == null) {
            say("%d is down", node.id);
            return;
        }
        say("%d view %d%s, executed %d, stable %d, membership %d %s", node.id, node.replica.view(), node.replica.active() ? "" : " wanted",
                node.replica.executed(), node.replica.stable().sequence(), node.replica.members().number(), node.replica.members().members());
    }

    private void deliver() {
        while (!lines.isEmpty()) {
            var line = lines.poll();
            var node = nodes.get(line.to());
            if (node == null || node.replica == null || isLost(line)) {
                continue;
            }
            var verdict = node.gate.member(line.from(), line.frame());
            step(node, verdict.message().<Event>map(message -> new Event.Received(line.from(), message))
                    .orElseGet(() -> new Event.Refused(line.from(), verdict.refusal(), verdict.proven())));
        }
    }

    /** {@code lose 1 *}, {@code lose * 4}, {@code lose 1 4 COMMIT}, {@code lose * * COMMIT}. */
    private boolean isLost(Line line) {
        for (var rule : lost) {
            var words = rule.split(" ");
            if ((words[0].equals("*") || words[0].equals("" + line.from())) && (words[1].equals("*") || words[1].equals("" + line.to()))
                    && (words.length < 3 || Words.of(line.message()).startsWith(words[2]))) {
                return true;
            }
        }
        return false;
    }

    private void post(Node from, int to, Message message) {
        lines.add(new Line(from.id, to, message, Envelope.seal(message, from.gate.members(), from.keys)));
    }

    private void step(Node node, Event event) {
        for (var effect : node.replica.step(event)) {
            switch (effect) {
                case Effect.Send e -> {
                    tell(node, "" + e.to(), e.message());
                    post(node, e.to(), e.message());
                }
                case Effect.Broadcast e -> {
                    tell(node, "*", e.message());
                    node.gate.members().members().stream().filter(member -> member.id() != node.id)
                            .forEach(member -> post(node, member.id(), e.message()));
                }
                case Effect.Answer e -> say("%d -> %s %s", node.id, e.client(), Words.of(e.reply()));
                case Effect.Persist e -> {
                    node.disk.add(e.record());
                    step(node, new Event.Persisted(e.token()));
                }
                case Effect.Compact e -> {
                    var states = node.disk.stream().filter(Record.State.class::isInstance).toList();
                    int before = node.disk.size() - states.size();
                    node.disk.clear();
                    node.disk.addAll(states);
                    node.disk.addAll(e.records());
                    say("%d keeps %d of %d records", node.id, e.records().size(), before);
                }
                case Effect.Start e -> node.timers.put(e.timer(), e.generation());
                case Effect.Stop e -> node.timers.remove(e.timer());
                case Effect.Executed e -> say("%d executes seq %d %s", node.id, e.sequence(), Words.of(e.batch()));
                case Effect.Installed e -> say("%d installs the state at seq %d", node.id, e.sequence());
                case Effect.Stabilized e -> say("%d: checkpoint %d is stable", node.id, e.proof().sequence());
                case Effect.Entered e -> say("%d enters view %d of membership %d, leader %d", node.id, e.view(), e.config(), e.leader());
                case Effect.Members e -> node.gate.members(e.members(), e.base());
                case Effect.Suspect e -> say("%d suspects %d of %s%s: %s", node.id, e.suspicion().member(), e.suspicion().kind(),
                        e.suspicion().provable() ? " and can prove it" : "", e.suspicion().detail());
            }
        }
    }

    private void tell(Node node, String to, Message message) {
        if (!(message instanceof Message.Status)) {
            say("%d -> %s %s", node.id, to, Words.of(message));
        }
    }
}
