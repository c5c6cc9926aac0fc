// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.image.ImagePins;
import org.dwcp.orchestrator.shell.view.Note;
import org.dwcp.orchestrator.shell.view.PinTable;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Commands over the versions of images that are to stay at all nodes. */
@Component(service = BaselineCommands.class)
@GogoCommand(scope = "dwcp", function = "baselines")
@Descriptor("baselines")
public final class BaselineCommands {
    static final List<String> ACTIONS = List.of("pin", "unpin");
    private static final int WORDS_MAX = 64;
    private static final int NOTE_FROM = 3;

    private final ImagePins pins;

    /**
     * Makes the commands.
     *
     * @param pins what is pinned
     */
    @Activate
    public BaselineCommands(@Reference ImagePins pins) {
        this.pins = pins;
    }

    /** Lists, pins, unpins. */
    @Descriptor("list the versions of images that all nodes keep, pin one or take its pin back: a pinned version makes no room for newer ones and cannot be removed")
    @Usage(words = "[pin NAME VERSION [NOTE...] | unpin NAME VERSION]",
            examples = {"baselines", "baselines pin debian 3fa9c1d2 template of the build machines", "baselines unpin debian 3fa9c1d2"})
    public View baselines(@Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("pin or unpin, name of the image, first digits of the version, and for what") String... words) {
        var checked = Words.of("baselines", words, 0, WORDS_MAX, "choose one of " + String.join(", ", ACTIONS));
        if (checked.isEmpty()) {
            return new PinTable(pins.list()).as(json);
        }
        boolean pin = checked.oneOf(0, ACTIONS).equals("pin");
        if (checked.count() < NOTE_FROM || !pin && checked.count() > NOTE_FROM) {
            throw new UsageException("baselines", "baselines " + words[0] + " needs NAME VERSION" + (pin ? ", and takes a note" : ""));
        }
        if (pin) {
            var made = pins.pin(checked.at(1), checked.at(2), IntStream.range(NOTE_FROM, checked.count()).mapToObj(checked::at).collect(Collectors.joining(" ")));
            return new Note("version " + made.sha256() + " of image " + made.name() + " stays at every node that has it or gets it\nundo: dwcp baselines unpin " + made.name() + " " + made.sha256()).as(json);
        }
        if (!pins.unpin(checked.at(1), checked.at(2))) {
            throw new UsageException("baselines", "version " + checked.at(2) + " of image '" + checked.at(1) + "' is not pinned");
        }
        return new Note("the pin is taken back; the version goes when room is needed, or by image remove").as(json);
    }
}
