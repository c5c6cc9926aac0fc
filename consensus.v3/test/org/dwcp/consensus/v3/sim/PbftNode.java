// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.dwcp.consensus.v3.auth.Envelope;
import org.dwcp.consensus.v3.auth.Gate;
import org.dwcp.consensus.v3.core.Effect;
import org.dwcp.consensus.v3.core.Event;
import org.dwcp.consensus.v3.core.Record;
import org.dwcp.consensus.v3.core.Replica;
import org.dwcp.consensus.v3.core.Timer;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.node.LogFormat;
import org.dwcp.testkit.sim.SimNode;
import org.dwcp.testkit.sim.SimProcess;

/** A simulated machine that runs the production replica, gate, codec and log format unchanged. */
class PbftNode implements SimProcess {
    private static final int TIMERS = Timer.values().length;

    final World world;
    final SimNode node;
    final int id;
    final SimKeys keys;
    final TextMachine machine = new TextMachine();
    Replica replica;
    private final String prefix;
    private Gate gate;
    private long durable;
    private long written;
    private final Map<Timer, Long> running = new HashMap<>();

    PbftNode(World world, SimNode node, String prefix) {
        this.world = world;
        this.node = node;
        this.prefix = prefix;
        id = node.number() + 1;
        keys = SimKeys.of(World.name(id));
    }

    @Override
    public void start() {
        replica = new Replica(id, world.settings, world.rules, keys, machine, world.genesis);
        try {
            var records = new ArrayList<Record>();
            for (var file : node.disk().files()) {
                if (file.startsWith(prefix + "state-")) {
                    records.add(Record.decode(node.disk().read(file).orElseThrow()));
                }
            }
            var log = LogFormat.read(node.disk().read(prefix + "log").orElse(new byte[0]));
            if (log.bytes() < node.disk().read(prefix + "log").map(bytes -> bytes.length).orElse(0)) {
                world.sometimes.reached("torn tail dropped");
                node.disk().replace(prefix + "log", java.util.Arrays.copyOf(node.disk().read(prefix + "log").orElseThrow(), log.bytes()));
            }
            written = log.bytes();
            durable = 0;
            var kept = world.recovered(log.records());
            if (!kept.isEmpty()) {
                records.addAll(kept);
                replica.recover(records);
                world.sometimes.reached("recovered from disk");
            }
        } catch (LogFormat.DamagedException e) {
            throw new AssertionError(e);
        }
        gate = new Gate(id, keys, replica.members(), replica.base());
        world.observer.started(this);
        step(new Event.Started());
    }

    @Override
    public void receive(int from, byte[] frame) {
        if (from >= world.members) {
            var verdict = gate.client(world.client(from).name, frame);
            verdict.message().ifPresent(request -> step(new Event.Asked((org.dwcp.consensus.v3.message.Request) request)));
            return;
        }
        var verdict = gate.member(from + 1, frame);
        if (verdict.message().isPresent()) {
            received(from + 1, verdict.message().get());
        } else {
            step(new Event.Refused(from + 1, verdict.refusal(), verdict.proven()));
        }
    }

    void received(int from, Message message) {
        world.simulation.trace(() -> id + " <- " + from + " " + World.shorten(message));
        step(new Event.Received(from, message));
    }

    @Override
    public void timer(long token) {
        var timer = Timer.values()[(int) (token % TIMERS)];
        long generation = token / TIMERS;
        if (running.getOrDefault(timer, -1L) == generation) {
            if (timer != Timer.STATUS) {
                world.simulation.trace(() -> id + " timer " + timer);
            }
            step(new Event.Expired(timer, generation));
        }
    }

    void step(Event event) {
        List<Effect> effects;
        try {
            effects = replica.step(event);
        } catch (org.dwcp.api.DwcpException e) {
            world.stopped(this, e);
            return;
        }
        for (var effect : effects) {
            run(effect);
        }
    }

    private void run(Effect effect) {
        switch (effect) {
            case Effect.Send e -> send(e.to(), e.message());
            case Effect.Broadcast e -> broadcast(e.message());
            case Effect.Answer e -> answer(e.client(), e.reply());
            case Effect.Persist e -> persist(e);
            case Effect.Compact e -> compact(e);
            case Effect.Start e -> {
                running.put(e.timer(), e.generation());
                wake(e.delayMs(), e.generation() * TIMERS + e.timer().ordinal());
            }
            case Effect.Stop e -> running.remove(e.timer());
            case Effect.Executed e -> world.observer.executed(this, e);
            case Effect.Installed e -> world.observer.installed(this, e);
            case Effect.Stabilized e -> world.observer.stabilized(this, e);
            case Effect.Entered e -> world.observer.entered(this, e);
            case Effect.Members e -> gate.members(e.members(), e.base());
            case Effect.Suspect e -> world.observer.suspected(this, e.suspicion());
        }
    }

    void wake(long delayMs, long token) {
        node.timer(delayMs, token);
    }

    private void persist(Effect.Persist e) {
        if (e.record() instanceof Record.State state) {
            node.disk().replace(prefix + "state-" + state.manifest().sequence(), Record.encode(state));
        } else {
            append(e.record());
        }
        long upTo = written;
        node.disk().sync(() -> {
            durable = Math.max(durable, Math.min(upTo, written));
            step(new Event.Persisted(e.token()));
        });
    }

    private void append(Record record) {
        var block = LogFormat.block(record, durable);
        written += block.length;
        node.disk().append(prefix + "log", block);
    }

    private void compact(Effect.Compact e) {
        var whole = new java.io.ByteArrayOutputStream();
        long stable = 0;
        for (var record : e.records()) {
            whole.writeBytes(LogFormat.block(record, 0));
            stable = record instanceof Record.Stable s ? s.proof().sequence() : stable;
        }
        durable = 0;
        written = whole.size();
        node.disk().replace(prefix + "log", whole.toByteArray());
        for (var file : node.disk().files()) {
            if (file.startsWith(prefix + "state-") && Long.parseLong(file.substring(prefix.length() + 6)) < stable) {
                node.disk().delete(file);
            }
        }
    }

    /** Sends to every other member of the membership in force. */
    void broadcast(Message message) {
        world.observer.said(this, message);
        var sealed = Envelope.seal(message, gate.members(), keys);
        gate.members().members().forEach(member -> {
            if (member.id() != id) {
                node.send(member.id() - 1, sealed);
            }
        });
    }

    void send(int to, Message message) {
        world.observer.said(this, message);
        seal(to, message);
    }

    final void seal(int to, Message message) {
        node.send(to - 1, Envelope.seal(message, gate.members(), keys));
    }

    void answer(String client, Message.Reply reply) {
        world.clientNode(client).ifPresent(number -> node.send(number, Envelope.seal(reply, gate.members(), keys)));
    }
}
