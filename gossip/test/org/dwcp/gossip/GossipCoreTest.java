// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

/** One node: what it takes, refuses, passes on and forgets. */
class GossipCoreTest {
    private static final NodeId LISBON = NodeId.of("lisbon");
    private static final NodeId PORTO = NodeId.of("porto");
    private static final NodeId FARO = NodeId.of("faro");
    private static final long NOW = 1_790_000_000_000L;
    private static final long HOUR = 3_600_000;

    private final GossipCore core = core(GossipSettings.DEFAULT);

    private static GossipCore core(GossipSettings settings) {
        return new GossipCore(LISBON, settings, new FakeSeal(LISBON), new SplittableRandom(1));
    }

    private static SignedValue value(NodeId owner, String name, long version, long expires, String text) {
        return new FakeSeal(owner).sign(new SignedValue(owner, name, version, NOW, expires, false, text.getBytes(StandardCharsets.UTF_8), new byte[0], new byte[0]));
    }

    private static SignedValue removal(NodeId owner, String name, long version, long expires) {
        return new FakeSeal(owner).sign(new SignedValue(owner, name, version, NOW, expires, true, new byte[0], new byte[0], new byte[0]));
    }

    private List<Effect> push(GossipCore to, NodeId from, SignedValue value) {
        return to.step(new Event.Received(from, new Message.Value(value, 0, true)), NOW);
    }

    private List<Effect> push(NodeId from, SignedValue value) {
        return push(core, from, value);
    }

    private void join(NodeId... peers) {
        for (var peer : peers) {
            core.step(new Event.Received(peer, new Message.Join()), NOW);
        }
    }

    private String text(NodeId owner, String name) {
        return core.find(owner, name).map(held -> new String(held.value().bytes(), StandardCharsets.UTF_8)).orElse("none");
    }

    @Test
    void passesANewValueOnOnceAndTellsOfIt() {
        join(PORTO, FARO);

        var first = push(PORTO, value(PORTO, "a", 1, NOW + HOUR, "one"));
        var again = push(PORTO, value(PORTO, "a", 1, NOW + HOUR, "one"));

        assertThat(first).filteredOn(Effect.Changed.class::isInstance).hasSize(1);
        assertThat(first).filteredOn(effect -> effect instanceof Effect.Send(NodeId to, Message.Value sent) && to.equals(FARO) && sent.hops() == 1).hasSize(1);
        assertThat(again).containsExactly(new Effect.Send(PORTO, new Message.Prune()));
        assertThat(core.figure(Figure.REPEATED_VALUES)).isEqualTo(1);
    }

    @Test
    void keepsTheNewerVersionAndAnswersAnOlderOneWithIt() {
        join(PORTO);
        push(PORTO, value(PORTO, "a", 2, NOW + HOUR, "two"));

        var answer = push(FARO, value(PORTO, "a", 1, NOW + HOUR, "one"));

        assertThat(text(PORTO, "a")).isEqualTo("two");
        assertThat(core.figure(Figure.OLDER_VALUES)).isEqualTo(1);
        assertThat(answer).anyMatch(effect -> effect instanceof Effect.Send(NodeId to, Message.Value sent) && to.equals(FARO) && sent.value().version() == 2);
    }

    @Test
    void twoContentsUnderOneVersionEndTheSameWhicheverCameFirst() {
        var one = value(PORTO, "a", 1, NOW + HOUR, "one");
        var two = value(PORTO, "a", 1, NOW + HOUR, "two");
        var other = core(GossipSettings.DEFAULT);

        push(core, PORTO, one);
        push(core, PORTO, two);
        push(other, PORTO, two);
        push(other, PORTO, one);

        assertThat(core.find(PORTO, "a").orElseThrow().value().digest()).isEqualTo(other.find(PORTO, "a").orElseThrow().value().digest());
    }

