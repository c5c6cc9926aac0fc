// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.dwcp.api.Check;
import org.dwcp.consensus.v3.core.Suspicion.Kind;
import org.dwcp.consensus.v3.message.Codec;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Limits;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Message.Checkpoint;
import org.dwcp.consensus.v3.message.Message.Link;
import org.dwcp.consensus.v3.message.Message.Manifest;
import org.dwcp.consensus.v3.message.Message.Proof;
import org.dwcp.consensus.v3.message.Message.Signed;
import org.dwcp.consensus.v3.message.Message.Stable;
import org.dwcp.consensus.v3.message.Reader;
import org.dwcp.consensus.v3.message.Writer;

/**
 * Checkpoints: takes the state every so many batches, signs its digest when the disk has it, and when a quorum has signed the same forgets what
 * led there. A change of the membership ends with such a checkpoint: only when it is stable, so that those who are behind can be brought over,
 * does the next membership begin.
 */
final class Checkpoints {
    /** Unstable checkpoints kept of one member: a window holds 4, and a change of the membership adds one. */
    private static final int KEPT_MAX = 8;

    /** A state of this replica. */
    record Snapshot(Manifest manifest, Digest digest, byte[] bytes) {
        static Snapshot of(Manifest manifest, byte[] bytes) {
            return new Snapshot(manifest, Codec.digest(manifest), bytes);
        }

        /** Place of the last command in it. */
        long applied() {
            return new Reader(bytes).i64();
        }
    }

    private final Core core;
    private final Replica replica;
    private final Transfer transfer;
    private final TreeMap<Long, Snapshot> snapshots = new TreeMap<>();
    private final Map<Integer, TreeMap<Long, Checkpoint>> words = new HashMap<>();

    Checkpoints(Core core, Replica replica) {
        this.core = core;
        this.replica = replica;
        transfer = new Transfer(core, this);
    }

    /** The first state of a group: known to all, signed by nobody. */
    void begin() {
        var snapshot = snapshot(0);
        snapshots.put(0L, snapshot);
        core.stable = new Proof(core.members.number(), 0, snapshot.digest(), List.of());
        core.base = core.stable;
    }

