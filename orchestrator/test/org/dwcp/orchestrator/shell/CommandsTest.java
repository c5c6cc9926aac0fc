// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.apache.felix.service.command.CommandSession;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.HybridStats;
import org.dwcp.api.hybrid.Lease;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.Transfers;
import org.dwcp.api.transport.ChannelStats;
import org.dwcp.api.transport.LinkStats;
import org.dwcp.api.transport.Transport;
import org.dwcp.api.transport.TransportStats;
import org.dwcp.orchestrator.deploy.Plugin;
import org.dwcp.orchestrator.shell.view.Change;
import org.dwcp.orchestrator.shell.view.ClusterFlags;
import org.dwcp.orchestrator.shell.view.FlagsView;
import org.dwcp.orchestrator.shell.view.ModeView;
import org.dwcp.orchestrator.shell.view.Json;
import org.dwcp.orchestrator.shell.view.PeerFiguresTable;
import org.dwcp.orchestrator.shell.view.Screen;
import org.dwcp.orchestrator.shell.view.TransportView;
import org.dwcp.orchestrator.shell.view.View;
import org.dwcp.testkit.Requirement;
import org.junit.jupiter.api.Test;

/** The commands that are not rollouts. */
class CommandsTest {
    private final FakeNode node = new FakeNode();
    private final List<String> calls = new ArrayList<>();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final Peers peers = FakeNode.fake(Peers.class, Map.of(
            "list", a -> List.of(Fixtures.peer("faro", false), Fixtures.peer("lisbon", true)),
            "find", a -> a[0].equals(NodeId.of("lisbon")) ? Optional.of(Fixtures.peer("lisbon", true)) : Optional.empty(),
            "add", a -> note("add " + a[0] + " " + a[1] + " " + a[2]),
            "remove", a -> a[0].equals(NodeId.of("lisbon"))));

    private long sent = 1_000;
    private final Transport transport = FakeNode.fake(Transport.class, Map.of(
            "channels", a -> List.of(new ChannelStats(NodeId.of("lisbon"), "dwcp.flow", "transport.v3", 4, 3, sent += 1_000, 2, 77)),
            "stats", a -> Optional.of(new TransportStats("transport.v3", 1, 9, 4, 36, 3, sent, 2, 77, Map.of("frame.refused", 2L, "open.failed", 0L),
                    Map.of("congestion", "bbr", "pacing", "by model"))),
            "link", a -> Optional.of(new LinkStats((NodeId) a[0], 40_000_000, 50_000_000, 90_000_000, false, 0.01, 4, "tcp-info"))));
    private final ModeAwareAdapter adapter = FakeNode.fake(ModeAwareAdapter.class, Map.of(
            "slots", a -> List.of(Fixtures.transport(0)),
            "route", a -> FakeNode.fake(Route.class, Map.of("leaseNamed", b -> FakeNode.fake(Lease.class, Map.of("provider", c -> transport,
                    "providerName", c -> b[0], "close", c -> null))))));

    private Object note(String call) {
        calls.add(call);
        return null;
    }

