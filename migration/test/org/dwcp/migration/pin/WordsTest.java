// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.pin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

import org.dwcp.api.NodeId;
import org.dwcp.migration.fake.Samples;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

@Requirement({"R-158", "R-169"})
class WordsTest {
    private static final List<NodeId> NODES = List.of(NodeId.of("porto"), NodeId.of("lisbon"), NodeId.of("faro"));
    private static final int SEEDS = 500;
    private static final int STEPS = 120;

    private static Word.Of version(int number) {
        return new Word.Of("debian", String.format("%064x", number));
    }

    /** Replicas say things at the same time, hear some of each other's words in any order, often twice, and all of them in the end. */
    @Test
    void replicasThatHaveHeardTheSameAreEqualInWhateverOrderItCame() {
        int conflicts = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            var random = Samples.random(seed);
            var replicas = NODES.stream().map(_ -> new Words()).toList();
            var said = new ArrayList<Word>();
            for (int step = 0; step < STEPS; step++) {
                int at = random.nextInt(NODES.size());
                if (random.nextInt(3) > 0) {
                    // The clocks stand up to 50 ms apart, and one of them goes back now and then.
                    said.add(replicas.get(at).say(version(random.nextInt(6)), random.nextBoolean(), "note " + step, 1_000 + step - 50L * at + random.nextInt(20), NODES.get(at)));
                } else {
                    replicas.get(at).takeAll(some(said, random));
                }
            }
            for (var replica : replicas) {
                var all = new ArrayList<>(said);
                Collections.shuffle(all, Random.from(random));
                replica.takeAll(all);
                replica.takeAll(some(said, random));
            }
            assertThat(replicas).as("seed %d", seed).allSatisfy(replica -> assertThat(replica.all()).isEqualTo(replicas.getFirst().all()));
            assertThat(said.stream().map(Word::stamp)).as("seed %d", seed).doesNotHaveDuplicates();
            for (var about : said.stream().map(Word::about).distinct().toList()) {
                var last = said.stream().filter(word -> word.about().equals(about)).max(java.util.Comparator.comparing(Word::stamp)).orElseThrow();
                assertThat(replicas.getLast().on(about)).as("seed %d", seed).contains(last);
            }
            conflicts += said.size() - (int) said.stream().map(Word::about).distinct().count();
        }
        assertThat(conflicts).as("words that another one overruled").isGreaterThan(SEEDS);
    }

    private static List<Word> some(List<Word> said, RandomGenerator random) {
        var some = new ArrayList<Word>();
        for (int i = said.size() / 2; i > 0; i--) {
            some.add(said.get(random.nextInt(said.size())));
        }
        return some;
    }

    @Test
    void whoHasHeardAWordOverrulesItWhateverItsClockSays() {
        var porto = new Words();
        var lisbon = new Words();
        var pinned = porto.say(version(1), true, "template", 9_000, NODES.get(0));

        lisbon.take(pinned);
        var back = lisbon.say(version(1), false, "", 5_000, NODES.get(1));
        porto.take(back);

        assertThat(porto.on(version(1))).contains(back);
        assertThat(porto.take(pinned)).as("the word that was overruled comes once more").isFalse();
        assertThat(porto.of(NODES.get(0))).isEmpty();
        assertThat(porto.of(NODES.get(1))).containsExactly(back);
    }

    @Test
    void takesNoMoreVersionsThanItsLimitAndStillHearsOfThoseItHas() {
        var words = new Words();
        for (int i = 0; i < Words.MAX; i++) {
            words.say(version(i), true, "", i, NODES.get(0));
        }

        assertThat(words.take(new Word(version(Words.MAX), true, "", new Stamp(1_000_000, 0, NODES.get(1))))).isFalse();
        assertThat(words.take(new Word(version(0), false, "", new Stamp(1_000_000, 0, NODES.get(1))))).isTrue();
        words.forget(1_000_001);
        assertThat(words.all()).hasSize(Words.MAX - 1);
    }

    @Test
    void linesReadAsTheyWereWrittenAndWrongOnesAreRefused() {
        var word = new Word(version(255), true, "Ämter und Würden, €", new Stamp(1_700_000_000_000L, 3, NODES.get(2)));
        assertThat(Word.of(word.line())).isEqualTo(word);

        for (var wrong : List.of("", "1\t2", word.line() + "\tmore", word.line().replace('+', '*'), word.line().replace("debian", "../debian"), word.line().replace("debian", ".."),
                word.line().replace("1700000000000", "-1"), word.line().replace("1700000000000", "99999999999999999999"), word.line().replace("00ff", "00fg"),
                word.line().replace("Ämter", "x".repeat(101)), word.line().replace("\t3\t", "\t-3\t"), word.line().replace("Ämter", "a\u0007"))) {
            assertThatThrownBy(() -> Word.of(wrong)).as(wrong).isInstanceOf(RuntimeException.class);
        }
    }
}