    private Snapshot snapshot(long sequence) {
        var out = new Writer();
        out.i64(core.applied);
        core.sessions.write(out);
        out.block(core.application.snapshot());
        var bytes = out.bytes();
        Check.state(bytes.length <= (long) Limits.CHUNKS_MAX * Limits.CHUNK_BYTES, "state of %d bytes exceeds %d chunks of %d", bytes.length,
                Limits.CHUNKS_MAX, Limits.CHUNK_BYTES);
        var chunks = new ArrayList<Digest>();
        for (int at = 0; at < bytes.length; at += Limits.CHUNK_BYTES) {
            chunks.add(Digest.of(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + Limits.CHUNK_BYTES))));
        }
        return Snapshot.of(new Manifest(sequence, core.next == null ? core.members : core.next, bytes.length, chunks), bytes);
    }

    /** Where the last state was taken. */
    long last() {
        return snapshots.lastKey();
    }

    /** Takes the state after what was executed last. */
    void take() {
        long sequence = core.executed;
        var snapshot = snapshot(sequence);
        snapshots.put(sequence, snapshot);
        int config = core.members.number();
        core.out.persist(new Record.State(snapshot.manifest(), snapshot.bytes()), () -> {
            if (core.members.number() == config && core.takesPart()) {
                var word = sign(sequence, snapshot.digest());
                receive(word);
                core.out.broadcast(word);
            }
        });
        // Others may have been faster.
        words.values().stream().map(own -> own.get(sequence)).filter(word -> word != null).findFirst().ifPresent(this::prove);
    }

    private Checkpoint sign(long sequence, Digest state) {
        var unsigned = new Checkpoint(core.members.number(), sequence, state, core.self, new byte[0]);
        return new Checkpoint(unsigned.config(), sequence, state, core.self, core.authenticator.sign(Codec.toSign(unsigned)));
    }

    void receive(Checkpoint word) {
        if (word.config() != core.members.number() || word.sequence() <= core.stable.sequence()) {
            return;
        }
        var own = words.computeIfAbsent(word.member(), ignored -> new TreeMap<>());
        var before = own.putIfAbsent(word.sequence(), word);
        if (before != null && !before.state().equals(word.state())) {
            core.watch.tell(word.member(), Kind.EQUIVOCATION, "two states at checkpoint " + word.sequence(), List.of(before, word));
            return;
        }
        if (own.size() > KEPT_MAX) {
            own.pollLastEntry(); // a liar's numbers may be as high as it likes
        }
        prove(word);
    }

    private void prove(Checkpoint like) {
        var signatures = new ArrayList<Signed>();
        words.values().forEach(own -> {
            var word = own.get(like.sequence());
            if (word != null && word.state().equals(like.state()) && core.members.member(word.member()).isPresent()) {
                signatures.add(new Signed(word.member(), word.signature()));
            }
        });
        if (signatures.size() >= core.quorum()) {
            signatures.sort(Comparator.comparingInt(Signed::member));
            proven(new Proof(like.config(), like.sequence(), like.state(), signatures), List.of());
        }
    }

    void receive(Stable message) {
        var ahead = message.links().stream().filter(link -> link.proof().config() >= core.members.number()).toList();
        var proof = message.proof();
        if (!ahead.isEmpty() && core.executed >= ahead.getFirst().proof().sequence()) {
            proven(ahead.getFirst().proof(), List.of()); // this replica closes it too, and may lack only the proof
            ahead = message.links().stream().filter(link -> link.proof().config() >= core.members.number()).toList();
        }
        int config = ahead.isEmpty() ? core.members.number() : ahead.getLast().manifest().members().number();
        boolean isBase = !ahead.isEmpty() && ahead.getLast().proof().sequence() == proof.sequence();
        if (proof.config() == config || isBase) {
            proven(proof, ahead);
        }
    }

    /** A checkpoint is known to be stable: makes it so here, or fetches its state. */
    void proven(Proof proof, List<Link> ahead) {
        if (proof.sequence() <= core.stable.sequence()) {
            return;
        }
        if (core.executed < proof.sequence()) {
            transfer.aim(proof, ahead);
            return;
        }
        var own = snapshots.get(proof.sequence());
        if (own != null) {
            Check.state(own.digest().equals(proof.state()), "own state %s at %d is not the one a quorum signed, %s: this member has gone wrong",
                    own.digest(), proof.sequence(), proof.state());
            stabilize(proof, own);
        }
    }

    private void stabilize(Proof proof, Snapshot own) {
        core.stable = proof;
        core.out.add(new Effect.Stabilized(proof, own.applied()));
        boolean changes = core.closing == proof.sequence();
        if (changes) {
            enter(new Link(proof, own.manifest()));
        } else {
            core.log.discard(proof.sequence());
        }
        forget(proof.sequence());
        compact();
        replica.renewed();
    }

    private void forget(long stable) {
        snapshots.headMap(stable, false).clear();
        words.values().forEach(own -> own.headMap(stable, true).clear());
        transfer.reached(stable);
    }

    /** The next membership begins, in its first view and with nothing voted for. */
    private void enter(Link link) {
        core.links.add(link);
        if (core.links.size() > Limits.LINKS_MAX) {
            core.links.removeFirst();
        }
        var before = core.members;
        core.members = link.manifest().members();
        core.pending.keep(client -> sameKey(before.clientKey(client), core.members.clientKey(client)));
        core.base = link.proof();
        core.turn();
        core.view = 0;
        core.active = true;
        core.newView = null;
        core.chosen = new TreeMap<>();
        core.leaving = null;
        core.changesInRow = 0;
        core.closing = -1;
        core.next = null;
        core.nextSequence = Math.max(core.executed, link.proof().sequence()) + 1;
        core.log.clear();
        core.pending.forgetProposals();
        words.clear();
        replica.left();
        core.out.stop(Timer.NEW_VIEW);
        core.application.changed(core.applied, core.members);
        core.out.add(new Effect.Members(core.members, core.base));
        core.out.add(new Effect.Entered(core.members.number(), 0, core.leader()));
    }

    private static boolean sameKey(Optional<byte[]> before, Optional<byte[]> now) {
        return before.isPresent() && now.isPresent() && Arrays.equals(before.get(), now.get());
    }

    /** What the disk must keep, and no more. */
    private void compact() {
        var records = new ArrayList<Record>();
        records.add(new Record.Boot());
        core.links.forEach(link -> records.add(new Record.Changed(link)));
        records.add(new Record.Stable(core.stable));
        if (core.newView != null) {
            records.add(new Record.Entering(core.newView));
        }
        if (core.leaving != null) {
            records.add(new Record.Leaving(core.leaving));
        }
        core.log.proposed().forEach(entry -> core.log.batch(entry.digest())
                .ifPresent(batch -> records.add(new Record.Accepted(entry.view(), entry.sequence(), batch))));
        core.log.prepared().forEach(entry -> records.add(new Record.Prepared(entry.view(), entry.sequence(), entry.digest())));
        core.out.add(new Effect.Compact(records));
        if (!core.isKept()) {
            long turn = core.turn();
            core.out.persist(new Record.Boot(), () -> {
                core.keep(turn);
                replica.propose();
            });
        }
    }

    /** A state that a quorum has signed takes the place of the own one. */
    void install(Proof proof, List<Link> ahead, Manifest manifest, byte[] bytes) {
        load(bytes);
        core.executed = proof.sequence();
        core.stable = proof;
        core.closing = -1;
        core.next = null;
        core.nextSequence = Math.max(core.nextSequence, proof.sequence() + 1);
        snapshots.clear();
        snapshots.put(proof.sequence(), Snapshot.of(manifest, bytes));
        core.out.persist(new Record.State(manifest, bytes));
        boolean closes = manifest.members().number() > proof.config();
        for (var link : ahead) {
            if (link.proof().sequence() < proof.sequence() || closes) {
                enter(link);
            }
        }
        if (closes && core.members.number() < manifest.members().number()) {
            enter(new Link(proof, manifest));
        }
        core.log.discard(proof.sequence());
        core.pending.oldest(Integer.MAX_VALUE).stream().filter(request -> core.sessions.answer(request.client(), request.sequence()).isPresent())
                .forEach(request -> core.pending.remove(request.client(), request.sequence()));
        forget(proof.sequence());
        core.out.add(new Effect.Installed(proof.sequence(), proof.state()));
        core.out.add(new Effect.Stabilized(proof, core.applied));
        compact();
        replica.renewed();
    }

    /** Puts a state in place of the own one. */
    void load(byte[] bytes) {
        var in = new Reader(bytes);
        core.applied = in.i64();
        core.sessions.read(in);
        core.application.install(core.applied, in.block(Integer.MAX_VALUE));
        in.end();
    }

    // ---- others

    void receive(Message.StateManifest message) {
        transfer.receive(message.manifest());
    }

    void receive(int from, Message.StateChunk message) {
        transfer.receive(from, message);
    }

    void tick() {
        transfer.tick();
    }

    /** Gives a piece of a state, or says which state there is instead. */
    void serve(int from, Message.FetchState wanted) {
        var snapshot = snapshots.get(wanted.sequence());
        if (snapshot == null || wanted.sequence() > core.stable.sequence()) {
            if (core.stable.sequence() > wanted.sequence()) {
                core.out.send(from, announce());
            }
            return;
        }
        if (wanted.chunk() < 0) {
            core.out.send(from, new Message.StateManifest(snapshot.manifest()));
        } else if (wanted.chunk() < snapshot.manifest().chunks().size()) {
            int at = wanted.chunk() * Limits.CHUNK_BYTES;
            core.out.send(from, new Message.StateChunk(wanted.sequence(), wanted.chunk(),
                    Arrays.copyOfRange(snapshot.bytes(), at, Math.min(snapshot.bytes().length, at + Limits.CHUNK_BYTES))));
        }
    }

    Stable announce() {
        return new Stable(core.links, core.stable);
    }

    /** Own words on checkpoints that are not stable yet, above a number. */
    List<Checkpoint> ownAbove(long sequence) {
        var own = words.get(core.self);
        return own == null ? List.of() : List.copyOf(own.tailMap(sequence, false).values());
    }

    void restore(Snapshot snapshot) {
        snapshots.clear();
        snapshots.put(snapshot.manifest().sequence(), snapshot);
    }
}
