// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.dwcp.distribution.launcher.Client;
import org.dwcp.testkit.cluster.ClusterHomes;
import org.dwcp.testkit.cluster.NodeImage;
import org.dwcp.testkit.cluster.NodeProcess;
import org.dwcp.testkit.wan.WanCondition;
import org.dwcp.testkit.wan.WanLink;
import org.dwcp.testkit.wan.WanLink.End;

/**
 * Four node processes with a group of texts, used through their shells, and the bad things that can be done to them. Node a lies on one side of a link that can be cut, the
 * others on the other; c's data lie on a small disk; d's wall clock can be set, where libfaketime is installed.
 */
final class Victims implements AutoCloseable {
    static final List<String> NAMES = List.of("a", "b", "c", "d");
    static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int PORT = 7_430;
    private static final String ROOM = "96m";
    private static final int LOG_END = 20_000;
    /** The routing's wish alone switches nothing. */
    private static final String DWELL = "org.dwcp.consensus.log:switch.dwell.ms=3600000";

    private final Map<String, NodeProcess> nodes = new ConcurrentHashMap<>();
    private final NodeImage image = NodeImage.find();
    private final Optional<Path> clockLibrary = clockLibrary();
    private final Path clock;
    private final ClusterHomes homes;
    private final Path small;
    private final WanLink link;
    private final long fallbackMs;

    /** What a command gave. */
    record Answer(int status, String out, String err) {
    }

    private Victims(Path folder, WanLink link, long fallbackMs) throws IOException {
        this.link = link;
        this.fallbackMs = fallbackMs;
        homes = new ClusterHomes(image, folder, NAMES);
        small = Files.createDirectories(homes.home("c").resolve("data"));
        clock = folder.resolve("clock");
    }

    /**
     * Starts them and waits until all know each other; skips the test where there are no network namespaces, or nothing can be mounted.
     *
     * @param fallbackMs time without an answer after which the group goes on with what the routing wants; 0 for never
     */
    static Victims start(Path folder, long fallbackMs) throws Exception {
        var missing = WanLink.unavailable();
        assumeThat(missing).as(() -> missing.orElse("")).isEmpty();
        var victims = new Victims(folder, WanLink.open(WanCondition.of(1, 1_000)), fallbackMs);
        boolean started = false;
        try {
            assumeThat(run("mount", "-t", "tmpfs", "-o", "size=" + ROOM, "tmpfs", victims.small.toString())).as("mounting a small file system needs root").isZero();
            victims.begin();
            started = true;
            return victims;
        } finally {
            if (!started) {
                victims.close();
            }
        }
    }

