// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.v3.core;

import java.util.List;

import org.dwcp.api.Check;
import org.dwcp.consensus.v3.auth.Authenticator;
import org.dwcp.consensus.v3.core.Suspicion.Kind;
import org.dwcp.consensus.v3.message.Batch;
import org.dwcp.consensus.v3.message.Digest;
import org.dwcp.consensus.v3.message.Membership;
import org.dwcp.consensus.v3.message.Message;
import org.dwcp.consensus.v3.message.Message.Phase;
import org.dwcp.consensus.v3.message.Message.PrePrepare;
import org.dwcp.consensus.v3.message.Message.Proof;
import org.dwcp.consensus.v3.message.Message.Reply;
import org.dwcp.consensus.v3.message.Message.Vote;
import org.dwcp.consensus.v3.message.Request;

/**
 * One member of a group: the normal case, and the hand that leads the parts for view changes and checkpoints. One thread.
 *
 * <p>A proposal is not a vote: a leader sends PRE-PREPARE while it writes, and its PREPARE, like everybody's, when its disk has it. A leader that
 * comes back from a crash does not remember what it proposed without a vote, so it leaves its view at once and never contradicts itself.
 */
public final class Replica {
    private final Core core;
    private final Executor executor;
    private final Requests requests;
    private final Checkpoints checkpoints;
    private final Views views;
    private final Neighbours neighbours;
    private boolean recovered;

    /**
     * Makes a replica that has not begun.
     *
     * @param self          own id in the membership
     * @param settings      bounds
     * @param rules         {@link Rules#PBFT}
     * @param authenticator signs and checks
     * @param application   what is replicated, in its first state
     * @param members       the membership it begins with, trusted
     * @throws org.dwcp.api.DwcpException of kind REJECTED when self is no member
     */
    public Replica(int self, Settings settings, Rules rules, Authenticator authenticator, Application application, Membership members) {
        core = new Core(self, settings, rules, authenticator, application, members);
        requests = new Requests(core, this);
        checkpoints = new Checkpoints(core, this);
        executor = new Executor(core, checkpoints);
        views = new Views(core, this, checkpoints);
        neighbours = new Neighbours(core, checkpoints);
        checkpoints.begin();
    }

    /**
     * Takes up what the disk holds, before {@link Event.Started}.
     *
     * @param records what was persisted, oldest first; states in any place
     * @throws org.dwcp.api.DwcpException of kind BROKEN when the records contradict each other
     */
    public void recover(List<Record> records) {
        if (records.isEmpty()) {
            return;
        }
        requests.open();
        recovered = true;
        Recovery.read(core, checkpoints, views, records);
    }

    /** Does what follows from an event. */
    public List<Effect> step(Event event) {
        switch (event) {
            case Event.Started e -> start();
            case Event.Asked e -> requests.ask(e.request(), 0);
            case Event.Received e -> {
                if (core.watch.admit(e.from())) {
                    receive(e.from(), e.message());
                }
            }
            case Event.Persisted e -> core.out.persisted(e.token());
            case Event.Expired e -> {
                if (core.out.expired(e.timer(), e.generation())) {
                    expire(e.timer());
                }
            }
            case Event.Refused e -> {
                if (core.watch.admit(e.from()) && e.proven()) {
                    core.watch.tell(e.from(), Kind.BAD_SIGNATURE, e.why(), List.of());
                }
            }
        }
        return core.out.drain();
    }

    private void start() {
        core.out.start(Timer.STATUS, core.settings.statusMs());
        if (!recovered) {
            // Nothing may be said before this is known to have begun: an empty log means that nothing ever was.
            core.out.persist(new Record.Boot(), () -> {
                requests.open();
                core.out.add(new Effect.Entered(core.members.number(), core.view, core.leader()));
                requests.propose();
            });
            return;
        }
        core.out.add(new Effect.Members(core.members, core.base));
        executeReady();
        if (core.leads()) {
            views.leave(core.view + 1); // see the class comment
        } else if (core.leaving != null) {
            views.resume();
        }
    }

    private void receive(int from, Message message) {
        switch (message) {
            case Request m -> requests.ask(m, from);
            case PrePrepare m -> prePrepare(from, m);
            case Vote m -> vote(from, m);
            case Message.Checkpoint m -> checkpoints.receive(m);
            case Message.ViewChange m -> views.receive(m);
            case Message.NewView m -> views.receive(from, m);
            case Message.Status m -> neighbours.help(from, m);
            case Message.FetchBatch m -> core.log.batch(m.digest()).ifPresent(batch -> core.out.send(from, new Message.BatchData(batch)));
            case Message.BatchData m -> batch(m.batch());
            case Message.Stable m -> checkpoints.receive(m);
            case Message.FetchState m -> checkpoints.serve(from, m);
            case Message.StateManifest m -> checkpoints.receive(m);
            case Message.StateChunk m -> checkpoints.receive(from, m);
            case Reply m -> core.watch.tell(from, Kind.BAD_CONTENT, "a reply, which goes to clients", List.of());
        }
    }

