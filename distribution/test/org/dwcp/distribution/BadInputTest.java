// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

import org.dwcp.distribution.launcher.Main;
import org.dwcp.testkit.Requirement;
import org.dwcp.testkit.cluster.ClusterHomes;
import org.dwcp.testkit.cluster.NodeProcess;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people and disks do wrong, done to two running nodes: each is refused with a reason, and nothing else changes. */
@Timeout(180)
@Requirement("R-041")
class BadInputTest {
    @TempDir
    private static Path folder;
    private static Pair pair;

    @BeforeAll
    static void start() throws Exception {
        pair = new Pair(folder);
        assertThat(pair.run("a", "mode", "force", "datacenter").status()).isZero(); // or what the machine's load makes of the link swaps in between
    }

    @AfterAll
    static void stop() {
        pair.close();
    }

    @AfterEach
    void bothNodesStillRun() {
        assertThat(pair.node("a").isAlive()).isTrue();
        assertThat(pair.node("b").isAlive()).isTrue();
        assertThat(pair.run("a", "status").status()).isZero();
    }

    /** The list without the leases, which calls between the nodes take and give back all the time. */
    private static String shares() {
        return pair.run("a", "list").out().replaceAll("( %) +\\d+ ", "$1 ");
    }

    private static void refused(int status, String message, String... words) {
        var before = pair.state("a");

        var answer = pair.run("a", words);

        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(answer.out()).isEmpty();
        assertThat(answer.err()).startsWith("dwcp: ").contains(message);
        assertThat(pair.state("a")).isEqualTo(before);
    }

    @Test
    void anUnknownSlotOrVersionIsRefusedWithWhatThereIs() {
        refused(1, "slot 'transprot' is unknown; known: [consensus, encoding, transport]", "promote", "transprot", "v3");
        refused(1, "slot 'transprot' is unknown", "pin", "transprot", "v3");
        refused(1, "provider 'v9' of slot transport is unknown; installed: [transport.v0", "promote", "transport", "v9");
        refused(1, "slot 'disk' is unknown", "why", "disk");
    }

    @Test
    void aShareBeyondItsLimitsIsRefused() {
        refused(2, "--share '101' is not a whole number from 0 to 100", "promote", "transport", "v3", "--share", "101");
        refused(2, "--share '-1'", "promote", "transport", "v3", "--share", "-1");
        refused(2, "--share 'half'", "promote", "transport", "v3", "--share", "half");
    }

    @Test
    void anUnknownPeerFileOrCommandIsRefused() {
        refused(1, "zz is no peer of this node; it knows [b]", "send", folder.toString(), "zz");
        refused(1, "there is no such file or folder", "send", folder.resolve("nothing").toString(), "b");
    }

    @Test
    @Requirement("R-130")
    void aTruncatedFlagsFileIsRefusedAndTheLastGoodFlagsStay() throws Exception {
        assertThat(pair.run("a", "promote", "transport", "v3", "--share", "30").status()).isZero();
        var before = shares();
        var file = pair.homes.home("a").resolve("etc/flags.json");
        var whole = Files.readString(file);

        Files.writeString(file, whole.substring(0, whole.length() / 2));

        await().atMost(Pair.PATIENCE).until(() -> pair.node("a").output().contains("flags refused problem="));
        var doctor = pair.run("a", "doctor");
        assertThat(doctor.status()).isEqualTo(1);
        assertThat(doctor.out()).contains("flags.json").contains("the last good flags are in force").doesNotContain("http");
        assertThat(shares()).isEqualTo(before);

        Files.writeString(file, whole);
        await().atMost(Pair.PATIENCE).until(() -> pair.run("a", "doctor").status() == 0);
        assertThat(pair.run("a", "rollback", "transport").status()).isZero();
    }

    @Test
    void aWrongTokenIsRefused() throws Exception {
        var token = pair.homes.home("a").resolve("data/control/control.token");
        var right = Files.readString(token);
        var before = pair.state("a");
        try {
            Files.writeString(token, "0".repeat(63) + "1");

            var answer = pair.run("a", "killswitch", "on");

            assertThat(answer.status()).isEqualTo(1);
            assertThat(answer.err()).contains("the token is not this node's");
        } finally {
            Files.writeString(token, right);
        }
        assertThat(pair.state("a")).isEqualTo(before);
    }

    @Test
    @Requirement("R-493")
    void aPeerOfAnotherAuthorityIsRefusedAndTheReasonShown() throws Exception {
        var theirs = new ClusterHomes(pair.image, folder.resolve("theirs"), List.of("c"));
        try (var c = NodeProcess.start(pair.image, theirs.home("c"))) {
            assertThat(pair.run("a", "peers", "add", "c", "127.0.0.1:" + c.peerPort()).status()).isZero();
            await().atMost(Pair.PATIENCE).until(() -> pair.run("a", "peers").out().contains("is not from this cluster's authority"));

            var answer = pair.run("a", "send", folder.resolve("theirs").toString(), "c", "--timeout", "1");

            assertThat(answer.status()).as(answer.toString()).isEqualTo(1);
            assertThat(theirs.home("c").resolve("data/inbox/theirs")).doesNotExist();
        } finally {
            pair.run("a", "peers", "remove", "c");
        }
    }

