// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.sim;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

import org.dwcp.consensus.v3.auth.Envelope;
import org.dwcp.consensus.v3.client.ClientCore;
import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Message.Outcome;
import org.dwcp.consensus.v3.message.Request;
import org.dwcp.testkit.sim.Linearizability.Operation;
import org.dwcp.testkit.sim.Registers.Input;
import org.dwcp.testkit.sim.SimNode;
import org.dwcp.testkit.sim.SimProcess;

/** A correct client: the production client core, asked for random operations; every one goes into the history. */
final class ClientNode implements SimProcess {
    private record Call(String key, Input input, long calledAt) {
    }

    final World world;
    final SimNode node;
    final String name;
    private final Map<Long, Call> open = new HashMap<>();
    private ClientCore core;
    private long timerGeneration;
    private long tickets;
    private int left;
    private final int concurrency;

    ClientNode(World world, SimNode node, String name, int operations, int concurrency) {
        this.world = world;
        this.node = node;
        this.name = name;
        this.concurrency = concurrency;
        left = operations;
    }

    @Override
    public void start() {
        core = new ClientCore(name, SimKeys.of(name), world.genesis, 0, world.settings.clientWindow(), world.settings.requestTimeoutMs());
        for (int index = 0; index < concurrency; index++) {
            world.simulation.in(node.random().nextLong(0, 50_000), this::another);
        }
    }

    boolean isDone() {
        return left == 0 && open.isEmpty() && core.waiting() == 0;
    }

    private void another() {
        if (left == 0) {
            return;
        }
        left--;
        var key = "k" + node.random().nextInt(3);
        var token = name + "." + ++tickets + ";";
        Input input = switch (node.random().nextInt(4)) {
            case 0 -> new Input.Read();
            case 1 -> new Input.Write(token);
            default -> new Input.Append(token);
        };
        open.put(tickets, new Call(key, input, world.simulation.nowUs()));
        run(core.step(new ClientCore.Event.Wanted(tickets, input instanceof Input.Read ? Request.Kind.QUERY : Request.Kind.COMMAND,
                TextMachine.encode(key, input))));
    }

    /** Asks for a change of the membership. */
    void change(byte[] command) {
        run(core.step(new ClientCore.Event.Wanted(++tickets, Request.Kind.MEMBERS, command)));
    }

    void changed(Membership members) {
        run(core.step(new ClientCore.Event.Changed(members)));
    }

    private void run(java.util.List<ClientCore.Effect> effects) {
        for (var effect : effects) {
            switch (effect) {
                case ClientCore.Effect.Send e -> node.send(e.to() - 1, Envelope.seal(e.request(), world.genesis, SimKeys.of(name)));
                case ClientCore.Effect.Done e -> done(e);
                case ClientCore.Effect.Start e -> node.timer(e.delayMs(), ++timerGeneration);
                case ClientCore.Effect.Stop e -> timerGeneration++;
            }
        }
    }

    private void done(ClientCore.Effect.Done e) {
        var call = open.remove(e.ticket());
        if (call == null) {
            world.changeOver(e.outcome(), e.result());
            return;
        }
        boolean known = e.outcome() == Outcome.DONE;
        world.simulation.trace(() -> name + " " + e.ticket() + " " + call.input() + " " + e.outcome() + " "
                + new String(e.result(), StandardCharsets.UTF_8));
        world.history.add(new Operation<>(call.key(), call.input(), known ? Optional.of(new String(e.result(), StandardCharsets.UTF_8))
                : Optional.empty(), call.calledAt(), known ? world.simulation.nowUs() : Long.MAX_VALUE));
        world.simulation.in(node.random().nextLong(1, world.thinkUs), this::another);
    }

    /** What is still open may have happened or not. */
    void close() {
        open.values().forEach(call -> world.history.add(new Operation<>(call.key(), call.input(), Optional.empty(), call.calledAt(),
                Long.MAX_VALUE)));
        open.clear();
    }

    @Override
    public void receive(int from, byte[] frame) {
        if (Codec.decode(frame, 1, frame.length - 1) instanceof Message.Reply reply) {
            run(core.step(new ClientCore.Event.Answered(from + 1, reply)));
        }
    }

    @Override
    public void timer(long token) {
        if (token == timerGeneration) {
            run(core.step(new ClientCore.Event.Expired()));
        }
    }
}
