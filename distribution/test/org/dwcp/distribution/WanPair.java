// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.dwcp.distribution.Pair.Answer;
import org.dwcp.distribution.launcher.Client;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;
import org.dwcp.testkit.wan.WanNodes;

/** Two node processes, a and b, with an emulated wide-area link between them whose condition a test changes while they run. */
final class WanPair implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(90);
    /** Modes are to follow within seconds what a test does to the link. */
    private static final List<String> QUICK_MODES = List.of("--set", "org.dwcp.orchestrator:detection.interval.ms=500", "--set",
            "org.dwcp.orchestrator:cooldown.period.ms=0", "--set",
            "org.dwcp.orchestrator:switches.per.hour.max=1000");

    final WanLink link;
    private final WanNodes nodes;

    private WanPair(WanLink link, WanNodes nodes) {
        this.link = link;
        this.nodes = nodes;
    }

    /** Starts both, or skips the test with the reason why there are no links here. */
    static WanPair start(Path folder, WanCondition condition) {
        return start(folder, condition, QUICK_MODES);
    }

    /** The same with other settings of both nodes. */
    static WanPair start(Path folder, WanCondition condition, List<String> settings) {
        var missing = WanLink.unavailable();
        assumeThat(missing).as(() -> missing.orElse("")).isEmpty();
        var link = WanLink.open(condition);
        try {
            var pair = new WanPair(link, new WanNodes(link, folder, settings.toArray(String[]::new)));
            pair.awaitOnline(End.A);
            pair.awaitOnline(End.B);
            return pair;
        } catch (RuntimeException | Error e) {
            link.close();
            throw e;
        }
    }

    void awaitOnline(End at) {
        var peer = WanNodes.name(at.other());
        await("the peer of " + at + " is on line").atMost(PATIENCE).pollInterval(Duration.ofMillis(300))
                .until(() -> run(at, "peers").out().lines().anyMatch(line -> line.startsWith(peer + " ") && line.contains(" ONLINE ")));
    }

    /** Tells a that b has another address, as an operator does. */
    void tellOfMove(String address) {
        nodes.moved(End.B, address);
    }

    /** Runs a command of a node. */
    Answer run(End at, String... words) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int status = link.inside(at, () -> Client.run(nodes.home(at), List.of(words), out, err));
        return new Answer(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Begins to send from a to b. */
    CompletableFuture<Answer> send(Path source) {
        var answer = new CompletableFuture<Answer>();
        Thread.ofPlatform().start(() -> {
            try {
                answer.complete(run(End.A, "send", source.toString(), "b", "--json"));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    /** Sends a file and proves that exactly its bytes arrived. */
    Answer mustSend(Path source) throws Exception {
        var answer = send(source).get();
        assertThat(answer.status()).as("%s%n%s", answer, nodes.node(End.A).output()).isZero();
        assertThat(Pair.hash(inbox().resolve(source.getFileName()))).isEqualTo(Pair.hash(source));
        return answer;
    }

    Path home(End end) {
        return nodes.home(end);
    }

    Path inbox() {
        return nodes.home(End.B).resolve("data/inbox");
    }

    /** The mode that the sending node has now, lower case, with the reason behind it. */
    String mode() {
        return run(End.A, "mode").out();
    }

    @Override
    public void close() {
        nodes.close();
        link.close();
    }
}
