// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.sim;

import java.util.ArrayList;
import java.util.List;

import org.dwcp.consensus.v3.auth.Envelope;
import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Message.Checkpoint;
import org.dwcp.consensus.v3.message.Message.Entry;
import org.dwcp.consensus.v3.message.Message.NewView;
import org.dwcp.consensus.v3.message.Message.Outcome;
import org.dwcp.consensus.v3.message.Message.Phase;
import org.dwcp.consensus.v3.message.Message.PrePrepare;
import org.dwcp.consensus.v3.message.Message.Proof;
import org.dwcp.consensus.v3.message.Message.Reply;
import org.dwcp.consensus.v3.message.Message.Signed;
import org.dwcp.consensus.v3.message.Message.ViewChange;
import org.dwcp.consensus.v3.message.Message.Vote;
import org.dwcp.consensus.v3.message.Request;
import org.dwcp.testkit.sim.SimNode;
import org.dwcp.testkit.sim.SimProcess;

/** A Byzantine member: has its own keys and all it hears, and says what it likes. Most of it is a correct replica, so that it is believed. */
class Liar extends PbftNode {
    /** How a member lies. */
    enum Behaviour {
        /** Says nothing at all. */
        SILENT,
        /** As leader proposes different batches to different members; votes for whatever each wants to hear. */
        EQUIVOCATE,
        /** Votes for digests that nobody proposed. */
        WRONG_DIGEST,
        /** Two replicas with one identity, each with its own disk and its own part of the messages (Bano et al. 2021). */
        TWINS,
        /** Sends everything many times, and rubbish between. */
        FLOOD,
        /** Wants to leave every view, and speaks of past ones. */
        STALE_VIEW,
        /** Signs view changes that claim what it never prepared, and contradict each other. */
        FALSE_VIEW_CHANGE,
        /** Shows forged proofs: of checkpoints, new views, states. */
        FORGE,
        /** Sends again what others said, as if it were new or its own. */
        REPLAY,
        /** Sends everything late, some of it very late. */
        DELAY,
        /** Lies to clients. */
        LIE_TO_CLIENTS,
        /** Talks only to some members. */
        OMIT,
        /** As leader leaves out a client and delays the others. */
        CENSOR,
        /** Forgets its votes at every crash, and crashes often. */
        AMNESIA,
        /** Together with others of its kind: tells each half of the members another order, in every vote. Only harmful with f + 1. */
        COLLUDE
    }

    private final Behaviour behaviour;
    private final List<byte[]> heard = new ArrayList<>();
    private final List<Message> past = new ArrayList<>();

    Liar(World world, SimNode node, Behaviour behaviour) {
        super(world, node, "");
        this.behaviour = behaviour;
    }

    static SimProcess of(World world, SimNode node, Behaviour behaviour) {
        return behaviour == Behaviour.TWINS ? new Twins(world, node) : behaviour == Behaviour.COLLUDE ? new Colluder(world, node)
                : new Liar(world, node, behaviour);
    }

    private boolean chance(int percent) {
        return node.random().nextInt(100) < percent;
    }

    @Override
    public void start() {
        world.sometimes.reached("lies: " + behaviour);
        if (behaviour == Behaviour.AMNESIA) {
            node.disk().wipe();
        }
        super.start();
        if (behaviour == Behaviour.AMNESIA) {
            world.simulation.in(node.random().nextLong(50_000, 500_000), () -> {
                node.crash();
                world.simulation.in(10_000, node::start);
            });
        }
    }

    @Override
    public void receive(int from, byte[] frame) {
        if (behaviour == Behaviour.REPLAY && from < world.members && heard.size() < 200) {
            heard.add(frame);
        }
        if (behaviour == Behaviour.CENSOR && from == world.members) {
            return;
        }
        super.receive(from, frame);
    }

    @Override
    void broadcast(Message message) {
        for (var member : replica.members().members()) {
            if (member.id() != id) {
                send(member.id(), message);
            }
        }
    }

    @Override
    void send(int to, Message message) {
        switch (behaviour) {
            case SILENT -> { }
            case EQUIVOCATE -> seal(to, equivocate(to, message));
            case WRONG_DIGEST -> seal(to, message instanceof Vote m && chance(70)
                    ? new Vote(m.phase(), m.config(), m.view(), m.sequence(), Digest.of(new byte[] {(byte) node.random().nextInt()})) : message);
            case FLOOD -> flood(to, message);
            case STALE_VIEW -> stale(to, message);
            case FALSE_VIEW_CHANGE -> seal(to, message instanceof ViewChange m ? claim(m) : message);
            case FORGE -> forge(to, message);
            case REPLAY -> {
                seal(to, message);
                if (!heard.isEmpty() && chance(30)) {
                    node.send(to - 1, heard.get(node.random().nextInt(heard.size())));
                }
            }
            case DELAY -> world.simulation.in(node.random().nextLong(chance(5) ? 3_000_000 : 80_000), () -> {
                if (node.isUp()) {
                    seal(to, message);
                }
            });
            case OMIT -> {
                if ((to + replica.view()) % 2 == 0 || chance(20)) {
                    seal(to, message);
                }
            }
            case CENSOR -> {
                if (!(message instanceof PrePrepare) || chance(50)) {
                    seal(to, message);
                }
            }
            case LIE_TO_CLIENTS, AMNESIA -> seal(to, message);
            case TWINS, COLLUDE -> throw new IllegalStateException();
        }
    }