    private void expire(Timer timer) {
        switch (timer) {
            case REQUEST -> {
                requests.expired();
                if (core.active && core.takesPart()) {
                    views.leave(core.view + 1);
                }
            }
            case NEW_VIEW -> {
                if (!core.active) {
                    views.leave(core.view + 1);
                }
            }
            case STATUS -> {
                core.out.start(Timer.STATUS, core.settings.statusMs());
                core.watch.tick();
                core.pending.refill();
                core.out.broadcast(neighbours.status());
                core.log.missing(core.executed).forEach(digest -> core.out.broadcast(new Message.FetchBatch(digest)));
                checkpoints.tick();
                adopt();
                requests.propose();
                requests.await();
            }
        }
    }

    // ---- agreement

    private void prePrepare(int from, PrePrepare m) {
        if (m.config() != core.members.number() || m.view() < core.view) {
            core.watch.stale(from, m.view());
            return;
        }
        if (!core.active || m.view() != core.view || from != core.leader() || !core.inWindow(m.sequence()) || !core.takesPart()) {
            return;
        }
        var digest = m.batch().digest();
        if (views.contradicts(m.sequence(), digest)) {
            core.watch.tell(from, Kind.BAD_CONTENT, "proposes " + digest + " at " + m.sequence() + " against its own new view", List.of());
            return;
        }
        var slot = core.log.slot(m.sequence());
        if (slot.proposal != null && !slot.proposal.digest().equals(digest)) {
            core.watch.tell(from, Kind.EQUIVOCATION, "proposed " + digest + " at " + m.sequence() + " in view " + core.view + ", where it proposed "
                    + slot.proposal.digest(), List.of());
            return;
        }
        if (slot.decided != null && !slot.decided.digest().equals(digest)) {
            return; // no lie: a later view, in which others are, may have decided otherwise
        }
        core.log.keep(digest, m.batch());
        suggest(m.sequence(), digest);
        executeReady(); // it may have been decided before its batch came
        requests.await();
    }

    /** The current view suggests a digest for a sequence number. Voted for as soon as its batch is here. */
    void suggest(long sequence, Digest digest) {
        var slot = core.log.slot(sequence);
        if (slot.proposal == null) {
            slot.proposal = new Slot.Choice(core.view, digest);
        }
        var batch = core.log.batch(digest);
        if (batch.isEmpty()) {
            core.out.broadcast(new Message.FetchBatch(digest));
            return;
        }
        if (slot.accepted || !core.takesPart()) {
            return;
        }
        slot.accepted = true;
        batch.get().requests().forEach(core.pending::propose);
        core.log.proposed(sequence, core.view, digest);
        var vote = new Vote(Phase.PREPARE, core.members.number(), core.view, sequence, digest);
        core.out.persist(new Record.Accepted(core.view, sequence, batch.get()), () -> cast(vote));
        prepareIfAgreed(slot);
    }

    /** Votes, unless the view has ended while the disk wrote: then the view change has told what this vote would have said. */
    private void cast(Vote vote) {
        if (vote.config() != core.members.number() || vote.view() != core.view || !core.active || !core.inWindow(vote.sequence())) {
            return;
        }
        core.log.slot(vote.sequence()).vote(vote.phase(), core.self, new Slot.Choice(vote.view(), vote.digest()));
        core.out.broadcast(vote);
        agreed(vote.phase(), core.log.slot(vote.sequence()));
    }

    private void vote(int from, Vote m) {
        if (m.config() != core.members.number() || !core.inWindow(m.sequence())) {
            return;
        }
        if (m.view() < core.view) {
            core.watch.stale(from, m.view());
        }
        var slot = core.log.slot(m.sequence());
        switch (slot.vote(m.phase(), from, new Slot.Choice(m.view(), m.digest()))) {
            case NEW -> agreed(m.phase(), slot);
            case OLD -> { }
            case CONTRADICTION -> core.watch.tell(from, Kind.EQUIVOCATION, "two votes " + m.phase() + " at " + m.sequence() + " in view "
                    + m.view(), List.of());
        }
    }

