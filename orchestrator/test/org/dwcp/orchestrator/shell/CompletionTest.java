// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.node.Peers;
import org.junit.jupiter.api.Test;

class CompletionTest {
    private final FakeNode node = new FakeNode();
    private final Peers peers = FakeNode.fake(Peers.class, Map.of("list", a -> List.of(Fixtures.peer("lisbon", true))));
    private final Completion completion = new Completion(node.manager(), peers, node);

    @Test
    void completesSlotsThenTheirProviders() {
        assertThat(completion.candidates(List.of("promote", ""), 1)).containsExactly("transport");
        assertThat(completion.candidates(List.of("rollout", "transport", ""), 2)).contains("transport.v3");
        assertThat(completion.candidates(List.of("pause", ""), 1)).containsExactly("transport");
        assertThat(completion.candidates(List.of("dwcp:promote", "--share", "transport", ""), 3)).containsExactly("transport.v3", "transport.v1", "transport.v0");
        assertThat(completion.candidates(List.of("promote", "transport", "v3", ""), 3)).isEmpty();
    }

    @Test
    void completesPeersModesAndFlags() {
        assertThat(completion.candidates(List.of("fetch", ""), 1)).containsExactly("lisbon");
        assertThat(completion.candidates(List.of("mode", "force", ""), 2)).containsExactly("datacenter", "internet", "hybrid");
        assertThat(completion.candidates(List.of("flags", "set", ""), 2)).contains("V3RolloutPercentage", "EnableV3.transport");
        assertThat(completion.candidates(List.of("killswitch", ""), 1)).containsExactly("on", "off");
    }

    @Test
    void neverThrows() {
        var random = new Random(42); // A seed that is written down replays the failure.
        var broken = new Completion(FakeNode.fake(HybridManager.class, Map.of()), FakeNode.fake(Peers.class, Map.of()), node);
        var words = new ArrayList<>(List.of("promote", "", "-", "--", "transport", "dwcp:", "\u0000", "a".repeat(10_000), "send", "flags", "set", "$", "mode"));
        Manual.pages().forEach(page -> words.add(page.name()));

        for (var run = 0; run < 20_000; run++) {
            var line = new ArrayList<String>();
            for (var count = random.nextInt(5); count > 0; count--) {
                line.add(words.get(random.nextInt(words.size())));
            }
            assertThat(completion.candidates(line, random.nextInt(-2, 8))).isNotNull();
            assertThat(broken.candidates(line, random.nextInt(-2, 8))).isNotNull();
        }
        assertThat(completion.candidates(Arrays.asList((String) null), 1)).isEmpty();
        assertThat(completion.candidates(null, 1)).isEmpty();
    }

    @Test
    void isDeclaredForEveryCommandAndOption() throws IOException {
        var profile = Files.readAllLines(Path.of(System.getProperty("dwcp.root", ".."), "distribution", "etc", "gosh_profile")).stream()
                .map(String::strip).toList();

        for (var page : Manual.pages()) {
            assertThat(profile).contains("complete -c dwcp:" + page.name() + " -e", "complete -c dwcp:" + page.name() + " -d \"" + page.summary() + "\"");
            for (var option : page.options()) {
                assertThat(profile).anyMatch(line -> line.startsWith("complete -c dwcp:" + page.name() + " ")
                        && line.contains("-l " + option.names().getFirst().substring(2) + " "));
            }
        }
    }
}
