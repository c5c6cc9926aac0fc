// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import org.dwcp.api.consensus.Group;
import org.dwcp.api.node.NodeClock;
import org.dwcp.testkit.sim.Linearizability;
import org.dwcp.testkit.sim.Registers;

/**
 * Clients that append words that nobody else appends and read, one operation at a time each, and note what they saw: afterwards each word that was acknowledged must be in
 * the text once, each other one at most once, and there must be an order that explains all answers. Six texts grow at a time, and six others when they are long.
 */
final class Load implements AutoCloseable {
    private static final int KEYS = 6;
    /** Words after which other texts grow: each answer is a whole text. */
    private static final int WORDS_MAX = 200 * KEYS;

    private final NodeClock clock;
    private final ConcurrentLinkedQueue<Linearizability.Operation<Registers.Input, String>> history = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Long> ends = new ConcurrentLinkedQueue<>();
    private final ConcurrentSkipListMap<Long, String> notes = new ConcurrentSkipListMap<>();
    private final AtomicInteger words = new AtomicInteger();
    private final List<Thread> clients = new ArrayList<>();
    private final List<AtomicInteger> answers = new ArrayList<>();
    private final long pauseMs;
    private volatile boolean over;

    Load(NodeClock clock, long pauseMs) {
        this.clock = clock;
        this.pauseMs = pauseMs;
    }

    /** What a client talks to. Both may fail, and then nobody knows whether something was appended, unless it is a {@link ConnectException}: there was nobody to ask. */
    interface Store {
        /** Gives the text as it was before. */
        String append(String key, String word) throws Exception;

        String read(String key) throws Exception;
    }

    /** One more client, at a node's group. */
    void begin(Group group) {
        var client = group.client("load");
        begin(new Store() {
            @Override
            public String append(String key, String word) throws Exception {
                return text(client.submit((key + "=" + word).getBytes(StandardCharsets.UTF_8)));
            }

            @Override
            public String read(String key) throws Exception {
                return text(client.readLinearizable(key.getBytes(StandardCharsets.UTF_8)));
            }

            private String text(CompletionStage<byte[]> answer) throws Exception {
                return new String(answer.toCompletableFuture().get(120, TimeUnit.SECONDS), StandardCharsets.UTF_8);
            }
        });
    }

    void begin(Store store) {
        int number = clients.size();
        var answered = new AtomicInteger();
        answers.add(answered);
        clients.add(Thread.ofPlatform().name("load-" + number).start(() -> {
            try {
                for (int i = number; !over; i++) {
                    int word = words.incrementAndGet();
                    var key = "k" + word / WORDS_MAX + "." + i % KEYS;
                    if (step(store, key, i % 5 == 4 ? new Registers.Input.Read() : new Registers.Input.Append(word + "."))) {
                        answered.incrementAndGet();
                    }
                    clock.sleep(Duration.ofMillis(pauseMs));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    private boolean step(Store store, String key, Registers.Input input) {
        long called = clock.nanoTime();
        try {
            var text = input instanceof Registers.Input.Append append ? store.append(key, append.text()) : store.read(key);
            long ended = clock.nanoTime();
            ends.add(ended);
            history.add(new Linearizability.Operation<>(key, input, Optional.of(text), called, ended));
            return true;
        } catch (ConnectException e) {
            return false;
        } catch (Exception e) {
            failures.add(key + " " + input + ": " + e);
            if (input instanceof Registers.Input.Append) {
                history.add(new Linearizability.Operation<>(key, input, Optional.empty(), called, Long.MAX_VALUE));
            }
            return false;
        }
    }

    /** The keys that somebody asked for. */
    Set<String> keys() {
        return history.stream().map(Linearizability.Operation::key).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Says what is being done to the group from now on. */
    void note(String what) {
        notes.put(clock.nanoTime(), what);
    }

    /** How many answers each client has. */
    List<Integer> answers() {
        return answers.stream().map(AtomicInteger::get).toList();
    }

    int done() {
        return ends.size();
    }

    Collection<String> failures() {
        return failures;
    }

    /** The longest time between two answers of whomever, in milliseconds. */
    long longestGapMs() {
        return gapsMs().values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** The same by what had been {@linkplain #note noted} last when it ended. */
    Map<String, Long> gapsMs() {
        var all = ends.stream().sorted().toList();
        var gaps = new LinkedHashMap<String, Long>();
        for (int i = 1; i < all.size(); i++) {
            var noted = notes.floorEntry(all.get(i));
            gaps.merge(noted == null ? "nothing" : noted.getValue(), (all.get(i) - all.get(i - 1)) / 1_000_000, Math::max);
        }
        return gaps;
    }

    /** Ends the clients and judges what they saw, beside the texts as they are in the end. */
    void judge(Map<String, String> texts) {
        end();
        assertThat(history).as("operations").isNotEmpty();
        for (var operation : history) {
            if (operation.input() instanceof Registers.Input.Append append) {
                int times = count(texts.getOrDefault(operation.key(), ""), append.text());
                assertThat(times).as("%s in %s", append, operation.key()).isLessThanOrEqualTo(1);
                if (operation.output().isPresent()) {
                    assertThat(times).as("acknowledged %s in %s", append, operation.key()).isEqualTo(1);
                }
            }
        }
        var all = history.stream().flatMap(operation -> explained(operation, texts.getOrDefault(operation.key(), "")).stream()).collect(Collectors.toList());
        long end = clock.nanoTime();
        texts.forEach((key, text) -> all.add(new Linearizability.Operation<>(key, new Registers.Input.Read(), Optional.of(text), end, end + 1)));
        var judgement = Linearizability.check(all, new Registers());
        assertThat(judgement.verdict()).as(judgement.explanation()).isEqualTo(Linearizability.Verdict.LINEARIZABLE);
    }

    /**
     * Tells what an append without an answer would have answered, by the last read of its text: one that is not there took effect after it or never, which is the same. The
     * search would find that out by trying all orders of what nobody knows about, of which there are too many.
     */
    private static Optional<Linearizability.Operation<Registers.Input, String>> explained(Linearizability.Operation<Registers.Input, String> operation, String text) {
        if (operation.output().isPresent() || !(operation.input() instanceof Registers.Input.Append append)) {
            return Optional.of(operation);
        }
        int at = ("." + text).indexOf("." + append.text());
        return at < 0 ? Optional.empty()
                : Optional.of(new Linearizability.Operation<>(operation.key(), append, Optional.of(text.substring(0, at)), operation.calledAt(), Long.MAX_VALUE));
    }

    private static int count(String text, String word) {
        int times = text.startsWith(word) ? 1 : 0;
        for (int at = text.indexOf("." + word); at >= 0; at = text.indexOf("." + word, at + 1)) {
            times++;
        }
        return times;
    }

    @Override
    public void close() {
        end();
    }

    /** Lets each client finish its operation. */
    void end() {
        over = true;
        for (var client : clients) {
            try {
                client.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