    private Message equivocate(int to, Message message) {
        if (to % 2 == 0) {
            return message;
        }
        return switch (message) {
            case PrePrepare m when !m.batch().requests().isEmpty() -> {
                var other = other(m.batch());
                seal(to, new Vote(Phase.PREPARE, m.config(), m.view(), m.sequence(), other.digest()));
                seal(to, new Vote(Phase.COMMIT, m.config(), m.view(), m.sequence(), other.digest()));
                seal(to, new Vote(Phase.DECIDED, m.config(), m.view(), m.sequence(), other.digest()));
                yield new PrePrepare(m.config(), m.view(), m.sequence(), other);
            }
            case Checkpoint m when chance(50) -> signed(m.config(), m.sequence(), Digest.of(new byte[] {7}));
            default -> message;
        };
    }

    static Batch other(Batch batch) {
        return new Batch(batch.requests().size() > 1 ? batch.requests().reversed() : List.of());
    }

    private Checkpoint signed(int config, long sequence, Digest state) {
        var unsigned = new Checkpoint(config, sequence, state, id, new byte[0]);
        return new Checkpoint(config, sequence, state, id, keys.sign(Codec.toSign(unsigned)));
    }

    private void flood(int to, Message message) {
        for (int times = 0; times < 8; times++) {
            seal(to, message);
            var rubbish = new byte[node.random().nextInt(1, 120)];
            node.random().nextBytes(rubbish);
            if (chance(50)) {
                var real = Envelope.seal(message, replica.members(), keys);
                System.arraycopy(real, 0, rubbish, 0, Math.min(real.length, rubbish.length));
            }
            node.send(to - 1, rubbish);
        }
        // A client of that name exists: unsigned requests of its must not pass.
        seal(to, new Request("c0", node.random().nextLong(1, 1_000), Request.Kind.COMMAND, new byte[] {1}, new byte[16]));
    }

    private void stale(int to, Message message) {
        if (past.size() < 100) {
            past.add(message);
        }
        seal(to, message);
        if (chance(30)) {
            seal(to, past.get(node.random().nextInt(past.size())));
        }
        if (chance(20)) {
            seal(to, sign(new ViewChange(replica.members().number(), replica.view() + node.random().nextLong(1, 4), replica.stable(), List.of(),
                    List.of(), id, new byte[0])));
        }
    }

    private ViewChange sign(ViewChange m) {
        return new ViewChange(m.config(), m.view(), m.stable(), m.prepared(), m.proposed(), id, keys.sign(Codec.toSign(m)));
    }

    private ViewChange claim(ViewChange m) {
        var prepared = new ArrayList<Entry>();
        var proposed = new ArrayList<Entry>();
        for (long sequence = m.stable().sequence() + 1; sequence < m.stable().sequence() + 4; sequence++) {
            if (chance(70)) {
                var entry = new Entry(sequence, node.random().nextLong(m.view()), chance(50) ? Batch.EMPTY.digest() : Digest.of(new byte[] {9}));
                prepared.add(entry);
                proposed.add(entry);
            }
        }
        return sign(new ViewChange(m.config(), m.view(), m.stable(), prepared, proposed, id, new byte[0]));
    }

    private void forge(int to, Message message) {
        var now = replica.members();
        var state = Digest.of(new byte[] {3});
        if (chance(30)) {
            var signatures = new ArrayList<Signed>();
            now.members().forEach(member -> signatures.add(new Signed(member.id(), keys.sign(new byte[] {1}))));
            seal(to, new Message.Stable(List.of(), new Proof(now.number(), replica.executed() + 4, state, signatures)));
            // The same own signature as often as it takes.
            var own = signed(now.number(), replica.executed() + 8, state).signature();
            seal(to, new Message.Stable(List.of(), new Proof(now.number(), replica.executed() + 8, state, List.of(new Signed(id, own),
                    new Signed(id, own), new Signed(id, own)))));
        }
        seal(to, switch (message) {
            case Checkpoint m -> signed(m.config(), m.sequence(), state);
            case NewView m -> {
                var changes = new ArrayList<>(m.changes());
                changes.replaceAll(change -> change.member() == id ? claim(change) : new ViewChange(change.config(), change.view(), change.stable(),
                        List.of(), List.of(), change.member(), change.signature()));
                var unsigned = new NewView(m.config(), m.view(), changes, id, new byte[0]);
                yield new NewView(m.config(), m.view(), changes, id, keys.sign(Codec.toSign(unsigned)));
            }
            case Message.StateChunk m -> new Message.StateChunk(m.sequence(), m.chunk(), new byte[m.bytes().length]);
            case Message.StateManifest m -> new Message.StateManifest(new Message.Manifest(m.manifest().sequence(), m.manifest().members(), 5,
                    List.of(Digest.of(new byte[5]))));
            case Message.BatchData m -> new Message.BatchData(other(m.batch()));
            default -> message;
        });
    }

    @Override
    void answer(String client, Reply reply) {
        if (behaviour == Behaviour.SILENT || behaviour == Behaviour.OMIT && chance(50)) {
            return;
        }
        if (behaviour == Behaviour.LIE_TO_CLIENTS || behaviour == Behaviour.EQUIVOCATE) {
            super.answer(client, new Reply(reply.config(), reply.view() + node.random().nextInt(3), client, reply.sequence(),
                    chance(20) ? Outcome.STALE : Outcome.DONE, new byte[] {'?'}));
            return;
        }
        super.answer(client, reply);
    }
}