    @Test
    @Requirement("R-071")
    void refusesForgedValuesAndStopsListeningAfterThree() {
        join(PORTO);
        var good = value(FARO, "a", 1, NOW + HOUR, "right");
        for (int i = 1; i <= 3; i++) {
            assertThat(core.neighbours()).contains(PORTO);
            push(PORTO, value(FARO, "a", i, NOW + HOUR, "wrong").with(new byte[] {1}, new byte[8]));
        }

        assertThat(core.neighbours()).isEmpty();
        assertThat(push(PORTO, good)).isEmpty();
        assertThat(text(FARO, "a")).isEqualTo("none");
        assertThat(core.figure(Figure.REFUSED_SIGNATURE)).isEqualTo(3);
        assertThat(core.figure(Figure.REFUSED_BANNED)).isEqualTo(1);
        assertThat(core.figure(Figure.BANNED_NODES)).isEqualTo(1);
        for (int round = 0; round < 301; round++) {
            core.step(new Event.Tick(), NOW);
        }
        push(PORTO, good);
        assertThat(text(FARO, "a")).isEqualTo("right");
    }

    @Test
    @Requirement("R-071")
    void refusesAnUnsignedValueWithoutBlamingWhoBroughtIt() {
        join(PORTO);

        for (int i = 1; i <= 100; i++) {
            push(PORTO, value(FARO, "a", i, NOW + HOUR, "x").with(new byte[0], new byte[0]));
        }

        assertThat(text(FARO, "a")).isEqualTo("none");
        assertThat(core.figure(Figure.REFUSED_CERTIFICATE)).isEqualTo(32);
        assertThat(core.figure(Figure.REFUSED_RATE)).isEqualTo(68);
        assertThat(core.neighbours()).contains(PORTO);
    }

    @Test
    void aForgerDoesNotUseUpWhatTheOwnerMayWrite() {
        for (int i = 0; i < 2; i++) {
            push(PORTO, value(FARO, "a", 1 + i, NOW + HOUR, "x").with(new byte[] {1}, new byte[8]));
        }
        for (int i = 1; i <= 33; i++) {
            push(FARO, value(FARO, "a", 10 + i, NOW + HOUR, "version " + i));
        }

        assertThat(text(FARO, "a")).isEqualTo("version 32");
        assertThat(core.figure(Figure.REFUSED_RATE)).isEqualTo(1);
    }

    @Test
    void takesSixteenNamesOfAnOwnerAndNotOneMore() {
        for (int i = 0; i < Gossip.NAMES_MAX + 1; i++) {
            push(PORTO, value(PORTO, "name-" + i, 1, NOW + HOUR, "x"));
        }
        push(PORTO, value(PORTO, "name-3", 2, NOW + HOUR, "newer"));

        assertThat(core.list()).hasSize(Gossip.NAMES_MAX);
        assertThat(core.figure(Figure.REFUSED_LIMIT)).isEqualTo(1);
        assertThat(text(PORTO, "name-3")).isEqualTo("newer");
    }

    @Test
    void takesSoManyValuesAndBytesAndNotOneMore() {
        var small = core(new GossipSettings(1_000, 6, 30, 16, 1 << 20));
        for (int i = 0; i < 17; i++) {
            push(small, PORTO, value(NodeId.of("n" + i), "a", 1, NOW + HOUR, "x"));
        }
        assertThat(small.list()).hasSize(16);
        assertThatThrownBy(() -> small.step(new Event.Put("own", new byte[1], HOUR), NOW)).isInstanceOf(DwcpException.class).hasMessageContaining("values.max");

        var tight = core(new GossipSettings(1_000, 6, 30, 1_000, 1 << 20));
        for (int i = 0; i < 100; i++) {
            push(tight, PORTO, value(NodeId.of("n" + i), "a", 1, NOW + HOUR, "x".repeat(Gossip.VALUE_BYTES_MAX)));
        }
        assertThat(tight.figures().get("values.bytes")).isBetween(1_000_000L, 1L << 20);
        assertThat(tight.figure(Figure.REFUSED_LIMIT)).isEqualTo(100 - tight.list().size());
    }

