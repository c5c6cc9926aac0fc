// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

import org.apache.felix.service.command.CommandSession;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.FlowMove;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.LinkReport;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.orchestrator.shell.FakeNode;
import org.dwcp.orchestrator.shell.Fixtures;
import org.junit.jupiter.api.Test;

/** What the views say when there is nothing, little, or something unusual to say. */
class MoreViewsTest {
    private static final Screen COLOURED = new Screen(true, true, true, 200);
    private static final SlotStatus EMPTY = new SlotStatus("sync", List.of(), List.of(), 1);

    private static CommandSession session(Map<String, Object> variables) {
        return FakeNode.fake(CommandSession.class, Map.of("get", a -> variables.get((String) a[0])));
    }

    private static ModeReport undetected() {
        return new ModeReport(NetworkMode.HYBRID, false, false, Fixtures.NOON, Optional.empty(), List.of(), "no link yet");
    }

    private static LinkReport link(boolean detected) {
        var sample = new LinkConditions(80_120_000L, 200_000_000L, 0.0012, Fixtures.NOON, "burst of 900 ms");
        return new LinkReport(NodeId.of("lisbon"), NetworkMode.INTERNET, detected, Fixtures.NOON, Optional.of(sample), List.of(sample), "rtt 80.12 ms > 55 ms",
                List.of("interface eth0: mtu 1500"));
    }

    @Test
    void findsOutWhatASessionWritesTo() {
        assertThat(Screen.of("no session")).isEqualTo(Screen.PLAIN);
        assertThat(Screen.of(session(Map.of()))).isEqualTo(Screen.PLAIN);
        assertThat(Screen.of(session(Map.of(Screen.VARIABLE, COLOURED)))).isEqualTo(COLOURED);

        var terminal = Screen.of(session(Map.of(".terminal", "t", "COLUMNS", 132, "TERM", "xterm")));
        assertThat(terminal.live()).isTrue();
        assertThat(terminal.width()).isEqualTo(132);
        assertThat(terminal.colour()).isEqualTo(System.getenv("NO_COLOR") == null);

        var dumb = Screen.of(session(Map.of(".terminal", "t", "COLUMNS", "many", "TERM", "dumb")));
        assertThat(dumb.live()).isFalse();
        assertThat(dumb.colour()).isFalse();
        assertThat(dumb.width()).as("unknown").isEqualTo(100);
        assertThat(Screen.of(session(Map.of(".terminal", "t", "COLUMNS", 3))).width()).isEqualTo(Screen.WIDTH_MIN);
    }

    @Test
    void drawsItsOwnViewsInAnyShellAndNothingElse() {
        var views = new Views();

        assertThat(views.format(new Note("hello"), 0, null)).isEqualTo("hello");
        assertThat(views.format("text", 0, null)).isNull();
        assertThat(views.convert(String.class, new Note("hello"))).isNull();
    }

    @Test
    void coloursEveryKindOfState() {
        assertThat(Paint.state("ACTIVE", COLOURED)).startsWith("\u001b[32m");
        assertThat(Paint.state("draining", COLOURED)).startsWith("\u001b[33m");
        assertThat(Paint.state("REFUSED", COLOURED)).startsWith("\u001b[31m");
        assertThat(Paint.state("STANDBY", COLOURED)).startsWith("\u001b[90m");
        assertThat(Paint.state("ACTIVE", Screen.PLAIN)).isEqualTo("ACTIVE");
    }

    @Test
    void showsASlotWithItsProviders() {
        assertThat(new SlotView(Fixtures.transport(70)).render(Screen.PLAIN)).contains("slot transport   routing table 7", "transport.v3", "tls lanes=16",
                "why: 'dwcp why transport'");
        assertThat(new SlotView(EMPTY).render(Screen.PLAIN)).contains("no provider is installed");
    }

