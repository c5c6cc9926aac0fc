// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.dwcp.api.consensus.Group;
import org.dwcp.api.node.NodeClock;
import org.dwcp.testkit.sim.Linearizability;
import org.dwcp.testkit.sim.Registers;

/**
 * Clients that append words that nobody else appends and read, one operation at a time each, and note what they saw: afterwards each word that was acknowledged must be in
 * the text once, each other one at most once, and there must be an order that explains all answers.
 */
final class Load implements AutoCloseable {
    private static final int KEYS = 6;

    private final NodeClock clock;
    private final ConcurrentLinkedQueue<Linearizability.Operation<Registers.Input, String>> history = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Long> ends = new ConcurrentLinkedQueue<>();
    private final AtomicInteger words = new AtomicInteger();
    private final List<Thread> clients = new ArrayList<>();
    private final long pauseMs;
    private volatile boolean over;

    Load(NodeClock clock, long pauseMs) {
        this.clock = clock;
        this.pauseMs = pauseMs;
    }

    /** What a client talks to. Both may fail, and then nobody knows whether something was appended. */
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
        clients.add(Thread.ofPlatform().name("load-" + number).start(() -> {
            try {
                for (int i = number; !over; i++) {
                    step(store, "k" + i % KEYS, i % 5 == 4 ? new Registers.Input.Read() : new Registers.Input.Append(words.incrementAndGet() + "."));
                    clock.sleep(Duration.ofMillis(pauseMs));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    private void step(Store store, String key, Registers.Input input) {
        long called = clock.nanoTime();
        try {
            var text = input instanceof Registers.Input.Append append ? store.append(key, append.text()) : store.read(key);
            long ended = clock.nanoTime();
            ends.add(ended);
            history.add(new Linearizability.Operation<>(key, input, Optional.of(text), called, ended));
        } catch (Exception e) {
            failures.add(key + " " + input + ": " + e);
            if (input instanceof Registers.Input.Append) {
                history.add(new Linearizability.Operation<>(key, input, Optional.empty(), called, Long.MAX_VALUE));
            }
        }
    }

    int done() {
        return ends.size();
    }

    Collection<String> failures() {
        return failures;
    }

    /** The longest time between two answers of whomever, in milliseconds. */
    long longestGapMs() {
        var all = ends.stream().sorted().toList();
        long longest = 0;
        for (int i = 1; i < all.size(); i++) {
            longest = Math.max(longest, all.get(i) - all.get(i - 1));
        }
        return longest / 1_000_000;
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
        var all = new ArrayList<>(history);
        long end = clock.nanoTime();
        texts.forEach((key, text) -> all.add(new Linearizability.Operation<>(key, new Registers.Input.Read(), Optional.of(text), end, end + 1)));
        var judgement = Linearizability.check(all, new Registers());
        assertThat(judgement.verdict()).as(judgement.explanation()).isEqualTo(Linearizability.Verdict.LINEARIZABLE);
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