    @Test
    void ownNamesAreLimitedToo() {
        for (int i = 0; i < Gossip.NAMES_MAX; i++) {
            core.step(new Event.Put("name-" + i, new byte[1], HOUR), NOW);
        }

        assertThatThrownBy(() -> core.step(new Event.Put("more", new byte[1], HOUR), NOW)).isInstanceOf(DwcpException.class).hasMessageContaining("one more than the 16");

        core.step(new Event.Put("name-3", new byte[2], HOUR), NOW);
        assertThat(core.find(LISBON, "name-3").orElseThrow().value().bytes()).hasSize(2);
    }

    @Test
    void aReplayCannotBringBackWhatWasRemoved() {
        var before = value(PORTO, "a", 1, NOW + HOUR, "old");
        push(PORTO, before);

        var gone = push(PORTO, removal(PORTO, "a", 2, NOW + HOUR));
        push(FARO, before);

        assertThat(gone).contains(new Effect.Gone(PORTO, "a"));
        assertThat(text(PORTO, "a")).isEqualTo("none");
        core.step(new Event.Tick(), NOW + HOUR);
        assertThat(core.figures()).containsEntry("values.count", 0L);
        core.step(new Event.Received(FARO, new Message.Value(before, 0, true)), NOW + HOUR);
        assertThat(text(PORTO, "a")).isEqualTo("none");
        assertThat(core.figure(Figure.REFUSED_EXPIRY)).isEqualTo(1);
    }

    @Test
    void ownRemovalOutlivesEverythingThatWasSaidBefore() {
        core.step(new Event.Put("a", new byte[1], 10 * HOUR), NOW);
        core.step(new Event.Put("a", new byte[2], HOUR), NOW + 1);
        assertThat(core.find(LISBON, "a").orElseThrow().value().expiresMs()).isEqualTo(NOW + 10 * HOUR);

        var effects = core.step(new Event.Remove("a"), NOW + 2);

        assertThat(effects).contains(new Effect.Gone(LISBON, "a"));
        assertThat(core.list()).isEmpty();
        core.step(new Event.Tick(), NOW + 10 * HOUR - 1);
        assertThat(core.figures()).containsEntry("values.count", 1L);
        core.step(new Event.Put("a", new byte[3], HOUR), NOW + 3);
        assertThat(core.list()).hasSize(1);
    }

    @Test
    void refusesALifeThatIsOverOrTooLong() {
        long longest = NOW + Gossip.LIFE_MAX.toMillis() + ValueStore.SKEW_MS;
        push(PORTO, value(PORTO, "over", 1, NOW, "x"));
        push(PORTO, value(PORTO, "last-moment", 1, NOW + 1, "x"));
        push(PORTO, value(PORTO, "long", 1, longest, "x"));
        push(PORTO, value(PORTO, "too-long", 1, longest + 1, "x"));

        assertThat(core.list()).extracting(held -> held.value().name()).containsExactly("last-moment", "long");
        assertThat(core.figure(Figure.REFUSED_EXPIRY)).isEqualTo(2);
    }

    @Test
    void renewsAnOwnValueAtHalfItsLife() {
        core.step(new Event.Put("a", new byte[1], HOUR), NOW);
        core.step(new Event.Tick(), NOW + HOUR / 2 - 1);
        assertThat(core.find(LISBON, "a").orElseThrow().value().writtenMs()).isEqualTo(NOW);

        core.step(new Event.Tick(), NOW + HOUR / 2);

        assertThat(core.find(LISBON, "a").orElseThrow().value().expiresMs()).isEqualTo(NOW + HOUR / 2 + HOUR);
    }

    @Test
    void aNodeThatWasStartedAgainGoesBeyondWhatItHadSaid() {
        core.step(new Event.Put("a", "now".getBytes(), HOUR), NOW);
        push(PORTO, value(LISBON, "a", NOW + 5_000, NOW + HOUR, "before"));
        push(PORTO, value(LISBON, "forgotten", 1, NOW + HOUR, "of an earlier life"));

        core.step(new Event.Tick(), NOW + 1);

        assertThat(text(LISBON, "a")).isEqualTo("now");
        assertThat(core.find(LISBON, "a").orElseThrow().value().version()).isEqualTo(NOW + 5_001);
        core.step(new Event.Remove("forgotten"), NOW + 2);
        assertThat(text(LISBON, "forgotten")).isEqualTo("none");
    }