    @Test
    void saysWhenThereIsNothingToList() {
        assertThat(new SlotTable(List.of(EMPTY)).render(Screen.PLAIN)).contains("sync");
        assertThat(new SlotTable(List.of()).render(Screen.PLAIN)).isEqualTo("no slot has a provider");
        assertThat(new Reasons(EMPTY).render(Screen.PLAIN)).isEqualTo("no rule has decided yet");
        assertThat(new FlowMoveTable(List.of()).render(Screen.PLAIN)).isEqualTo("no running flow was moved yet");
        assertThat(new PeerTable(List.of()).render(Screen.PLAIN)).startsWith("no peers");
        assertThat(new PeerFiguresTable(List.of()).render(Screen.PLAIN)).isEqualTo("no channel to any peer");
    }

    @Test
    void listsFlowsThatMoved() {
        var moved = new FlowMoveTable(List.of(new FlowMove("transport", "lisbon/f1", "transport.v1", "transport.v3", Fixtures.NOON, Duration.ofMillis(12))));

        assertThat(moved.render(Screen.PLAIN)).contains("lisbon/f1", "transport.v1", "12 ms");
    }

    @Test
    void listsPeersWithTheModesOfTheirLinks() {
        var table = new PeerTable(List.of(Fixtures.peer("lisbon", true), Fixtures.peer("faro", false)), Map.of(NodeId.of("lisbon"), "internet"));

        assertThat(table.render(Screen.PLAIN)).contains("internet").contains("faro");
    }

    @Test
    void drawsADryRunWithItsNote() {
        var change = new Change("pin sync v3", true, List.of(EMPTY), List.of(EMPTY), List.of(), "dwcp unpin sync", "the kill switch is on");

        assertThat(change.render(Screen.PLAIN)).isEqualTo("""
                dry run, nothing was changed: pin sync v3
                no share would change
                note: the kill switch is on
                undo: dwcp unpin sync""");
        assertThat(new Change("pin sync v3", false, List.of(EMPTY), List.of(EMPTY), List.of(), "x", "").render(Screen.PLAIN)).contains("no share changed");
    }

    @Test
    void marksAProviderThatCameFromNobody() {
        var swap = new SwapRecord("1", "sync", "", "", 100, SwapRecord.Trigger.REGISTRY, "r", NetworkMode.HYBRID, Fixtures.NOON, Duration.ZERO, Duration.ZERO, 0, 0,
                SwapRecord.Outcome.COMMITTED, "");

        assertThat(new Change("x", false, List.of(Fixtures.transport(0)), List.of(Fixtures.transport(0)), List.of(swap), "x", "").render(Screen.PLAIN))
                .containsPattern("sync +- +- ");
        assertThat(new HistoryTable(List.of(swap)).render(Screen.PLAIN)).containsPattern("sync +- +- ");
        assertThat(new HistoryTable(List.of()).render(Screen.PLAIN)).isEqualTo("no swap yet");
    }

    @Test
    void showsAModeThatIsNotDetectedYet() {
        assertThat(new ModeView(undetected(), List.of(link(true), link(false)), false, "dwcp mode release").render(Screen.PLAIN))
                .contains("(not detected yet: every slot stays on v1)", "lisbon  internet", "lisbon  not detected yet", "undo: dwcp mode release");
        assertThat(new ModeView(undetected(), List.of(link(true)), true, "").render(Screen.PLAIN))
                .contains("no samples yet", "link   lisbon   internet", "hint   interface eth0: mtu 1500", "burst of 900 ms").doesNotContain("undo");
    }

    @Test
    void drawsTheStatusOfANodeThatIsAlone() {
        var status = new NodeStatus("porto", "", Duration.ofMinutes(1), undetected(), false, 0, List.of(), List.of(), List.of());

        assertThat(status.render(Screen.PLAIN)).contains("node     porto   up", "(not detected yet)", "no slot has a provider", "no peers; add one", "OK  no alerts")
                .doesNotContain("cluster", "KILL");
        assertThat(new NodeStatus("porto", "", Duration.ZERO, Fixtures.mode(true), false, 0, List.of(), List.of(), List.of()).render(Screen.PLAIN)).contains("(forced)");
    }