    private CommandSession session(Screen screen) {
        var out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        return FakeNode.fake(CommandSession.class, Map.of("get", a -> a[0].equals(Screen.VARIABLE) ? screen : null, "getConsole", a -> out,
                "currentDir", a -> Path.of("/srv/here")));
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    @Requirement({"R-290", "R-294", "R-298"})
    void setsTheRolloutPercentage() {
        var view = (FlagsView) new FlagCommands(node, () -> new ClusterFlags(List.of())).flags(false, false, false, "set", "V3RolloutPercentage", "10");

        assertThat(node.state.v3RolloutPercentage()).isEqualTo(10);
        assertThat(view.undo()).isEqualTo("dwcp flags set V3RolloutPercentage 100");
    }

    @Test
    void setsEveryFlagThatItShows() {
        var commands = new FlagCommands(node, () -> new ClusterFlags(List.of()));

        for (var flag : List.of("ForceV1Mode", "EnableHybridMode", "EnableModeDetection", "EnableV3.transport", "enablev3.sync")) {
            commands.flags(false, false, false, "set", flag, "false");
        }
        commands.flags(false, false, false, "set", "Salt", "autumn");

        assertThat(node.state.enableHybridMode()).isFalse();
        assertThat(node.state.enableModeDetection()).isFalse();
        assertThat(node.state.enabled("transport")).isFalse();
        assertThat(node.state.enabled("sync")).isFalse();
        assertThat(node.state.enabled("encoding")).isTrue();
        assertThat(node.state.salt()).isEqualTo("autumn");
    }

    @Test
    void showsAFlagWithoutSettingItOnADryRun() {
        var view = (FlagsView) new FlagCommands(node, () -> new ClusterFlags(List.of())).flags(true, false, false, "set", "ForceV1Mode", "true");

        assertThat(view.flags().forceV1Mode()).isTrue();
        assertThat(node.state.forceV1Mode()).isFalse();
    }

    @Test
    void namesTheFlagsWhenOneIsUnknown() {
        assertThatThrownBy(() -> new FlagCommands(node, () -> new ClusterFlags(List.of())).flags(false, false, false, "set", "Nonsense", "1")).isInstanceOf(UsageException.class)
                .hasMessageContaining("EnableHybridMode, EnableModeDetection, EnableV3.consensus");
        assertThatThrownBy(() -> new FlagCommands(node, () -> new ClusterFlags(List.of())).flags(false, false, false, "set", "ForceV1Mode", "perhaps")).isInstanceOf(UsageException.class);
    }

    @Test
    void forcesAndReleasesTheMode() throws Exception {
        var detector = FakeNode.fake(ModeDetector.class, Map.of("report", a -> Fixtures.mode(false), "release", a -> note("release"), "links", a -> List.of()));
        var commands = new ModeCommands(node.manager(), detector, new ManualClock());

        commands.mode(session(Screen.PLAIN), false, false, "2", "1", false, "drill", "", false, "force", "internet");
        commands.mode(session(Screen.PLAIN), false, false, "2", "1", false, "drill", "", false, "release");
        commands.mode(session(Screen.PLAIN), false, false, "2", "1", true, "drill", "", false, "force", "datacenter");

        assertThat(node.commands).containsExactly("switchMode INTERNET drill");
        assertThat(calls).containsExactly("release");
    }

    @Test
    void watchesTheModeAsOftenAsAsked() throws Exception {
        var detector = FakeNode.fake(ModeDetector.class, Map.of("report", a -> Fixtures.mode(false), "links", a -> List.of()));

        var last = new ModeCommands(node.manager(), detector, new ManualClock()).mode(session(Screen.PLAIN), false, true, "3", "1", false, "", "", false);

        assertThat(printed().lines().filter(line -> line.equals("mode   internet"))).as("two pages, and the answer").hasSize(2);
        assertThat(last.render(Screen.PLAIN)).contains("mode   internet");
    }

    @Test
    void namesTheModesWhenOneIsUnknown() {
        var detector = FakeNode.fake(ModeDetector.class, Map.of("report", a -> Fixtures.mode(false)));

        assertThatThrownBy(() -> new ModeCommands(node.manager(), detector, new ManualClock()).mode(session(Screen.PLAIN), false, false, "2", "1", false, "", "", false, "force", "moon"))
                .isInstanceOf(UsageException.class).hasMessageContaining("datacenter, internet, hybrid");
    }

    @Test
    void saysOnADryRunWhatAModeWouldDo() throws Exception {
        var forced = FakeNode.fake(ModeDetector.class, Map.of("report", a -> Fixtures.mode(true), "links", a -> List.of(), "release", a -> note("release")));
        var free = FakeNode.fake(ModeDetector.class, Map.of("report", a -> Fixtures.mode(false), "links", a -> List.of(), "release", a -> note("release")));
        var ofForced = new ModeCommands(node.manager(), forced, new ManualClock());
        var ofFree = new ModeCommands(node.manager(), free, new ManualClock());

        var release = (Change) ofForced.mode(session(Screen.PLAIN), false, false, "2", "1", true, "", "", false, "release");
        assertThat(release.undo()).isEqualTo("dwcp mode force internet");
        assertThat(release.note()).isEqualTo("the next detection would decide the mode");
        var nothing = (Change) ofFree.mode(session(Screen.PLAIN), false, false, "2", "1", true, "", "", false, "release");
        assertThat(nothing.undo()).isEqualTo("nothing to undo");
        assertThat(nothing.note()).isEqualTo("the mode is not forced");
        assertThat(((Change) ofForced.mode(session(Screen.PLAIN), false, false, "2", "1", true, "", "7", false, "force", "datacenter")).undo())
                .isEqualTo("dwcp mode force internet");
        assertThat(((ModeView) ofForced.mode(session(Screen.PLAIN), false, false, "2", "1", false, "", "", false, "release")).undo())
                .isEqualTo("dwcp mode force internet");
        assertThat(((ModeView) ofFree.mode(session(Screen.PLAIN), true, false, "2", "1", false, "", "", false)).explain()).isTrue();
        assertThat(calls).containsExactly("release");
        assertThatThrownBy(() -> ofFree.mode(session(Screen.PLAIN), false, false, "2", "1", false, "", "", false, "force")).isInstanceOf(UsageException.class)
                .hasMessageContaining("mode force needs a mode");
        assertThatThrownBy(() -> ofFree.mode(session(Screen.PLAIN), false, false, "2", "1", false, "", "0", false)).isInstanceOf(UsageException.class);
    }

    @Test
    void listsPeersWithTheModesOfTheirLinks() throws InterruptedException {
        var link = new org.dwcp.api.hybrid.LinkReport(NodeId.of("lisbon"), NetworkMode.INTERNET, true, Fixtures.NOON, Optional.empty(), List.of(), "", List.of());
        var unknown = new org.dwcp.api.hybrid.LinkReport(NodeId.of("faro"), NetworkMode.HYBRID, false, Fixtures.NOON, Optional.empty(), List.of(), "", List.of());
        var commands = new PeerCommands(peers, FakeNode.fake(ModeDetector.class, Map.of("links", a -> List.of(link, unknown))), adapter, new ManualClock(), Optional::empty);

        assertThat(commands.peers(false, false, false).render(Screen.PLAIN)).containsPattern("lisbon .*internet").containsPattern("faro .*\\?");
        assertThatThrownBy(() -> commands.peers(false, false, false, "add", "braga")).isInstanceOf(UsageException.class).hasMessageContaining("needs NAME HOST:PORT");
        assertThatThrownBy(() -> commands.peers(false, false, false, "remove", "braga", "x")).isInstanceOf(UsageException.class).hasMessageContaining("needs NAME; peers: faro");
        assertThatThrownBy(() -> commands.peers(true, false, false, "add", "braga")).as("--stats changes nothing of that").isInstanceOf(UsageException.class);
        assertThat(commands.peers(false, false, false, "remove", "lisbon").render(Screen.PLAIN)).endsWith("undo: dwcp peers add lisbon 192.0.2.7:7400");
        assertThat(commands.peers(false, false, false, "add", "braga", "host:1").render(Screen.PLAIN)).endsWith("undo: dwcp peers remove braga");
    }

    @Test
    void raisesNoAlertForWhatIsWell() {
        var stats = new HybridStats(NetworkMode.INTERNET, 1, List.of(), 1, 1, 0, 0, 3, Map.of(), Optional.empty(), false);
        var failed = new org.dwcp.api.hybrid.ProviderInfo("transport", "transport.v3", "3.0.0", List.of("v3"), List.of(), 10, 0, org.dwcp.api.hybrid.ProviderState.FAILED,
                "breaker open", 0);
        var slot = new org.dwcp.api.hybrid.SlotStatus("transport", List.of(Fixtures.provider("transport", "v1", 100), failed), List.of(), 1);
        var manager = FakeNode.fake(HybridManager.class, Map.of("list", a -> List.of(slot), "stats", a -> stats, "orchestrator", a -> node.orchestrator()));
        var identity = FakeNode.fake(NodeIdentity.class, Map.of("id", a -> NodeId.of("porto"), "cluster", a -> "9f2c41d07a3be615"));
        var quiet = new org.dwcp.api.node.PeerInfo(NodeId.of("faro"), "192.0.2.7", 7400, false, Fixtures.NOON, 0, List.of(), "");
        var some = FakeNode.fake(Peers.class, Map.of("list", a -> List.of(quiet)));
        var good = new Plugin("good.jar", Plugin.State.ACTIVE, "", "", 4, List.of(), "");

        var page = new NodeCommands(manager, node, some, identity, () -> List.of(good), new ManualClock(), List::of).status(false).render(Screen.PLAIN);

        assertThat(page).contains("WARN  transport.v3 has failed: breaker open").doesNotContain("good.jar", "faro is offline", "changes too often");
    }

    @Test
    void showsFlagsAndRefusesHalfACommand() {
        var commands = new FlagCommands(node, () -> new ClusterFlags(List.of()));

        assertThat(commands.flags(false, false, false).render(Screen.PLAIN)).contains("ForceV1Mode");
        assertThatThrownBy(() -> commands.flags(false, false, false, "set", "Salt")).isInstanceOf(UsageException.class).hasMessageContaining("needs a flag and a value");
        assertThatThrownBy(() -> commands.flags(false, false, false, "set", "Salt", " ")).isInstanceOf(UsageException.class).hasMessageContaining("Salt is not 1 to");
        assertThatThrownBy(() -> commands.flags(false, false, false, "set", "Salt", "x".repeat(65))).isInstanceOf(UsageException.class);
        assertThat(node.commands).isEmpty();
    }

    @Test
    void showsASlotAndTheFlowsThatMoved() throws InterruptedException {
        var moves = List.of(new org.dwcp.api.hybrid.FlowMove("transport", "lisbon/f1", "transport.v1", "transport.v3", Fixtures.NOON, Duration.ofMillis(5)),
                new org.dwcp.api.hybrid.FlowMove("transport", "lisbon/f2", "transport.v1", "transport.v3", Fixtures.NOON, Duration.ofMillis(6)));
        var orchestrator = FakeNode.fake(org.dwcp.api.hybrid.HybridOrchestrator.class, Map.of("flowMoves", a -> moves, "show", a -> Fixtures.transport(0),
                "history", a -> List.of(Fixtures.swap(10, org.dwcp.api.hybrid.SwapRecord.Outcome.COMMITTED, ""))));
        var manager = FakeNode.fake(HybridManager.class, Map.of("list", a -> List.of(Fixtures.transport(0)), "orchestrator", a -> orchestrator));
        var commands = new SlotCommands(manager, adapter, new ManualClock());

        assertThat(commands.show(false, "transport").render(Screen.PLAIN)).startsWith("slot transport");
        assertThat(commands.history("1", true, false).render(Screen.PLAIN)).contains("lisbon/f2").doesNotContain("lisbon/f1");
        assertThat(commands.history("20", true, false, "transport").render(Screen.PLAIN)).contains("lisbon/f1");
        assertThat(commands.history("20", true, false, "encoding").render(Screen.PLAIN)).isEqualTo("no running flow was moved yet");
        assertThat(commands.history("20", false, false).render(Screen.PLAIN)).contains("9f2c");
        assertThat(commands.list(false).render(Screen.PLAIN)).contains("transport.v3");
        assertThatThrownBy(() -> commands.why(false)).isInstanceOf(UsageException.class).hasMessageContaining("why needs more words; slots: transport");
        assertThatThrownBy(() -> commands.list(false, "x")).isInstanceOf(UsageException.class).hasMessageContaining("takes fewer words than 1");
        assertThat(commands.why(false, "-").render(Screen.PLAIN)).as("a minus alone is a word").contains("no pin");
    }

    private PeerCommands peerCommands() {
        return new PeerCommands(peers, FakeNode.fake(ModeDetector.class, Map.of("links", a -> List.of())), adapter, new ManualClock(), Optional::empty);
    }

    @Test
    void addsAPeerByAddress() throws InterruptedException {
        var commands = peerCommands();

        commands.peers(false, false, false, "add", "braga", "[2001:db8::7]:7400");
        var view = commands.peers(false, false, false, "add", "lisbon", "host.example:7401");

        assertThat(calls).containsExactly("add braga 2001:db8::7 7400", "add lisbon host.example 7401");
        assertThat(view.render(Screen.PLAIN)).endsWith("undo: dwcp peers add lisbon 192.0.2.7:7400");
    }

    @Test
    void refusesAddressesThatAreNone() {
        for (var address : List.of("host", ":7400", "host:0", "host:65536", "2001:db8::7:7400", "host:x")) {
            assertThatThrownBy(() -> peerCommands().peers(false, false, false, "add", "braga", address)).as(address).isInstanceOf(UsageException.class);
        }
        assertThat(calls).isEmpty();
    }

    @Test
    void namesThePeersWhenOneIsUnknown() {
        assertThatThrownBy(() -> peerCommands().peers(false, false, false, "remove", "nowhere")).isInstanceOf(UsageException.class)
                .hasMessageContaining("peers: faro, lisbon");
    }

    private Transfers transfers(TransferStatus... statuses) {
        var left = new ArrayDeque<>(List.of(statuses));
        var transfer = FakeNode.fake(Transfer.class, Map.of("await", a -> left.size() > 1 ? left.removeFirst() : left.getFirst(),
                "cancel", a -> note("cancel")));
        return FakeNode.fake(Transfers.class, Map.of(
                "send", a -> sent("send " + a[0] + " " + a[1] + " " + ((TransferOptions) a[2]).name() + " " + ((TransferOptions) a[2]).patience()
                        + rate((TransferOptions) a[2]), transfer),
                "fetch", a -> sent("fetch " + a[0] + " " + a[1] + " " + a[2], transfer)));
    }

    private static String rate(TransferOptions options) {
        return options.bytesPerSecondMax() == 0 ? "" : " " + options.bytesPerSecondMax() + " B/s";
    }

    private Transfer sent(String call, Transfer transfer) {
        calls.add(call);
        return transfer;
    }

    private final TransferStatus running = Fixtures.transfer(TransferStatus.State.RUNNING, 1L << 30, "");
    private final TransferStatus done = Fixtures.transfer(TransferStatus.State.DONE, 4L << 30, "");

    @Test
    void sendsAtALimitedRate() {
        var commands = new TransferCommands(transfers(done), peers);
        for (var rate : List.of("10k", "20M", "1G", "12345", "0")) {
            commands.send(session(Screen.PLAIN), "", "60", rate, false, "a", "lisbon");
        }

        assertThat(calls).extracting(call -> call.substring(call.indexOf("PT1M") + 4)).containsExactly(" 10000 B/s", " 20000000 B/s", " 1000000000 B/s",
                " 12345 B/s", "");
        for (var wrong : List.of("", "9999", "9k", "1001G", "-1", "5m", "1.5M", "99999999999", "M", "20MB")) {
            assertThatThrownBy(() -> commands.send(session(Screen.PLAIN), "", "60", wrong, false, "a", "lisbon")).as(wrong)
                    .isInstanceOf(UsageException.class).hasMessageContaining("10000 to 1000000000000");
        }
    }

    @Test
    void sendsFilesRelativeToTheClientsFolder() {
        var view = new TransferCommands(transfers(done), peers).send(session(Screen.PLAIN), "images", "60", "0", false, "a b $x;|.img", "../c.img", "lisbon");

        assertThat(calls).containsExactly("send /srv/here/a b $x;|.img lisbon images/a b $x;|.img PT1M", "send /srv/c.img lisbon images/c.img PT1M");
        assertThat(view.good()).isTrue();
    }

    @Test
    void fetchesIntoTheClientsFolder() {
        new TransferCommands(transfers(done), peers).fetch(session(Screen.PLAIN), "120", "0", false, "lisbon", "images/base.img");

        assertThat(calls).containsExactly("fetch lisbon images/base.img /srv/here");
    }

    @Test
    void redrawsOneLineOnATerminal() {
        new TransferCommands(transfers(running, running, done), peers).send(session(new Screen(true, false, false, 80)), "", "120", "0", false, "a", "lisbon");

        assertThat(printed()).doesNotContain("\n").startsWith("\rimages/base.img  #####").endsWith("\r\u001b[K");
    }

    @Test
    void writesPlainLinesElsewhere() {
        new TransferCommands(transfers(running, running, done), peers).send(session(Screen.PLAIN), "", "120", "0", false, "a", "lisbon");

        assertThat(printed().lines()).hasSize(2).allSatisfy(line -> assertThat(line).startsWith("images/base.img  25 %").doesNotContain("\r"));
    }

    @Test
    void namesTheTransportThatCarriedAnEndedTransfer() {
        var ended = new TransferStatus("t1", TransferStatus.Direction.SEND, NodeId.of("lisbon"), "a", TransferStatus.State.DONE, 1, 1, 1, 1, 0, 1, 0,
                Fixtures.NOON, Duration.ofSeconds(1), "", "encoding.v3", 0, "");

        assertThat(new TransferCommands(transfers(running, ended), peers).send(session(Screen.PLAIN), "", "120", "0", false, "a", "lisbon").render(Screen.PLAIN))
                .endsWith("by transport.v3 with encoding.v3");
        assertThat(new TransferCommands(transfers(ended), peers).send(session(Screen.PLAIN), "", "120", "0", false, "a", "lisbon").render(Screen.PLAIN))
                .endsWith("by encoding.v3");
    }

    @Test
    void writesNothingButTheEndAsJson() {
        new TransferCommands(transfers(running, done), peers).send(session(Screen.PLAIN), "", "120", "0", true, "a", "lisbon");

        assertThat(printed()).isEmpty();
    }

    @Test
    void failsWhenATransferFails() {
        var view = new TransferCommands(transfers(Fixtures.transfer(TransferStatus.State.FAILED, 7, "disk full")), peers)
                .send(session(Screen.PLAIN), "", "120", "0", false, "a", "lisbon");

        assertThat(view.good()).isFalse();
        assertThat(view.render(Screen.PLAIN)).contains("FAILED", "not checked", "disk full");
    }

    @Test
    void cancelsTheTransferWhenItsClientGoes() {
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> new TransferCommands(transfers(running), peers).send(session(Screen.PLAIN), "", "120", "0", false, "a", "lisbon"))
                    .isInstanceOf(DwcpException.class).hasMessageContaining("the same command resumes it");
        } finally {
            Thread.interrupted();
        }
        assertThat(calls).endsWith("cancel");
    }

    private NodeCommands nodeCommands(ManualClock clock, List<Plugin> plugins) {
        var stats = new HybridStats(NetworkMode.INTERNET, 1, List.of(), 1, 1, 0, 0, 3, Map.of(), Optional.empty(), true);
        var manager = FakeNode.fake(HybridManager.class, Map.of("list", a -> List.of(Fixtures.transport(0), Fixtures.encoding()), "stats", a -> stats,
                "orchestrator", a -> node.orchestrator()));
        var identity = FakeNode.fake(NodeIdentity.class, Map.of("id", a -> NodeId.of("porto"), "cluster", a -> "9f2c41d07a3be615"));
        return new NodeCommands(manager, node, peers, identity, () -> plugins, clock, List::of);
    }

    @Test
    void raisesAnAlertForAllThatNeedsALook() {
        node.state = node.state.withForceV1(true);
        node.problems = List.of("etc/flags.json: line 3 is no JSON");
        var refused = new Plugin("bad.jar", Plugin.State.REFUSED, "", "", -1, List.of(), "no bundle");

        assertThat(nodeCommands(new ManualClock(), List.of(refused)).status(false).render(Screen.PLAIN)).contains("WARN  the kill switch is on",
                "WARN  flags: etc/flags.json: line 3 is no JSON; the flags in force stay",
                "WARN  the mode changes too often", "WARN  slot encoding has no provider", "WARN  peer faro is offline: connection refused",
                "WARN  deploy/bad.jar was refused: no bundle");
    }

    @Test
    void watchesAsOftenAsAsked() throws InterruptedException {
        var clock = new ManualClock();

        var last = nodeCommands(clock, List.of()).watch(session(Screen.PLAIN), "3", "1");

        assertThat(printed().lines().filter(line -> line.startsWith("node     porto"))).hasSize(2);
        assertThat(last).isInstanceOf(View.class);
        assertThat(Duration.between(Fixtures.NOON, clock.now())).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void stopsWatchingWhenItsClientGoes() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> nodeCommands(new ManualClock(), List.of()).watch(session(Screen.PLAIN), "1000000", "1"))
                .isInstanceOf(InterruptedException.class);
    }

    @Test
    @Requirement("R-147")
    void showsATransportWithItsFigures() throws InterruptedException {
        var view = (TransportView) new SlotCommands(node.manager(), adapter, new ManualClock()).show(false, "transport.v3");

        assertThat(view.goodputBps()).as("1,000 bytes more in half a second").isEqualTo(16_000);
        assertThat(view.modeChanges()).isEqualTo(4);
        assertThat(view.render(Screen.PLAIN)).contains("transport transport.v3   goodput 16.0 kbit/s   mode changes 4", "errors: frame.refused=2",
                "congestion=bbr, pacing=by model", "1.000 %", "50.00 ms", "90.0 Mbit/s", "dwcp.flow");
        assertThat(new Json(view).render(Screen.PLAIN)).contains("\"goodputBps\"", "\"lanesTotal\": 36", "\"loss\": 0.01");
    }

    @Test
    @Requirement("R-147")
    void showsWhatEachTransportDoesWithEachPeer() throws InterruptedException {
        var view = (PeerFiguresTable) peerCommands().peers(true, false, false);

        assertThat(view.figures()).isNotEmpty().allSatisfy(peer -> {
            assertThat(peer.lanes()).isEqualTo(4);
            assertThat(peer.bytesReceived()).isEqualTo(77);
            assertThat(peer.rttMinNs()).isEqualTo(40_000_000);
        });
        assertThat(view.render(Screen.PLAIN)).contains("lisbon", "transport.v3");
    }

    @Test
    void showsTheLastSwapsOfASlot() {
        var commands = new SlotCommands(node.manager(), adapter, new ManualClock());

        assertThat(commands.history("5", false, false, "transport").render(Screen.PLAIN)).contains("9f2c");
        assertThat(commands.history("5", false, false, "encoding").render(Screen.PLAIN)).isEqualTo("no swap yet");
        assertThatThrownBy(() -> commands.history("0", false, false)).isInstanceOf(UsageException.class);
    }
}
