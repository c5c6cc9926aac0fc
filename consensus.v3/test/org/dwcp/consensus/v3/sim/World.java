// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.sim;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

import org.dwcp.api.DwcpException;
import org.dwcp.consensus.v3.core.Record;
import org.dwcp.consensus.v3.core.Rules;
import org.dwcp.consensus.v3.core.Settings;
import org.dwcp.consensus.v3.core.Suspicion;
import org.dwcp.consensus.v3.message.Member;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.MembershipChange;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Message.Outcome;
import org.dwcp.testkit.sim.Faults;
import org.dwcp.testkit.sim.Linearizability;
import org.dwcp.testkit.sim.Linearizability.Operation;
import org.dwcp.testkit.sim.Registers;
import org.dwcp.testkit.sim.Registers.Input;
import org.dwcp.testkit.sim.Simulation;
import org.dwcp.testkit.sim.Sometimes;

/**
 * A cluster with its clients for one seed: a time of faults, then a time in which messages arrive and everybody correct is up, and then the
 * judgement: no fork, nobody contradicted itself, the history is linearizable, and every request was answered.
 */
final class World {
    /**
     * What kind of world.
     *
     * @param n          members
     * @param liars      behaviour of those who lie, by member id
     * @param chaosMs    how long the time of faults is
     * @param operations of each client
     * @param clients    how many
     * @param change     whether the membership is changed on the way
     */
    record Plan(int n, Map<Integer, Liar.Behaviour> liars, long chaosMs, int operations, int clients, boolean change) {
    }

    private static final long LIVE_MS = 120_000;
    private static final long LEVEL_MS = 30_000;

    final Simulation simulation;
    final Settings settings;
    final Rules rules;
    final Sometimes sometimes;
    final Observer observer = new Observer(this);
    final List<Operation<Input, String>> history = new ArrayList<>();
    final Map<Suspicion.Kind, Integer> suspicions = new EnumMap<>(Suspicion.Kind.class);
    final Membership genesis;
    final int members;
    final long thinkUs;
    private final Plan plan;
    private final UnaryOperator<List<Record>> recovery;
    private final List<ClientNode> clients = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final Set<Integer> broken = new java.util.HashSet<>();
    private Membership next;
    /** Whether a correct member that is suspected of a lie fails the run; not where a bug makes correct members lie. */
    boolean slanderFails = true;

    World(long seed, Plan plan, Settings settings, Faults faults, Rules rules, UnaryOperator<List<Record>> recovery, Sometimes sometimes,
            boolean tracing) {
        this.plan = plan;
        this.settings = settings;
        this.rules = rules;
        this.recovery = recovery;
        this.sometimes = sometimes;
        simulation = new Simulation(seed, faults, tracing);
        thinkUs = simulation.random().nextLong(2_000, 60_000);
        members = plan.n() + 1; // one more may join
        genesis = membership(0, plan.n(), plan.clients());
        for (int number = 0; number < members; number++) {
            var liar = plan.liars().get(number + 1);
            simulation.add(node -> liar == null ? new PbftNode(this, node, "") : Liar.of(this, node, liar));
        }
        for (int number = 0; number < plan.clients(); number++) {
            var name = "c" + number;
            int concurrency = 1 + simulation.random().nextInt(3);
            simulation.add(node -> {
                var client = new ClientNode(this, node, name, plan.operations(), concurrency);
                clients.add(client);
                return client;
            });
        }
    }

    static String name(int id) {
        return "m" + id;
    }

    static Member member(int id) {
        var key = SimKeys.of(name(id)).publicKey();
        return new Member(id, name(id), key, key, false);
    }

    private static Membership membership(int number, int n, int clients) {
        var members = new ArrayList<Member>();
        for (int id = 1; id <= n; id++) {
            members.add(member(id));
        }
        var keys = new TreeMap<String, byte[]>();
        for (int index = 0; index < clients; index++) {
            keys.put("c" + index, SimKeys.of("c" + index).publicKey());
        }
        return new Membership(number, members, keys, SimKeys.of("operator").publicKey());
    }

    static String shorten(Message message) {
        return switch (message) {
            case Message.ViewChange m -> "ViewChange[" + m.view() + " stable " + m.stable().sequence() + " prepared " + m.prepared() + "]";
            case Message.NewView m -> "NewView[" + m.view() + "]";
            case Message.PrePrepare m -> "PrePrepare[" + m.view() + ", " + m.sequence() + ", " + m.batch() + "]";
            case Message.Stable m -> "Stable[" + m.proof().sequence() + "]";
            case org.dwcp.consensus.v3.message.Request m -> "Request[" + m.client() + ", " + m.sequence() + "]";
            default -> message.toString();
        };
    }

    boolean isCorrect(int id) {
        return !plan.liars().containsKey(id);
    }

    List<Record> recovered(List<Record> records) {
        return recovery.apply(records);
    }

    ClientNode client(int number) {
        return (ClientNode) simulation.node(number).process();
    }

    Optional<Integer> clientNode(String client) {
        return client.startsWith("c") ? Optional.of(members + Integer.parseInt(client.substring(1))) : Optional.empty();
    }

    void fail(String what) {
        if (faults.isEmpty()) {
            simulation.trace(() -> "!!! " + what);
        }
        faults.add(what);
    }

    /** A replica gave up on itself. */
    void stopped(PbftNode node, DwcpException e) {
        if (isCorrect(node.id)) {
            broken.add(node.id);
            fail("STOPPED: member " + node.id + ": " + e.getMessage());
        }
        node.node.crash();
    }

    // ---- the run

    /** Runs it all; gives what went wrong. */
    List<String> run() {
        return run(LIVE_MS);
    }