    private void begin() throws IOException {
        setClock(Duration.ZERO);
        for (var name : NAMES) {
            for (var other : NAMES) {
                if (!other.equals(name)) {
                    homes.introduce(name, other, link.address(end(other)), port(other));
                }
            }
        }
        NAMES.parallelStream().forEach(this::launch);
        for (var name : NAMES) {
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(300)).until(() -> at(name, "peers").out().split(" ONLINE ", -1).length == NAMES.size());
        }
    }

    @Override
    public void close() {
        nodes.values().forEach(NodeProcess::close);
        try {
            run("umount", small.toString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("umount " + small + " failed", e);
        } finally {
            link.close();
        }
    }

    private static End end(String name) {
        return name.equals("a") ? End.A : End.B;
    }

    private static int port(String name) {
        return PORT + NAMES.indexOf(name);
    }

    private static Optional<Path> clockLibrary() {
        try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
            return folders.map(folder -> folder.resolve("faketime/libfaketimeMT.so.1")).filter(Files::exists).findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
    }

    void launch(String name) {
        var before = new ArrayList<>(link.enter(end(name)));
        if (name.equals("d") && clockLibrary.isPresent()) {
            before.addAll(List.of("env", "LD_PRELOAD=" + clockLibrary.get(), "FAKETIME_TIMESTAMP_FILE=" + clock, "FAKETIME_CACHE_DURATION=1",
                    "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_FORCE_MONOTONIC_FIX=0", "NO_FAKE_STAT=1")); // with that fix Object.wait does not wait
        }
        nodes.put(name, NodeProcess.start(before, image, homes.home(name), "--port", String.valueOf(port(name)), "--set", DWELL, "--set",
                "org.dwcp.consensus.log:fallback.deadline.ms=" + fallbackMs));
    }

    Answer at(String name, String... words) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int status = link.inside(end(name), () -> {
            try {
                return Client.run(homes.home(name), List.of(words), out, err);
            } catch (IOException e) {
                err.writeBytes(String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8));
                return 1;
            }
        });
        return new Answer(status, out.toString(StandardCharsets.UTF_8).strip(), err.toString(StandardCharsets.UTF_8).strip());
    }

    String must(String name, String... words) {
        var answer = at(name, words);
        assertThat(answer.status()).as("%s at %s: %s\n%s", List.of(words), name, answer, nodes.get(name).output()).isZero();
        return answer.out();
    }

    /** Texts of the group, through a node's shell. */
    Load.Store store(String name) {
        return new Load.Store() {
            @Override
            public String append(String key, String word) throws IOException {
                return good(at(name, "group", "append", "main", key, word));
            }

            @Override
            public String read(String key) throws IOException {
                return good(at(name, "group", "get", "main", key));
            }

            private String good(Answer answer) throws IOException {
                if (answer.status() != 0) {
                    if (answer.err().startsWith("no node ")) {
                        throw new ConnectException(answer.err());
                    }
                    throw new IOException(answer.toString());
                }
                return answer.out();
            }
        };
    }

    /** Makes the group on all four. */
    void create(String mode, String provider) {
        for (var name : NAMES) {
            must(name, "mode", "force", mode);
            must(name, "group", "create", "main", "a", "b", "c", "d", "--provider", provider);
        }
    }

    static String other(String not) {
        return Stream.of("b", "d", "a").filter(name -> !name.equals(not)).findFirst().orElseThrow();
    }

    /** Who leads, as most of those see it who see a leader. */
    String leader() {
        var found = new String[1];
        await("a leader").atMost(PATIENCE).until(() -> {
            var seen = NAMES.stream().flatMap(name -> leader(name).stream()).collect(Collectors.groupingBy(leader -> leader, Collectors.counting()));
            found[0] = seen.entrySet().stream().filter(entry -> entry.getValue() > NAMES.size() / 2).map(Map.Entry::getKey).findFirst().orElse(null);
            return found[0] != null;
        });
        return found[0];
    }

    private Optional<String> leader(String asked) {
        var line = Pattern.compile("(?m)^main +\\S+ +\\d+ +\\S+ +\\d+ +([a-d]) ").matcher(at(asked, "groups").out() + " ");
        return line.find() ? Optional.of(line.group(1)) : Optional.empty();
    }

    void awaitEpoch(String at, long epoch) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> assertThat(at(at, "groups").out().lines())
                .as("groups at %s", at).anyMatch(line -> line.matches("main +RUNNING +" + epoch + " .*")));
    }

    // --- what is done to them

    void kill(String name) {
        nodes.get(name).kill();
    }

    void signal(String name, String which) throws Exception {
        assertThat(run("kill", "-" + which, String.valueOf(nodes.get(name).pid()))).isZero();
    }

    /** Makes a node the leader, where the provider lets an operator choose one. */
    void lead(String name) {
        await(name + " leads").atMost(PATIENCE).until(() -> leader().equals(name) || at(name, "group", "leader", "main", name).status() == 0);
    }

    /** Cuts a off from the others. */
    void cutOff() {
        link.cut();
    }

    void heal() {
        link.heal();
    }

    /** Whether d's clock can be set. */
    boolean hasClock() {
        return clockLibrary.isPresent();
    }

    /** Sets d's wall clock that much beside the true time; it notices within a second. */
    void setClock(Duration beside) throws IOException {
        var next = clock.resolveSibling("clock.next");
        Files.writeString(next, (beside.isNegative() ? "-" : "+") + beside.abs().toSeconds() + "\n");
        Files.move(next, clock, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What a node has logged. */
    String log(String name) throws IOException {
        return Files.readString(homes.home(name).resolve("log").resolve("dwcp.log"));
    }

    /** What d's clock is beside the true time, by the last line that it logged, in whole minutes. */
    long clockMinutes(Instant now) throws IOException {
        var log = log("d");
        var times = Pattern.compile("(?m)^(\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z) ").matcher(log.substring(Math.max(0, log.length() - LOG_END))).results().toList();
        return times.isEmpty() ? 0 : Math.round(Duration.between(now, Instant.parse(times.getLast().group(1))).toSeconds() / 60.0);
    }

    /** Leaves no byte on c's disk. */
    void fillDisk() throws IOException {
        try (OutputStream out = Files.newOutputStream(small.resolve("filler"))) {
            var block = new byte[4_096];
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    void emptyDisk() throws IOException {
        Files.delete(small.resolve("filler"));
    }

    /** What a power cut leaves behind what was synced: a record that is half written. */
    void tear(String name, String provider) throws IOException {
        boolean raft = provider.equals("consensus.v1");
        try (var files = Files.walk(homes.home(name).resolve("data"))) {
            var newest = files.filter(Files::isRegularFile).filter(file -> raft ? file.getFileName().toString().startsWith("log_inprogress")
                    : file.getFileName().toString().equals("log") && file.toString().contains("epoch-")).max(Comparator.comparing(Path::toString)).orElseThrow();
            byte[] bytes = Files.readAllBytes(newest);
            int end = bytes.length;
            while (raft && end > 0 && bytes[end - 1] == 0) {
                end--;
            }
            byte[] torn = new byte[40];
            Arrays.fill(torn, (byte) 7);
            torn[0] = 100;
            try (var channel = FileChannel.open(newest, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(torn), end);
            }
        }
    }
}
