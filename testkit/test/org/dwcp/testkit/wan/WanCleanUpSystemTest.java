// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit.wan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.dwcp.testkit.wan.WanLink.End;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link leaves nothing behind, whatever ends it, and keeps its hands off what is alive. */
@Tag("system")
@Timeout(120)
class WanCleanUpSystemTest {
    @BeforeAll
    static void needsALink() {
        assumeThat(WanLink.unavailable()).as(() -> WanLink.unavailable().orElse("")).isEmpty();
    }

    @Test
    void closingLeavesNoNamespaceDeviceOrProcess() throws Exception {
        var link = WanLink.open(WanCondition.of(0, 0));
        var names = List.of(link.namespace(End.A), link.namespace(End.B));
        var inside = link.start(End.A, new ProcessBuilder("sleep", "1000"));
        var emulator = ProcessHandle.of(link.emulatorPid()).orElseThrow();
        assertThat(Shell.must("ip", "netns", "pids", names.getFirst())).isEqualTo(String.valueOf(inside.pid()));

        link.close();
        link.close();

        assertThat(inside.isAlive()).isFalse();
        assertThat(emulator.isAlive()).isFalse();
        assertThat(namespaces()).doesNotContainAnyElementsOf(names);
        assertThat(Path.of("/sys/class/net", WanLink.DEVICE)).doesNotExist();
        assertThatThrownBy(link::stats).hasMessageContaining("emulator");
    }

    @Test
    void whatAKilledJvmLeftIsRemovedByTheNextLink() throws Exception {
        try (var alive = WanLink.open(WanCondition.of(0, 0))) {
            var jvm = jvm(List.of(), Crashing.class);
            var words = jvm.inputReader().readLine().split(" ");
            var name = words[0];
            var inside = ProcessHandle.of(Long.parseLong(words[1])).orElseThrow();
            var emulator = ProcessHandle.of(Long.parseLong(words[2])).orElseThrow();
            assertThat(namespaces()).contains(name);

            jvm.destroyForcibly().waitFor();
            assertThat(inside.isAlive()).isTrue();
            WanLink.open(WanCondition.of(0, 0)).close();

            assertThat(inside.isAlive()).isFalse();
            emulator.onExit().get();
            assertThat(namespaces()).doesNotContain(name).contains(alive.namespace(End.A), alive.namespace(End.B));
            assertThat(alive.stats().aToB().packetsIn()).isZero();
        }
    }

    @Test
    void withoutRootItSaysSo() throws Exception {
        assumeThat(Shell.has("setpriv")).as("needs the program setpriv").isTrue();
        var nobody = jvm(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"), Asking.class);

        var said = nobody.inputReader().readLine();

        assumeThat(said).as("another user may not read these classes").isNotNull();
        assertThat(said).contains("needs root");
    }

    @Test
    void refusesFiguresOutOfBounds() {
        assertThat(WanCondition.of(100, 900).withLoss(0.99).loss()).isEqualTo(0.99);
        assertThatThrownBy(() -> WanCondition.of(100, 900).withLoss(0.991)).hasMessageContaining("loss").hasMessageContaining("0.99");
        assertThatThrownBy(() -> WanCondition.of(-1, 900)).hasMessageContaining("rtt");
        assertThatThrownBy(() -> WanCondition.of(100, 100_001)).hasMessageContaining("bitsPerSecond");
        assertThatThrownBy(() -> WanCondition.of(100, 900).withLoss(0.1, 0.5)).hasMessageContaining("lossRun");
    }

    private static List<String> namespaces() throws IOException {
        try (Stream<Path> found = Files.list(Namespaces.FOLDER)) {
            return found.map(path -> path.getFileName().toString()).toList();
        }
    }

    private static Process jvm(List<String> before, Class<?> main) throws IOException {
        var command = Stream.concat(before.stream(), Stream.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), main.getName())).toList();
        return new ProcessBuilder(command).start();
    }

    /** Opens a link with a process in it, says so, and waits for its death. */
    static final class Crashing {
        public static void main(String[] arguments) throws Exception {
            var link = WanLink.open(WanCondition.of(0, 0));
            var inside = link.start(End.B, new ProcessBuilder("sleep", "1000"));
            System.out.println(link.namespace(End.A) + " " + inside.pid() + " " + link.emulatorPid());
            inside.waitFor();
        }
    }

    /** Says why there are no links. */
    static final class Asking {
        public static void main(String[] arguments) {
            System.out.println(WanLink.unavailable().orElse("there are links"));
        }
    }
}