    @Test
    void aHalfCopiedJarWaitsAndAWholeOneIsTaken() throws Exception {
        var jar = bundle("half", "java.util");
        var deployed = pair.homes.home("a").resolve("deploy/half.jar");

        Files.write(deployed, Arrays.copyOf(jar, jar.length / 2));

        await().atMost(Pair.PATIENCE).until(() -> pair.run("a", "plugins").out().contains("not a whole jar yet, or a damaged one"));
        Files.write(deployed, Arrays.copyOfRange(jar, jar.length / 2, jar.length), StandardOpenOption.APPEND);
        await().atMost(Pair.PATIENCE).until(() -> line("plugins", "deploy/half.jar").contains("ACTIVE"));
        Files.delete(deployed);
        await().atMost(Pair.PATIENCE).until(() -> line("plugins", "deploy/half.jar").isEmpty());
    }

    @Test
    void aBundleThatDoesNotResolveIsRefusedWithTheReasonInOneLine() throws Exception {
        var deployed = pair.homes.home("a").resolve("deploy/needy.jar");

        Files.write(deployed, bundle("needy", "org.example.absent;version=\"[2,3)\""));

        await().atMost(Pair.PATIENCE).until(() -> line("plugins", "deploy/needy.jar").contains("REFUSED"));
        assertThat(line("plugins", "deploy/needy.jar")).contains("needs package org.example.absent").contains("which no bundle offers");
        assertThat(pair.node("a").output()).contains("plugin refused jar=needy.jar reason=\"needs package org.example.absent");
        assertThat(pair.run("a", "doctor").status()).isZero();
        Files.delete(deployed);
        await().atMost(Pair.PATIENCE).until(() -> line("plugins", "deploy/needy.jar").isEmpty());
    }

    @Test
    void aPortInUseASecondNodeInAHomeAndAHomeWithoutNodeAreRefused() {
        var port = Integer.toString(pair.node("a").peerPort());
        try (var taken = NodeProcess.launch(pair.image, folder.resolve("taken"), "--name", "x", "--port", port);
                var twice = NodeProcess.launch(pair.image, pair.homes.home("a"));
                var behind = NodeProcess.launch(pair.image, folder.resolve("behind"), "--name", "x", "--port", port, "--daemon")) {
            assertThat(taken.waitForEnd()).isEqualTo(1);
            assertThat(taken.output()).contains("dwcp: control port " + port).contains("choose another: --port");
            assertThat(folder.resolve("taken/data/node.json")).doesNotExist();
            assertThat(twice.waitForEnd()).isEqualTo(1);
            assertThat(twice.output()).contains("is in use by process " + pair.node("a").pid());
            assertThat(behind.waitForEnd()).isEqualTo(1);
            assertThat(behind.output()).contains("dwcp: control port " + port).contains("choose another: --port");

            var client = taken.command("status");

            assertThat(client.status()).isEqualTo(1);
            assertThat(client.err()).contains("dwcp: no node runs in " + folder.resolve("taken"));
        }
        assertThat(Main.run(List.of("stop", "--home", folder.resolve("taken").toString()))).isEqualTo(1);
        assertThat(Main.run(List.of("port", "--home", folder.resolve("taken").toString()))).isEqualTo(1);
        assertThat(pair.node("a").peerPort()).isEqualTo(Integer.parseInt(port));
    }

    @Test
    void aSourceThatChangesWhileItIsSentIsRefusedAndNothingOfItStays() throws Exception {
        var source = Pair.write(folder.resolve("changing.bin"), 48 << 20, 7);
        pair.rate(100_000_000);
        try {
            var begin = pair.carried();
            var transfer = pair.send(source);
            pair.awaitCarried(begin + (8 << 20), transfer);

            Files.write(source, new byte[] {1}, StandardOpenOption.APPEND);
            pair.rate(0);
            var answer = transfer.get();

            assertThat(answer.status()).as(answer.toString()).isEqualTo(1);
            assertThat(answer.value("state")).isEqualTo("FAILED");
            assertThat(answer.out()).contains("changed while it was sent: its size was " + (48 << 20)).contains("send it again");
            assertThat(pair.inbox("b").resolve("changing.bin")).doesNotExist();
        } finally {
            pair.rate(0);
        }
        assertThat(pair.send(source).get().status()).isZero();
        assertThat(Pair.hash(pair.inbox("b").resolve("changing.bin"))).isEqualTo(Pair.hash(source));
    }

    @Test
    @Requirement("R-310")
    void aReceiverThatIsKilledGoesOnWhereItWas() throws Exception {
        var source = Pair.write(folder.resolve("killed.bin"), 48 << 20, 8);
        pair.rate(100_000_000);
        try {
            var begin = pair.carried();
            var transfer = pair.send(source);
            pair.awaitCarried(begin + (20 << 20), transfer);

            pair.node("b").kill();
            pair.start("b");
            pair.rate(0);
            var answer = transfer.get();

            assertThat(answer.status()).as(answer.toString()).isZero();
            assertThat(answer.number("bytesResumed")).as(answer.toString()).isPositive();
            assertThat(Pair.hash(pair.inbox("b").resolve("killed.bin"))).isEqualTo(Pair.hash(source));
        } finally {
            pair.rate(0);
        }
    }

    private static String line(String command, String part) {
        return pair.run("a", command).out().lines().filter(line -> line.contains(part)).findFirst().orElse("");
    }

    /** A bundle that only imports something. */
    private static byte[] bundle(String name, String imports) throws Exception {
        var manifest = new Manifest();
        var main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-SymbolicName", "org.example." + name);
        main.putValue("Bundle-Version", "1.0.0");
        main.putValue("Import-Package", imports);
        var bytes = new java.io.ByteArrayOutputStream();
        try (var jar = new JarOutputStream(bytes, manifest)) {
            jar.putNextEntry(new ZipEntry("words.txt"));
            jar.write("content\n".repeat(100).getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }
}
