// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.gossip.Gossip;
import org.dwcp.api.gossip.GossipValue;
import org.dwcp.api.image.ImagePin;
import org.dwcp.api.image.ImagePins;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.migration.chunk.StoreSettings;
import org.dwcp.migration.depot.Depot;
import org.dwcp.migration.depot.DepotSettings;
import org.dwcp.migration.pin.Pins;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins of three nodes that tell each other what gossip would bring, when the test says so. */
@Requirement("R-158")
class PinsTest {
    private static final String SHA = "3fa9c1d2".repeat(8);
    private static final String OTHER = "00112233".repeat(8);

    @TempDir
    private Path folder;
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private Instant now = Instant.parse("2026-01-01T12:00:00Z");

    private final NodeClock clock = new NodeClock() {
        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public Instant now() {
            return now;
        }

        @Override
        public void sleep(Duration duration) {
            throw new UnsupportedOperationException();
        }
    };

    @AfterEach
    void stop() {
        nodes.values().forEach(node -> node.depot.close());
    }

    /** A node whose values lie in a map until {@link #hear}. */
    private final class Node implements Gossip {
        private final NodeId id;
        private final Depot depot;
        private final PinsComponent pins;
        private byte[] told = {};

        Node(String name) {
            id = NodeId.of(name);
            depot = new Depot(clock, folders(name), new DepotSettings(new StoreSettings(1L << 30, 100_000, 2), 7));
            pins = new PinsComponent(depot, id);
            pins.came(this);
            nodes.put(name, this);
        }

        void hear(Node other) {
            if (other.told.length > 0) {
                pins.changed(new GossipValue(other.id, PinsComponent.NAME, 1, other.told, now, now.plusSeconds(60), 1));
            }
        }

        @Override
        public GossipValue put(String name, byte[] bytes, Duration life) {
            assertThat(bytes.length).isLessThanOrEqualTo(VALUE_BYTES_MAX);
            told = bytes;
            return new GossipValue(id, name, 1, bytes, now, now.plus(life), 0);
        }

        @Override
        public boolean remove(String name) {
            told = new byte[0];
            return true;
        }

        @Override
        public Optional<GossipValue> find(NodeId owner, String name) {
            return Optional.empty();
        }

        @Override
        public List<GossipValue> list() {
            return List.of();
        }

        @Override
        public List<NodeId> neighbours() {
            return List.of();
        }

        @Override
        public Map<String, Long> figures() {
            return Map.of();
        }
    }

