// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.shell.view.Change;
import org.dwcp.orchestrator.shell.view.ModeView;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Commands over the node's mode. */
@Component(service = ModeCommands.class)
@GogoCommand(scope = "dwcp", function = "mode")
@Descriptor("network mode")
public final class ModeCommands {
    private static final List<String> MODES = Arrays.stream(NetworkMode.values()).map(NetworkMode::label).toList();

    private final HybridManager manager;
    private final ModeDetector detector;
    private final NodeClock clock;

    /**
     * Makes the commands.
     *
     * @param manager  switches the mode
     * @param detector measures it
     * @param clock    time
     */
    @Activate
    public ModeCommands(@Reference HybridManager manager, @Reference ModeDetector detector, @Reference NodeClock clock) {
        this.manager = manager;
        this.detector = detector;
        this.clock = clock;
    }

    /** Shows the mode, forces one, or lets it go. */
    @Descriptor("show the network mode of the node, force one, or let it go again")
    @Usage(words = "[force MODE | release]", examples = {"mode", "mode --explain", "mode --watch", "mode force internet --reason drill", "mode release"})
    public View mode(CommandSession session,
            @Descriptor("show the samples and the average, of the node and of each link") @Parameter(names = "--explain", presentValue = "true", absentValue = "false") boolean explain,
            @Descriptor("show it again every second until Ctrl-C") @Parameter(names = "--watch", presentValue = "true", absentValue = "false") boolean watch,
            @Descriptor("with --watch: how often; for ever when left out") @Parameter(names = {"--count", "-n"}, absentValue = "1000000") String count,
            @Descriptor("with --watch: seconds between two pages, 1 to 3600; 1 when left out") @Parameter(names = "--interval", absentValue = "1") String interval,
            @Descriptor("change nothing, say what would change") @Parameter(names = "--dry-run", presentValue = "true", absentValue = "false") boolean dry,
            @Descriptor("why, for the history") @Parameter(names = {"--reason", "-r"}, absentValue = "operator") String reason,
            @Descriptor("longest time in seconds, 1 to 3600; 5 when left out") @Parameter(names = "--timeout", absentValue = "") String timeout,
            @Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("force MODE, or release") String... words) throws InterruptedException {
        var checked = Words.of("mode", words, 0, 2, "choose force or release; modes: " + String.join(", ", MODES));
        if (!timeout.isEmpty()) {
            Deadline.of(session).extend(Words.seconds("mode", "--timeout", timeout, Deadline.TIMEOUT_MAX_S));
        }
        var was = detector.report();
        if (checked.isEmpty()) {
            if (watch) {
                Watching.show(session, clock, Watching.times("mode", count), Words.seconds("mode", "--interval", interval, 3_600), () -> view(explain, ""));
            }
            return view(explain, "").as(json);
        }
        if (checked.oneOf(0, List.of("force", "release")).equals("release")) {
            return release(was, explain, dry).as(json);
        }
        if (checked.count() != 2) {
            throw new UsageException("mode", "mode force needs a mode: " + String.join(", ", MODES));
        }
        var mode = NetworkMode.parse(checked.oneOf(1, MODES));
        var undo = was.forced() ? "dwcp mode force " + was.mode().label() : "dwcp mode release";
        if (dry) {
            return new Change("mode force " + mode.label(), true, manager.list(), List.of(), List.of(), undo, expected(mode)).as(json);
        }
        manager.switchMode(mode, reason);
        return view(explain, undo).as(json);
    }

    private View release(ModeReport was, boolean explain, boolean dry) {
        var undo = was.forced() ? "dwcp mode force " + was.mode().label() : "nothing to undo";
        if (dry) {
            return new Change("mode release", true, manager.list(), List.of(), List.of(), undo,
                    was.forced() ? "the next detection would decide the mode" : "the mode is not forced");
        }
        detector.release();
        return view(explain, undo);
    }

    private ModeView view(boolean explain, String undo) {
        return new ModeView(detector.report(), detector.links(), explain, undo);
    }

    private String expected(NetworkMode mode) {
        return "slots that no pin, flag, rollout or failure decides would go to: " + manager.list().stream()
                .flatMap(slot -> slot.providers().stream().filter(p -> p.modes().contains(mode.label())).limit(1))
                .map(provider -> provider.slot() + " " + provider.name())
                .collect(Collectors.joining(", "));
    }
}