    @Test
    void showsAFewPeersAndCountsTheRest() {
        var many = IntStream.range(0, 11).mapToObj(i -> Fixtures.peer("n" + i, true)).toList();

        assertThat(new NodeStatus("porto", "", Duration.ZERO, undetected(), false, 0, List.of(), many, List.of()).render(Screen.PLAIN))
                .contains("n7", "and 3 more; see 'dwcp peers'").doesNotContain("n8");
    }

    @Test
    void showsRolloutsBelowTheSlots() {
        var slot = new SlotStatus("sync", List.of(), List.of("no pin", "rollout: 10 % to sync.v3, step 1 of 3 (10, 50, 100 %)"), 1);

        assertThat(new NodeStatus("porto", "", Duration.ZERO, undetected(), false, 0, List.of(slot), List.of(), List.of()).render(Screen.PLAIN))
                .contains("sync rollout: 10 % to sync.v3, step 1 of 3").doesNotContain("no pin");
    }

    @Test
    void saysWhatFlagsMeanWhenTheyAreTheOtherWay() {
        var flags = FlagState.DEFAULT.withForceV1(true).withModes(false, false).withEnabled("sync", false);

        assertThat(new FlagsView(flags, "dwcp flags set Salt a").render(Screen.PLAIN)).contains("every slot answers from v1", "mode hybrid is never entered",
                "the mode never changes by itself", "v3 is kept out", "undo: dwcp flags set Salt a");
    }

    @Test
    void sumsUpATransferOfManyFilesThatWasReceived() {
        var received = new TransferStatus("t2", TransferStatus.Direction.FETCH, NodeId.of("lisbon"), "images", TransferStatus.State.DONE, 3, 3, 300, 300, 0, 300, 0,
                Fixtures.NOON, Duration.ofSeconds(1), "", "", 2, "");

        var text = new TransferView(List.of(received)).render(Screen.PLAIN);

        assertThat(text).contains(" from lisbon", "3 files", "moved 2 times").doesNotContain(" by ");
    }

    @Test
    void showsProgressOfNothingAndWithoutARate() {
        var empty = new TransferStatus("t3", TransferStatus.Direction.SEND, NodeId.of("lisbon"), "empty", TransferStatus.State.RUNNING, 1, 0, 0, 0, 0, 0, 0,
                Fixtures.NOON, Duration.ZERO, "transport.v3", "", 0, "");

        assertThat(TransferView.progress(empty, Screen.PLAIN)).startsWith("empty  0 %").doesNotContain("ETA");
    }

    @Test
    void cutsAndScalesText() {
        assertThat(Text.cut("abcdef", 1, COLOURED)).isEqualTo("…");
        assertThat(Text.cut("abcdef", 3, COLOURED)).isEqualTo("ab…");
        assertThat(Text.bytes(Long.MAX_VALUE)).contains("iB");
        assertThat(Text.bar(0, 10, Screen.PLAIN)).isEqualTo("..........");
        assertThat(new Table("a", "b", "c").row("1").render(Screen.PLAIN)).isEqualTo("a  b  c\n1");
        assertThat(new Table("a".repeat(39), "b").row("x", "cut away").render(new Screen(true, false, true, 40)).lines()).allMatch(line -> line.length() <= 40);
    }

    @Test
    void writesAnEmptyOptionalAsNull() {
        assertThat(new ModeView(undetected(), List.of(), false, "").as(true).render(Screen.PLAIN)).contains("\"average\": null");
    }

    @Test
    void countsWhatNeedsALook() {
        var report = new DoctorReport(List.of(new DoctorReport.Check("disk", DoctorReport.Verdict.WARN, "little", "free some")));

        assertThat(report.good()).isTrue();
        assertThat(report.render(Screen.PLAIN)).contains("0 failed, 1 need a look, 0 well");
    }
}