    private NodeFolders folders(String name) {
        return new NodeFolders() {
            private Path of(String part) {
                try {
                    return Files.createDirectories(folder.resolve(name).resolve(part));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }

            @Override
            public Path etc() {
                return of("etc");
            }

            @Override
            public Path data(String part) {
                return of("data").resolve(part);
            }

            @Override
            public Path deploy() {
                return of("deploy");
            }

            @Override
            public Path inbox() {
                return of("inbox");
            }
        };
    }

    private static List<String> shown(Node node) {
        return node.pins.list().stream().map(pin -> pin.name() + " " + pin.sha256().substring(0, 4) + " " + pin.by() + " " + pin.note()).toList();
    }

    @Test
    void whatTwoNodesSayWithoutHearingEachOtherComesOutTheSameAtAll() {
        var porto = new Node("porto");
        var lisbon = new Node("lisbon");
        var faro = new Node("faro");
        porto.pins.pin("debian", SHA, "by porto");
        now = now.plusSeconds(1);
        lisbon.pins.pin("debian", SHA, "by lisbon");
        lisbon.pins.pin("fedora", OTHER, "");

        porto.hear(lisbon);
        lisbon.hear(porto);
        faro.hear(porto);
        faro.hear(lisbon);

        assertThat(shown(porto)).containsExactly("debian 3fa9 lisbon by lisbon", "fedora 0011 lisbon ");
        assertThat(shown(lisbon)).isEqualTo(shown(porto));
        assertThat(shown(faro)).isEqualTo(shown(porto));
        assertThat(porto.told).as("overruled, so no longer told").isEmpty();
    }

    @Test
    void anyNodeTakesAPinBackAndTheOldWordDoesNotBringItAgain() {
        var porto = new Node("porto");
        var lisbon = new Node("lisbon");
        porto.pins.pin("debian", SHA, "");
        var old = porto.told;
        lisbon.hear(porto);

        assertThat(lisbon.pins.unpin("debian", "3fa9c1")).isTrue();
        assertThat(lisbon.pins.unpin("debian", SHA)).isFalse();
        porto.hear(lisbon);
        porto.told = old;
        lisbon.hear(porto);

        assertThat(shown(porto)).isEmpty();
        assertThat(shown(lisbon)).isEmpty();
    }

    @Test
    void pinsStayOverARestartAlsoThoseOfOthers() {
        var porto = new Node("porto");
        var lisbon = new Node("lisbon");
        porto.pins.pin("debian", SHA, "template");
        lisbon.hear(porto);
        var before = shown(lisbon);

        lisbon.depot.close();
        var again = new Node("lisbon");

        assertThat(shown(again)).isEqualTo(before).hasSize(1);
        assertThat(again.told).as("it is porto's word, which porto tells").isEmpty();
    }

    @Test
    void wordsOfOthersThanTheTellerAndOfClocksFarAheadAreLeftOut() {
        var porto = new Node("porto");
        var lisbon = new Node("lisbon");
        porto.told = String.join("\n", now.toEpochMilli() + "\t0\tfaro\t+\t" + SHA + "\tdebian\tforged", now.plusSeconds(3_601).toEpochMilli() + "\t0\tporto\t+\t" + SHA + "\tubuntu\tfuture",
                "rubbish", now.plusSeconds(3_599).toEpochMilli() + "\t0\tporto\t+\t" + SHA + "\tfedora\tgood").getBytes(StandardCharsets.UTF_8);

        lisbon.hear(porto);

        assertThat(lisbon.pins.list()).extracting(ImagePin::name).containsExactly("fedora");
        assertThat(lisbon.pins.unpin("fedora", SHA)).as("although the own clock is behind").isTrue();
        assertThat(shown(lisbon)).isEmpty();
    }

    @Test
    void oneMoreThanTheLimitIsRefusedAndPinsThatWereTakenBackCountForAMonth() {
        var porto = new Node("porto");
        for (int i = 0; i < ImagePins.OWN_MAX; i++) {
            porto.pins.pin("i".repeat(200), String.format("%064x", i), "n".repeat(ImagePins.NOTE_BYTES_MAX));
        }
        porto.pins.unpin("i".repeat(200), String.format("%064x", 0));
        assertThatThrownBy(() -> porto.pins.pin("one", SHA, "")).isInstanceOf(DwcpException.class).hasMessageContaining("32");

        now = now.plus(Duration.ofDays(31));
        porto.pins.pin("one", SHA, "");

        assertThat(porto.pins.list()).hasSize(ImagePins.OWN_MAX);
        assertThatThrownBy(() -> porto.pins.pin("two", "3fa9c", "")).hasMessageContaining("6 to 64 digits");
        assertThatThrownBy(() -> porto.pins.pin("two", "3fa9c1", "")).hasMessageContaining("no version of image 'two' known here");
        assertThatThrownBy(() -> porto.pins.pin("one", SHA, "a\nb")).hasMessageContaining("control character");
        assertThatThrownBy(() -> porto.pins.pin("a/b", SHA, "")).hasMessageContaining("'/'");
    }

    @Test
    void aDamagedFileIsNotTakenForNoPins() throws IOException {
        var file = Files.writeString(folder.resolve("pins"), "1\t2\n");
        assertThatThrownBy(() -> new Pins(clock, file)).isInstanceOf(DwcpException.class).hasMessageContaining("does not say what is pinned").hasMessageContaining(file.toString());
    }
}