    private void agreed(Phase phase, Slot slot) {
        switch (phase) {
            case PREPARE -> prepareIfAgreed(slot);
            case COMMIT -> slot.committed(core.quorum()).ifPresent(choice -> decide(slot, choice));
            case DECIDED -> slot.claimed(core.members.weak()).ifPresent(choice -> decide(slot, choice));
        }
    }

    /**
     * Takes up proposals of the present view that the leader kept from this member: what f + 1 members have prepared, a correct one had from the
     * leader. Without it a member could stay behind for as long as nothing else is ordered.
     */
    private void adopt() {
        if (!core.active || !core.takesPart()) {
            return;
        }
        for (var slot : List.copyOf(core.log.above(core.executed))) {
            if (slot.proposal == null && core.inWindow(slot.sequence)) {
                slot.prepared(core.view, core.members.weak()).filter(digest -> !views.contradicts(slot.sequence, digest))
                        .ifPresent(digest -> suggest(slot.sequence, digest));
            }
        }
    }

    private void prepareIfAgreed(Slot slot) {
        if (!core.active || slot.prepared || !slot.accepted || slot.count(Phase.PREPARE, slot.proposal) < core.quorum()) {
            return;
        }
        slot.prepared = true;
        core.log.prepared(slot.sequence, core.view, slot.proposal.digest());
        var vote = new Vote(Phase.COMMIT, core.members.number(), core.view, slot.sequence, slot.proposal.digest());
        core.out.persist(new Record.Prepared(core.view, slot.sequence, slot.proposal.digest()), () -> cast(vote));
    }

    private void decide(Slot slot, Slot.Choice choice) {
        if (slot.decided != null) {
            Check.state(slot.decided.digest().equals(choice.digest()), "two decisions at %d: %s and %s; more than f = %d members lie",
                    slot.sequence, slot.decided.digest(), choice.digest(), core.members.faulty());
            return;
        }
        slot.decided = choice;
        if (core.log.batch(choice.digest()).isEmpty()) {
            core.out.broadcast(new Message.FetchBatch(choice.digest()));
        }
        executeReady();
    }

    private void batch(Batch batch) {
        for (var digest : core.log.missing(core.executed)) {
            if (core.rules.matches(digest, batch)) {
                core.log.keep(digest, batch);
                for (var slot : List.copyOf(core.log.above(core.stable.sequence()))) {
                    if (slot.proposal != null && slot.proposal.digest().equals(digest)) {
                        suggest(slot.sequence, digest);
                    }
                }
                executeReady();
            }
        }
    }

    /** Executes what is decided, in order. */
    void executeReady() {
        long before = core.executed;
        while (executor.next()) {
            core.changesInRow = 0;
        }
        if (core.executed != before || requests.waits()) {
            requests.await();
        }
        if (core.executed != before) {
            requests.propose();
        }
    }

    /** A view has begun: what it begins with is taken up, and requests go to who leads now. */
    void entered() {
        renewed();
        if (core.active && !core.leads() && core.takesPart()) {
            core.pending.oldest(core.settings.batchRequests()).forEach(request -> core.out.send(core.leader(), request));
        }
    }

    /** The window has moved: what the view begins with and did not fit before is taken up. */
    void renewed() {
        core.chosen.forEach((sequence, digest) -> {
            if (core.active && core.inWindow(sequence)) {
                var decided = core.log.slot(sequence).decided;
                Check.state(decided == null || decided.digest().equals(digest), "view %d begins with %s at %d where %s was decided; more than"
                        + " f = %d members lie", core.view, digest, sequence, decided == null ? null : decided.digest(), core.members.faulty());
                suggest(sequence, digest);
            }
        });
        executeReady();
        requests.await();
        requests.propose();
    }

    /** The disk has that the view has begun. */
    void propose() {
        requests.propose();
    }

    /** The view is left: nobody is waited for until the next one has begun. */
    void left() {
        requests.left();
    }

    // ---- for observers

    /** The last sequence number that was executed. */
    public long executed() {
        return core.executed;
    }

    /** Place of the last command that was applied. */
    public long applied() {
        return core.applied;
    }

    /** The view, begun or not. */
    public long view() {
        return core.view;
    }

    /** Whether the view has begun here. */
    public boolean active() {
        return core.active;
    }

    /** The last stable checkpoint. */
    public Proof stable() {
        return core.stable;
    }

    /** The membership in force. */
    public Membership members() {
        return core.members;
    }

    /** What the membership in force began with. */
    public Proof base() {
        return core.base;
    }

    /** Requests that wait here to be executed. */
    public int waiting() {
        return core.pending.size();
    }

    /** Answers a question from the own state, however old that is. */
    public byte[] stale(byte[] question) {
        Check.argument(question != null, "no question");
        return core.application.query(question);
    }
}