    /** Runs it all, and waits no longer than this for the last answer. */
    List<String> run(long liveMs) {
        simulation.nodes().stream().limit(plan.n()).forEach(node -> node.start());
        simulation.nodes().stream().skip(members).forEach(node -> node.start());
        var random = simulation.random();
        if (plan.change()) {
            simulation.in(random.nextLong(plan.chaosMs() * 1_000), this::change);
        }
        long untilUs = plan.chaosMs() * 1_000;
        while (simulation.nowUs() < untilUs && faults.isEmpty()) {
            simulation.run(random.nextLong(10, 250));
            hurt(random);
        }
        simulation.heal();
        simulation.faults(simulation.faults().healed());
        simulation.trace(() -> "--- healed");
        simulation.nodes().stream().limit(plan.n()).filter(node -> !broken.contains(node.number() + 1)).forEach(node -> {
            node.drift(1);
            node.start();
        });
        boolean live = simulation.runUntil(() -> !faults.isEmpty() || clients.stream().allMatch(ClientNode::isDone), liveMs);
        if (!live) {
            fail("STUCK: " + clients.stream().filter(client -> !client.isDone()).count() + " clients wait " + liveMs + " ms after the faults: "
                    + simulation.nodes().stream().limit(members).filter(node -> node.process() instanceof PbftNode)
                            .map(node -> describe((PbftNode) node.process())).toList());
        }
        clients.forEach(ClientNode::close);
        if (live) {
            allCatchUp();
        }
        judge();
        return faults;
    }

    /** Nothing is asked for any more: whoever is correct and behind must still get to where the others are. */
    private void allCatchUp() {
        boolean level = simulation.runUntil(() -> !faults.isEmpty() || level(), LEVEL_MS);
        if (!level) {
            fail("BEHIND: " + LEVEL_MS + " ms after the last answer: " + heeded().stream().map(World::describe).toList());
        }
    }

    private boolean level() {
        return heeded().stream().mapToLong(node -> node.replica.executed()).distinct().count() <= 1;
    }

    /** Correct members that the latest membership listens to. */
    private List<PbftNode> heeded() {
        var nodes = correct();
        var latest = nodes.stream().map(node -> node.replica.members()).max(java.util.Comparator.comparingInt(Membership::number)).orElse(genesis);
        return nodes.stream().filter(node -> latest.heeds(node.id)).toList();
    }

    private static String describe(PbftNode node) {
        return node.id + ": view " + node.replica.view() + (node.replica.active() ? "" : " wanted") + " executed " + node.replica.executed()
                + " stable " + node.replica.stable().sequence() + " membership " + node.replica.members().number() + " waiting "
                + node.replica.waiting();
    }

    private void judge() {
        var judgement = Linearizability.check(history, new Registers());
        if (judgement.verdict() == Linearizability.Verdict.VIOLATED) {
            fail("HISTORY: " + judgement.explanation());
        }
        sometimes.reachedIf(judgement.verdict() == Linearizability.Verdict.UNKNOWN, "a history too hard to judge");
    }

    private void hurt(SplittableRandom random) {
        var node = simulation.node(random.nextInt(plan.n()));
        switch (random.nextInt(12)) {
            case 0, 1 -> {
                node.crash();
                simulation.in(random.nextLong(1_000, 600_000), () -> {
                    if (!broken.contains(node.number() + 1)) {
                        node.start();
                    }
                });
            }
            case 2 -> {
                var side = new int[plan.n()];
                for (int index = 0; index < side.length; index++) {
                    side[index] = random.nextInt(2);
                }
                simulation.partition(side);
            }
            case 3 -> simulation.cut(node.number(), random.nextInt(plan.n()));
            case 4, 5, 6 -> simulation.heal();
            case 7 -> node.pause(random.nextLong(1, 400));
            case 8 -> node.drift(0.5 + random.nextDouble());
            default -> { }
        }
    }

    private void change() {
        var random = simulation.random();
        var all = new ArrayList<>(genesis.members());
        switch (random.nextInt(3)) {
            case 0 -> { // one more
                all.add(member(plan.n() + 1));
                simulation.node(plan.n()).start();
            }
            case 1 -> { // one for another, the liar if there is one
                all.removeIf(member -> member.id() == plan.liars().keySet().stream().findFirst().orElse(2));
                all.add(member(plan.n() + 1));
                simulation.node(plan.n()).start();
            }
            default -> { // one is shut out
                int out = plan.liars().keySet().stream().findFirst().orElse(1);
                all.replaceAll(member -> member.id() == out ? member.shutOut() : member);
            }
        }
        next = new Membership(1, all, genesis.clients(), genesis.operator());
        var approval = new Message.Signed(MembershipChange.OPERATOR, SimKeys.of("operator").sign(MembershipChange.toSign(next)));
        clients.getFirst().change(new MembershipChange(next, List.of(approval)).encode());
    }

    void changeOver(Outcome outcome, byte[] result) {
        if (outcome != Outcome.DONE) {
            fail("the change of the membership was " + outcome + ": " + new String(result, java.nio.charset.StandardCharsets.UTF_8));
            return;
        }
        clients.forEach(client -> simulation.in(simulation.random().nextLong(100_000), () -> client.changed(next)));
    }

    /** The members' replicas that run and are correct. */
    List<PbftNode> correct() {
        return simulation.nodes().stream().limit(members).map(node -> node.process()).filter(PbftNode.class::isInstance).map(PbftNode.class::cast)
                .filter(node -> isCorrect(node.id)).toList();
    }

    List<String> trace() {
        return simulation.trace();
    }
}