    @Test
    void asksForWhatWasAnnouncedAndDidNotCome() {
        join(PORTO, FARO);
        var value = value(FARO, "a", 1, NOW + HOUR, "x");
        core.step(new Event.Received(PORTO, new Message.IHave(List.of(value.mark()))), NOW);

        assertThat(core.step(new Event.Tick(), NOW)).noneMatch(effect -> effect instanceof Effect.Send(var _, Message.Graft _));
        assertThat(core.step(new Event.Tick(), NOW)).contains(new Effect.Send(PORTO, new Message.Graft(List.of(value.mark()))));
    }

    @Test
    void findsByComparisonWhatNobodyPushed() {
        var other = new GossipCore(PORTO, GossipSettings.DEFAULT, new FakeSeal(PORTO), new SplittableRandom(2));
        for (int i = 0; i < 700; i++) {
            push(core, FARO, value(NodeId.of("left-" + i), "a", 1, NOW + HOUR, "x"));
            push(other, FARO, value(NodeId.of("right-" + i), "a", 1, NOW + HOUR, "y"));
        }

        int rounds = 0;
        while (rounds++ < 20 && core.list().size() + other.list().size() < 2_800) {
            core.step(new Event.Tick(), NOW);
            other.step(new Event.Tick(), NOW);
            exchange(core, LISBON, other, PORTO, new Effect.Send(PORTO, digestOf(core)));
        }

        assertThat(core.list()).hasSize(1_400);
        assertThat(other.list()).hasSize(1_400);
    }

    private static Message digestOf(GossipCore core) {
        return core.step(new Event.Received(NodeId.of("asker"), new Message.Join()), NOW).stream().filter(Effect.Send.class::isInstance).map(Effect.Send.class::cast)
                .map(Effect.Send::message).filter(Message.Digest.class::isInstance).findFirst().orElseThrow();
    }

    /** Carries messages to and fro until nobody says anything more. */
    private static void exchange(GossipCore left, NodeId leftId, GossipCore right, NodeId rightId, Effect.Send first) {
        var waiting = new java.util.ArrayDeque<Effect.Send>(List.of(first));
        while (!waiting.isEmpty()) {
            var send = waiting.poll();
            boolean toRight = send.to().equals(rightId);
            var effects = (toRight ? right : left).step(new Event.Received(toRight ? leftId : rightId, send.message()), NOW);
            effects.stream().filter(Effect.Send.class::isInstance).map(Effect.Send.class::cast).filter(next -> next.to().equals(leftId) || next.to().equals(rightId))
                    .forEach(waiting::add);
        }
    }

    @Test
    void aPeerThatAsksForEverythingGetsABoundedPartInARound() {
        for (int i = 0; i < 100; i++) {
            push(FARO, value(NodeId.of("n" + i), "a", 1, NOW + HOUR, "x".repeat(Gossip.VALUE_BYTES_MAX)));
        }
        var marks = core.list().stream().map(held -> held.value().mark()).toList();

        long sent = core.step(new Event.Received(PORTO, new Message.Want(marks)), NOW).stream().filter(effect -> effect instanceof Effect.Send(var _, Message.Value _)).count();
        var more = core.step(new Event.Received(PORTO, new Message.Want(marks)), NOW);

        assertThat(sent).isBetween(20L, 32L);
        assertThat(more).isEmpty();
        assertThat(core.figure(Figure.HELD_BACK)).isEqualTo(2);
    }

    @Test
    void onlySoManyPushThemselvesInAsNeighboursInARound() {
        for (int i = 0; i < 100; i++) {
            join(NodeId.of("n" + i));
        }

        assertThat(core.neighbours()).hasSize(6).allMatch(peer -> Integer.parseInt(peer.value().substring(1)) < 22);

        var refused = core.step(new Event.Received(PORTO, new Message.Join()), NOW);
        assertThat(refused).contains(new Effect.Send(PORTO, new Message.NeighbourReply(false)));
        assertThat(refused).anyMatch(effect -> effect instanceof Effect.Send(var _, Message.ShuffleReply reply) && !reply.nodes().isEmpty());
    }
}
