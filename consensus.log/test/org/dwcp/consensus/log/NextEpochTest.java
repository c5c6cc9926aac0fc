// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.dwcp.api.consensus.Consensus;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.GroupSpec;
import org.dwcp.api.consensus.Member;
import org.dwcp.api.consensus.Preparation;
import org.dwcp.api.consensus.Replica;
import org.dwcp.api.consensus.ReplicaSpec;
import org.dwcp.api.consensus.Tolerance;
import org.dwcp.testkit.consensus.TestKeys;
import org.dwcp.testkit.node.TestClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a member holds while a switch is being prepared: one replica of what may come, and no lease longer than that. */
class NextEpochTest {
    private static final List<TestKeys> KEYS = Stream.of("a", "b", "c", "d").map(TestKeys::of).toList();
    private static final List<Member> ALL = KEYS.stream().map(TestKeys::self).sorted().toList();
    private static final GroupSpec SPEC = new GroupSpec("g", "p", ALL, 100, 0);
    private static final EpochHead FIRST = EpochHead.first(SPEC, "p", Tolerance.CRASH);

    @TempDir
    private Path folder;
    private final List<String> calls = new ArrayList<>();
    private String missing = "no leader";
    private volatile int leases;
    private java.util.concurrent.CountDownLatch slow = new java.util.concurrent.CountDownLatch(0);

    private final class Provider implements Consensus {
        @Override
        public Tolerance tolerance() {
            return Tolerance.CRASH;
        }

        @Override
        public Replica open(ReplicaSpec spec, EntryMachine machine) {
            throw new UnsupportedOperationException("nothing is opened here");
        }

        @Override
        public Preparation prepare(ReplicaSpec spec) {
            try {
                slow.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            calls.add("prepare " + spec.epoch() + " of " + spec.members().size());
            assertThat(spec.initial()).isEmpty();
            assertThat(spec.folder()).isDirectory();
            return new Preparation() {
                @Override
                public String missing() {
                    return missing;
                }

                @Override
                public void close() {
                    calls.add("close " + spec.epoch() + " of " + spec.members().size());
                }
            };
        }
    }

    private NextEpoch next() {
        var providers = new Providers() {
            @Override
            public Optional<Held> hold(String name) {
                if (name.equals("none")) {
                    return Optional.empty();
                }
                leases++;
                return Optional.of(new Held() {
                    @Override
                    public Consensus provider() {
                        return new Provider();
                    }

                    @Override
                    public boolean isThere() {
                        return true;
                    }

                    @Override
                    public void close() {
                        leases--;
                    }
                });
            }

            @Override
            public Optional<String> wanted(String group) {
                return Optional.empty();
            }
        };
        return new NextEpoch(new GroupRuntime.Parts(new GroupRecord(SPEC, "p", Tolerance.CRASH, new byte[0]), new Adder(), new ChainStore(folder), KEYS.getFirst(), providers,
                (peer, question) -> new byte[0], new TestClock(), new java.util.Random(1), GroupSettings.DEFAULT, () -> { }));
    }

    @Test
    void asksTheSamePreparationAgainUntilItIsReady() {
        var next = next();

        assertThat(next.prepare(FIRST, "q", ALL)).isEqualTo("no leader");
        missing = "";
        assertThat(next.prepare(FIRST, "q", ALL)).isEmpty();

        assertThat(calls).containsExactly("prepare 2 of 4");
        assertThat(leases).isEqualTo(1);
    }

    @Test
    void letsGoOfOneWhenAnotherIsWanted() {
        var next = next();
        next.prepare(FIRST, "q", ALL);

        next.prepare(FIRST, "q", ALL.subList(0, 3));

        assertThat(calls).containsExactly("prepare 2 of 4", "close 2 of 4", "prepare 2 of 3");
        assertThat(leases).isEqualTo(1);
    }

    @Test
    void letsGoWhenTheEpochHasBegun() {
        var next = next();
        next.prepare(FIRST, "q", ALL);

        next.opened(FIRST);
        assertThat(leases).as("the epoch before was opened anew").isEqualTo(1);
        next.opened(new EpochHead(2, "q", Tolerance.CRASH, ALL, FIRST.genesis()));

        assertThat(calls).containsExactly("prepare 2 of 4", "close 2 of 4");
        assertThat(leases).isZero();
        assertThatThrownBy(() -> next.prepare(FIRST, "q", ALL)).isInstanceOf(ConsensusException.class).hasMessageContaining("any more");
    }

    @Test
    void letsGoOfWhatNoSealCameFor() {
        var next = next();
        next.prepare(FIRST, "q", ALL);
        var now = new TestClock().nanoTime();

        next.expire(now);
        assertThat(leases).isEqualTo(1);
        next.expire(now + 7 * GroupSettings.DEFAULT.prepareTimeout().toNanos());

        assertThat(leases).isZero();
        assertThat(next.prepare(FIRST, "q", ALL)).as("it may be wanted again").isEqualTo("no leader");
    }

    @Test
    void preparesSixteenDifferentEpochsAndRefusesOneMore() {
        var next = next();
        for (int number = 0; number < NextEpoch.DIFFERENT_MAX; number++) {
            next.prepare(FIRST, "q" + number, ALL);
        }

        assertThatThrownBy(() -> next.prepare(FIRST, "r", ALL)).isInstanceOf(ConsensusException.class).hasMessageContaining("16 different");

        assertThat(next.prepare(FIRST, "q3", ALL)).as("one of those that were").isEqualTo("no leader");
        assertThat(leases).isEqualTo(1);
    }

    /** The group's own thread opens and expires: it must not wait for a provider that starts a server. */
    @Test
    void nobodyWaitsForAProviderThatPrepares() throws Exception {
        var next = next();
        slow = new java.util.concurrent.CountDownLatch(1);
        var preparing = Thread.ofVirtual().start(() -> assertThatThrownBy(() -> next.prepare(FIRST, "q", ALL)).isInstanceOf(ConsensusException.class));
        org.awaitility.Awaitility.await().until(() -> leases == 1);

        next.expire(1);
        next.opened(new EpochHead(2, "other", Tolerance.CRASH, ALL, FIRST.genesis()));
        assertThat(leases).isEqualTo(1);
        slow.countDown();
        preparing.join();

        assertThat(leases).as("who prepared in vain lets go").isZero();
        assertThat(calls).containsExactly("prepare 2 of 4", "close 2 of 4");
    }

    @Test
    void holdsNothingAfterARefusalOrItsEnd() {
        var next = next();
        assertThatThrownBy(() -> next.prepare(FIRST, "none", ALL)).isInstanceOf(ConsensusException.class).hasMessageContaining("not installed");
        next.prepare(FIRST, "q", ALL);

        next.close();
        next.close();

        assertThat(leases).isZero();
        assertThatThrownBy(() -> next.prepare(FIRST, "q", ALL)).isInstanceOf(ConsensusException.class);
    }
}
