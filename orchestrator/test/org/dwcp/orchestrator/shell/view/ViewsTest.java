// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import com.google.gson.JsonParser;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.orchestrator.shell.Fixtures;
import org.junit.jupiter.api.Test;

class ViewsTest {
    private static final Screen TERMINAL = new Screen(true, true, true, 60);

    @Test
    void drawsStatusOnOnePage() {
        var status = new NodeStatus("porto", "9f2c41d07a3be615", Duration.ofMinutes(192), Fixtures.mode(false), true, 3,
                List.of(Fixtures.transport(70), Fixtures.encoding()), List.of(Fixtures.peer("lisbon", true), Fixtures.peer("faro", false)),
                List.of("the kill switch is on"));

        assertThat(status.render(Screen.PLAIN)).isEqualTo("""
                node     porto   cluster 9f2c41d07a3be615   up 3 h 12 min
                mode     internet   rtt 80.12 ms > 55 ms: internet
                work     3 in flight   KILL SWITCH ON

                slot       state  shares
                transport  OK     #######... 70 % transport.v3   ###....... 30 % transport.v1   (0 %: transport.v0)
                encoding   FAIL   nothing serves

                peer    address         state    round trip  since                 providers or problem
                lisbon  192.0.2.7:7400  ONLINE     80.12 ms  2026-11-20 11:50:00Z  transport.v3
                faro    192.0.2.7:7400  OFFLINE           -  2026-11-20 11:50:00Z  connection refused
                WARN  the kill switch is on""");
    }

    @Test
    void drawsListAligned() {
        assertThat(new SlotTable(List.of(Fixtures.transport(100))).render(Screen.PLAIN)).isEqualTo("""
                slot       provider      version  state    share  leases  why
                transport  transport.v3  3.0.0    ACTIVE   100 %       3  mode internet
                transport  transport.v1  1.0.0    STANDBY    0 %       0  no share
                transport  transport.v0  0.0.0    STANDBY    0 %       0  no share""");
    }

    @Test
    void cutsLinesToTheTerminalAndColoursOnlyStates() {
        var lines = new SlotTable(List.of(Fixtures.transport(100))).render(TERMINAL).lines().toList();

        assertThat(lines.get(1)).isEqualTo("transport  transport.v3  3.0.0    \u001b[32mACTIVE \u001b[0m  100 %       3  m…");
        assertThat(lines).allSatisfy(line -> assertThat(line.replaceAll("\u001b\\[[0-9]*m", "")).hasSizeLessThanOrEqualTo(60));
    }

    @Test
    void neverWritesEscapesWithoutColour() {
        var plainTerminal = new Screen(true, false, true, 80);

        assertThat(new SlotTable(List.of(Fixtures.transport(50))).render(plainTerminal)).doesNotContain("\u001b");
        assertThat(new SlotTable(List.of(Fixtures.transport(50))).render(Screen.PLAIN)).doesNotContain("\u001b").isASCII();
    }

    @Test
    void keepsTextOfPeersFromSteeringTheTerminal() {
        var table = new Table("text").row("a\u001b[2Jb\nc\u202ed");

        assertThat(table.render(Screen.PLAIN)).isEqualTo("text\na [2Jb c d");
    }

    @Test
    void drawsReasonsInOrder() {
        assertThat(new Reasons(Fixtures.transport(100)).render(Screen.PLAIN)).isEqualTo("""
                1. kill switch is off
                2. no pin
                3. mode internet asks for v3
                => transport.v3 100 % ACTIVE: mode internet
                => transport.v1 0 % STANDBY: no share
                => transport.v0 0 % STANDBY: no share""");
    }

    @Test
    void drawsChangeWithItsUndo() {
        var change = new Change("promote transport transport.v3 --share 10", false, List.of(Fixtures.transport(0)), List.of(Fixtures.transport(10)),
                List.of(Fixtures.swap(10, SwapRecord.Outcome.COMMITTED, "")), "dwcp rollback transport", "");

        assertThat(change.render(Screen.PLAIN)).isEqualTo("""
                promote transport transport.v3 --share 10
                slot       from          to            share  outcome    commit  error
                transport  transport.v1  transport.v3   10 %  COMMITTED    3 ms
                slot       provider      before   now
                transport  transport.v3     0 %  10 %
                transport  transport.v1   100 %  90 %
                undo: dwcp rollback transport""");
        assertThat(change.good()).isTrue();
    }

    @Test
    void failsWhenASwapWasUndone() {
        var change = new Change("promote", false, List.of(), List.of(), List.of(Fixtures.swap(10, SwapRecord.Outcome.UNDONE, "not ready")), "", "");

        assertThat(change.good()).isFalse();
    }

    @Test
    void drawsHistory() {
        assertThat(new HistoryTable(List.of(Fixtures.swap(10, SwapRecord.Outcome.UNDONE, "not ready"))).render(Screen.PLAIN)).isEqualTo("""
                at                    id    slot       from          to            share  outcome  commit   drain  aborted  trigger   reason
                2026-11-20 12:00:00Z  9f2c  transport  transport.v1  transport.v3   10 %  UNDONE     3 ms  120 ms        0  OPERATOR  operator: not ready""");
    }

