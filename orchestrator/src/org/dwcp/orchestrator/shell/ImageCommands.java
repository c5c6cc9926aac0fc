// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.NodeId;
import org.dwcp.api.image.ImageStatus;
import org.dwcp.api.image.ImageTask;
import org.dwcp.api.image.Images;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.orchestrator.shell.view.ImageTable;
import org.dwcp.orchestrator.shell.view.ImageView;
import org.dwcp.orchestrator.shell.view.Note;
import org.dwcp.orchestrator.shell.view.Screen;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Commands over disk images that nodes keep as versions. They show progress as those do that move files, and a client that goes away cancels what it
 * ordered; what has arrived stays for the next try.
 */
@Component(service = ImageCommands.class)
@GogoCommand(scope = "dwcp", function = "image")
@Descriptor("disk images as versions")
public final class ImageCommands {
    static final List<String> ACTIONS = List.of("push", "pull", "verify", "list", "remove");
    static final List<String> FORMATS = List.of("raw", "qcow2");
    private static final int PATIENCE_MAX_S = 7 * 86_400;

    private final Images images;
    private final Peers peers;

    /**
     * Makes the commands.
     *
     * @param images what keeps and moves images
     * @param peers  who there is
     */
    @Activate
    public ImageCommands(@Reference Images images, @Reference Peers peers) {
        this.images = images;
        this.peers = peers;
    }

    /** Pushes, pulls, verifies, lists or removes. */
    @Descriptor("keep disk images as versions at a node: only what a node lacks travels, and zeros are holes")
    @Usage(words = "push FILE NODE | pull NAME NODE FILE | verify NAME [NODE] | list [NODE] | remove NAME [VERSION]",
            examples = {"image push debian.img lisbon", "image push debian.img lisbon --name debian", "image push debian.qcow2 lisbon",
                    "image push /dev/vg/snapshot lisbon --name web", "image pull debian lisbon /srv/images/debian.img",
                    "image pull debian lisbon debian.qcow2 --format qcow2", "image pull web lisbon /dev/vg/web --overwrite",
                    "image verify debian lisbon", "image list lisbon", "image remove debian 3fa9c1d2"})
    public View image(CommandSession session,
            @Descriptor("with push: name at the node that keeps it; that of the file when left out") @Parameter(names = "--name", absentValue = "") String name,
            @Descriptor("raw or qcow2; when left out, a push goes by name and first bytes, and a pull writes raw")
            @Parameter(names = "--format", absentValue = "auto") String format,
            @Descriptor("with pull: replace the file in one step when it is there") @Parameter(names = "--replace", presentValue = "true", absentValue = "false") boolean replace,
            @Descriptor("with pull: write onto the block device FILE, and lose what it holds")
            @Parameter(names = "--overwrite", presentValue = "true", absentValue = "false") boolean overwrite,
            @Descriptor("seconds to go on trying while the peer is away; 120 when left out")
            @Parameter(names = "--timeout", absentValue = "120") String timeout,
            @Descriptor("write JSON at the end") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("push, pull, verify, list or remove, and what they need") String... words) {
        var action = Words.of("image", words, 1, 4, "choose one of " + String.join(", ", ACTIONS)).oneOf(0, ACTIONS);
        var patience = Words.seconds("image", "--timeout", timeout, PATIENCE_MAX_S);
        if (!name.isEmpty() && !action.equals("push")) {
            throw new UsageException("image", "--name is for image push only");
        }
        if ((replace || overwrite) && !action.equals("pull")) {
            throw new UsageException("image", (replace ? "--replace" : "--overwrite") + " is for image pull only");
        }
        if (replace && overwrite) {
            throw new UsageException("image", "--replace is for files, --overwrite for block devices; choose one");
        }
        var form = format(format, action);
        return switch (action) {
            case "push" -> {
                var checked = words(words, 3, 3, "FILE NODE");
                yield follow(session, images.push(Words.path("image", session, checked.at(1)), form, NodeId.of(checked.at(2)), name, patience), json);
            }
            case "pull" -> {
                var checked = words(words, 4, 4, "NAME NODE FILE");
                var existing = overwrite ? Images.Existing.OVERWRITE : replace ? Images.Existing.REPLACE : Images.Existing.REFUSE;
                yield follow(session, images.pull(NodeId.of(checked.at(2)), checked.at(1), Words.path("image", session, checked.at(3)), form, existing,
                        patience), json);
            }
            case "verify" -> {
                var checked = words(words, 2, 3, "NAME [NODE]");
                yield follow(session, images.verify(node(checked, 2), checked.at(1)), json);
            }
            case "list" -> {
                var node = node(words(words, 1, 2, "[NODE]"), 1);
                yield new ImageTable(node, images.list(node)).as(json);
            }
            default -> {
                var checked = words(words, 2, 3, "NAME [VERSION]");
                var removed = images.remove(checked.at(1), checked.count() == 3 ? checked.at(2) : "");
                yield new Note("removed " + removed + (removed == 1 ? " version" : " versions") + " of image " + checked.at(1) + " from this node").as(json);
            }
        };
    }

    private static Images.Format format(String format, String action) {
        if (format.equals("auto")) {
            return Images.Format.AUTO;
        }
        if (!FORMATS.contains(format)) {
            throw new UsageException("image", "--format '" + format + "' is none of " + String.join(", ", FORMATS));
        }
        if (!action.equals("push") && !action.equals("pull")) {
            throw new UsageException("image", "--format is for image push and pull only");
        }
        return Images.Format.valueOf(format.toUpperCase(Locale.ROOT));
    }

    private Words words(String[] words, int min, int max, String needs) {
        return Words.of("image", words, min, max, "image " + words[0] + " takes " + needs + "; peers: "
                + peers.list().stream().map(PeerInfo::id).map(NodeId::value).collect(Collectors.joining(", ")));
    }

    private NodeId node(Words words, int index) {
        return words.count() > index ? NodeId.of(words.at(index)) : peers.self();
    }

    private static View follow(CommandSession session, ImageTask task, boolean json) {
        Deadline.of(session).lift();
        return new ImageView(Following.toTheEnd(session, json, new Followed(task))).as(json);
    }

    private record Followed(ImageTask task) implements Following.Work<ImageStatus> {
        @Override
        public ImageStatus await(Duration timeout) {
            return task.await(timeout);
        }

        @Override
        public boolean isOver(ImageStatus status) {
            return status.state().ended();
        }

        @Override
        public String progress(ImageStatus status, Screen screen) {
            return ImageView.progress(status, screen);
        }

        @Override
        public void cancel() {
            task.cancel();
        }

        @Override
        public String cancelled(ImageStatus status) {
            return "cancelled; the same command goes on with what had arrived of image " + status.name();
        }
    }
}
