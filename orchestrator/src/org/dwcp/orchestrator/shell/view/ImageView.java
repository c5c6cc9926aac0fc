// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.time.Duration;

import org.dwcp.api.image.ImageStatus;
import org.dwcp.api.image.ImageStatus.Action;
import org.dwcp.api.transfer.TransferStatus.State;

/**
 * Work on an image at its end, or on its way.
 *
 * @param image how it stands
 */
public record ImageView(ImageStatus image) implements View {
    private static final int BAR_CELLS = 20;

    @Override
    public boolean good() {
        return image.state() == State.DONE;
    }

    @Override
    public String render(Screen screen) {
        var line = new StringBuilder(Paint.state(image.state().name(), screen)).append("  ").append(Text.line(image.name()));
        line.append(switch (image.action()) {
            case PUSH -> " to ";
            case PULL -> " from ";
            case VERIFY -> " at ";
        }).append(image.peer());
        if (!image.version().isEmpty()) {
            line.append(", version ").append(Text.version(image.version()));
        }
        line.append(": ").append(Text.bytes(image.imageBytes() == 0 ? image.stepBytes() : image.imageBytes())).append(" in ").append(Text.duration(image.elapsed()));
        if (image.action() != Action.VERIFY) {
            line.append(", ").append(Text.bytes(image.freshBytes())).append(" were new, ").append(Text.bytes(image.packBytes())).append(" packed, ")
                    .append(Text.bytes(image.bytesResumed())).append(" resumed, ").append(Text.bytes(image.bytesWire())).append(" on the wire");
        }
        line.append(", sha-256 ").append(good() ? "right" : "not checked");
        if (image.action() == Action.VERIFY && good()) {
            line.append(" of ").append(image.versions()).append(image.versions() == 1 ? " version" : " versions");
        }
        if (image.moves() > 0) {
            line.append(", moved ").append(image.moves()).append(image.moves() == 1 ? " time" : " times");
        }
        if (!image.error().isEmpty()) {
            line.append("\n      ").append(Text.line(image.error()));
        }
        return line.toString();
    }

    /**
     * Writes how it stands, on one line.
     *
     * @param image  the state now
     * @param screen where it will be read; on a terminal the line fits its width
     * @return the line
     */
    public static String progress(ImageStatus image, Screen screen) {
        var percent = image.stepBytes() == 0 ? 0 : (int) (100 * image.stepBytesDone() / image.stepBytes());
        var line = new StringBuilder(Text.line(image.name())).append("  ").append(switch (image.step()) {
            case SCAN -> "scanning";
            case ASK -> "asking";
            case PACK -> "packing";
            case SEND -> image.action() == Action.PULL ? "fetching" : "sending";
            case CHECK -> "checking";
        }).append("  ");
        if (screen.live()) {
            line.append(Text.bar(percent, BAR_CELLS, screen)).append(' ');
        }
        line.append(percent).append(" %  ").append(Text.bytes(image.stepBytesDone())).append(" of ").append(Text.bytes(image.stepBytes()));
        if (image.state() == State.WAITING) {
            line.append("  waiting: ").append(Text.line(image.error()));
        } else {
            line.append("  ").append(Text.bytes(image.bytesPerSecond())).append("/s");
            if (image.bytesPerSecond() > 0) {
                line.append("  ETA ").append(Text.duration(Duration.ofSeconds((image.stepBytes() - image.stepBytesDone()) / image.bytesPerSecond())));
            }
            line.append(image.transport().isEmpty() ? "" : "  " + image.transport());
        }
        return screen.live() ? Text.cut(line.toString(), screen.width() - 1, screen) : line.toString();
    }
}