    @Test
    void drawsFlagsUnderTheirDocumentedNames() {
        var flags = FlagState.DEFAULT.withRouting(Map.of("sync", "sync.v1"), Map.of("transport", new FlagState.Rollout("transport.v3", 10, "r1")));

        assertThat(new FlagsView(flags, "").render(Screen.PLAIN)).contains("V3RolloutPercentage   100 ", "EnableV3.transport    true ",
                "pin of sync           sync.v1            end it with 'dwcp unpin sync'",
                "rollout of transport  transport.v3 10 %  end it with 'dwcp rollback transport'");
    }

    @Test
    void explainsTheModeBySamples() {
        assertThat(new ModeView(Fixtures.mode(true), List.of(), true, "").render(Screen.PLAIN)).isEqualTo("""
                mode   internet (forced; end it with 'dwcp mode release')
                since  2026-11-20 11:59:00Z
                why    rtt 80.12 ms > 55 ms: internet
                at                    round trip     bandwidth    loss  measured by
                2026-11-20 11:59:57Z    80.12 ms  200.0 Mbit/s  0.12 %  tcp-info
                average                 80.12 ms  200.0 Mbit/s  0.12 %  the last decision used this""");
    }

    @Test
    void sumsATransferUp() {
        assertThat(new TransferView(List.of(Fixtures.transfer(TransferStatus.State.DONE, 4L << 30, ""))).render(Screen.PLAIN)).isEqualTo(
                "DONE  images/base.img to lisbon: 4.0 GiB in 30.0 s, 102.4 MiB/s, sha-256 right, 1.0 GiB resumed, 4.0 GiB on the wire, "
                        + "by transport.v3 with encoding.v3, moved 1 time");
    }

    @Test
    void drawsProgressWithinTheTerminal() {
        var line = TransferView.progress(Fixtures.transfer(TransferStatus.State.RUNNING, 2L << 30, ""), new Screen(true, true, true, 100));

        assertThat(line).startsWith("images/base.img  ██████████░░░░░░░░░░ 50 %  2.0 GiB of 4.0 GiB  100.0 MiB/s  ETA 20.0 s").hasSizeLessThan(100);
    }

    @Test
    void saysWhatATransferWaitsFor() {
        assertThat(TransferView.progress(Fixtures.transfer(TransferStatus.State.WAITING, 0, "lisbon is offline"), Screen.PLAIN))
                .isEqualTo("images/base.img  0 %  0 B of 4.0 GiB  waiting: lisbon is offline");
    }

    @Test
    void listsPluginsWithWhatWasRefusedAndHowToPromote() {
        var table = new PluginTable(List.of(
                new PluginTable.Row("com.example.plain", "1.0.0", "plain.jar", "transport", "transport.plain", "STANDBY", 0, "no share"),
                new PluginTable.Row("", "", "half.jar", "", "", "REFUSED", 0, "not a whole jar yet")));

        assertThat(table.render(Screen.PLAIN)).isEqualTo("""
                slot       provider         state    share  bundle             version  from              note
                transport  transport.plain  STANDBY    0 %  com.example.plain  1.0.0    deploy/plain.jar  no share
                -          -                REFUSED      -  -                  -        deploy/half.jar   not a whole jar yet
                promote: dwcp promote transport transport.plain --share 10""");
    }

    @Test
    void reportsWhatToDo() {
        var report = new DoctorReport(List.of(new DoctorReport.Check("clock", DoctorReport.Verdict.OK, "well", ""),
                new DoctorReport.Check("disk", DoctorReport.Verdict.FAIL, "3 B free", "free some")));

        assertThat(report.good()).isFalse();
        assertThat(report.render(Screen.PLAIN)).isEqualTo("""
                verdict  check  finding
                OK       clock  well
                FAIL     disk   3 B free
                disk: free some
                1 failed, 0 need a look, 1 well""");
    }

    @Test
    void writesTheSameRecordAsJson() {
        var json = JsonParser.parseString(new SlotTable(List.of(Fixtures.transport(70))).as(true).render(Screen.PLAIN)).getAsJsonObject();

        var first = json.getAsJsonArray("slots").get(0).getAsJsonObject().getAsJsonArray("providers").get(0).getAsJsonObject();
        assertThat(first.get("share").getAsInt()).isEqualTo(70);
    }

    @Test
    void writesMomentsDurationsAndMissingValuesAsJson() {
        var json = JsonParser.parseString(new TransferView(List.of(Fixtures.transfer(TransferStatus.State.DONE, 1, ""))).as(true).render(Screen.PLAIN))
                .getAsJsonObject().getAsJsonArray("transfers").get(0).getAsJsonObject();

        assertThat(json.get("started").getAsString()).isEqualTo("2026-11-20T12:00:00Z");
        assertThat(json.get("elapsed").getAsDouble()).isEqualTo(30.0);
        assertThat(json.get("peer").getAsString()).isEqualTo("lisbon");
        assertThat(new ModeView(Fixtures.mode(true), List.of(), true, "").as(true).render(Screen.PLAIN)).contains("\"rttNs\": 80120000");
    }

    @Test
    void writesDurationsInTheirTwoLargestUnits() {
        assertThat(List.of(Duration.ZERO, Duration.ofNanos(17_000), Duration.ofMillis(999), Duration.ofSeconds(59), Duration.ofSeconds(60),
                Duration.ofHours(24)).stream().map(Text::duration)).containsExactly("0 ms", "17 us", "999 ms", "59.0 s", "1 min 0 s", "1 d 0 h");
    }
}
