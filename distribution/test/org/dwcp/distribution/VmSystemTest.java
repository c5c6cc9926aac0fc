// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest that changes and checks its memory moves between two node processes by the commands; the move is given up, its link cut, its target ended. The
 * guest says a number every 10 ms: what is said at the one node goes on at the other, and it never finds a page that is not as it wrote it.
 */
@Tag("system")
@Timeout(280)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Requirement({"R-242", "R-246", "R-305"})
class VmSystemTest {
    private static final String LOAD = "fill=48 rate=10 kind=counter";
    private static final long SLOW_BITS = 16_000_000;

    @TempDir
    private static Path folder;
    private static Pair pair;
    private static GuestPair guest;

    @BeforeAll
    static void start() throws Exception {
        GuestPair.lab();
        pair = new Pair(folder);
        guest = new GuestPair(pair::run, pair.homes::home, folder, LOAD);
    }

    @AfterAll
    static void stop() throws Exception {
        if (pair != null) {
            pair.close();
        }
        if (guest != null) {
            guest.close();
        }
    }

    @Test
    @Order(1)
    void movesThereAndBackWhileItRuns() throws Exception {
        guest.start();
        assertThat(pair.run("a", "vm", "start", "guest").err()).contains("has a QEMU");

        var there = guest.mustMove("a", "b", guest.migrate("a", "b").get());
        System.out.println("there: " + there.out());
        assertThat(pair.run("a", "vm", "start", "guest").err()).contains("ask b");
        var back = guest.mustMove("b", "a", guest.migrate("b", "a").get());

        System.out.println("back: " + back.out());
        assertThat(there.number("wireBytes")).isLessThan(there.number("streamBytes"));
    }

    /** Begins to move from a to b over a line so slow that it lasts. */
    private static CompletableFuture<Pair.Answer> slowly(String... more) {
        pair.rate(SLOW_BITS);
        var begin = pair.carried();
        var moving = guest.migrate("a", "b", more);
        pair.awaitCarried(begin + 1_500_000, moving);
        return moving;
    }

    private static void staysAtA(Pair.Answer answer, String why) {
        pair.rate(0);
        assertThat(answer.out() + answer.err()).contains(why);
        guest.hasStayed("a", "b", answer);
        guest.livesAt("a");
    }

    @Test
    @Order(2)
    void isGivenUpOnTheWayAndRunsOn() throws Exception {
        var moving = slowly();
        assertThat(pair.run("a", "vm", "list").out()).contains("LEAVING");
        assertThat(pair.run("b", "vm", "list").out()).contains("ARRIVING");

        guest.good(pair.run("a", "vm", "cancel", "guest"));

        staysAtA(moving.get(), "CANCELLED");
    }

    @Test
    @Order(3)
    void runsOnWhenTheTargetsQemuIsKilled() throws Exception {
        var moving = slowly();

        guest.killQemu("b");

        staysAtA(moving.get(), "FAILED");
    }

    @Test
    @Order(4)
    void goesOnAfterTheLineWasCut() throws Exception {
        var moving = slowly();

        for (var transport : List.of(Pair.V1, Pair.V3)) {
            pair.link("b", transport).breakConnections();
        }
        pair.rate(0);

        guest.mustMove("a", "b", moving.get());
        guest.mustMove("b", "a", guest.migrate("b", "a").get());
    }

    @Test
    @Order(5)
    void runsOnWhenTheTargetsNodeIsKilled() throws Exception {
        var moving = slowly("--timeout", "3");

        pair.node("b").kill();

        assertThat(moving.get().status()).as(moving.toString()).isEqualTo(1);
        guest.livesAt("a");
        pair.rate(0);
        pair.start("b");
        pair.awaitOnline("a", "b");
        guest.isAt("a", "b");
        guest.mustMove("a", "b", guest.migrate("a", "b").get());
    }

    @Test
    @Order(6)
    void whatPeopleGetWrongIsRefusedWithWhatThereIs() {
        assertThat(pair.run("b", "vm", "migrate", "unknown", "a").err()).contains("no guest 'unknown' is described at this node").contains("[guest]");
        assertThat(pair.run("b", "vm", "migrate", "guest", "zz").err()).contains("zz is no peer of this node; it knows [a]");
        assertThat(pair.run("b", "vm", "migrate", "guest", "b").err()).contains("is at b already");
        assertThat(pair.run("b", "vm", "migrate", "../guest", "a").err()).contains("is no name of a guest");
        assertThat(pair.run("a", "vm", "migrate", "guest", "b").out()).contains("FAILED");
    }
}
