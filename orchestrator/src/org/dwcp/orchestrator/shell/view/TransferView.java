// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.dwcp.api.transfer.TransferStatus;

/**
 * Transfers at their end, or on their way.
 *
 * @param transfers in the order they were asked for
 */
public record TransferView(List<TransferStatus> transfers) implements View {
    private static final int BAR_CELLS = 20;

    /** Copies the list. */
    public TransferView {
        transfers = List.copyOf(transfers);
    }

    @Override
    public boolean good() {
        return transfers.stream().allMatch(transfer -> transfer.state() == TransferStatus.State.DONE);
    }

    @Override
    public String render(Screen screen) {
        var lines = new ArrayList<String>();
        transfers.forEach(transfer -> lines.add(summary(transfer, screen)));
        return String.join("\n", lines);
    }

    private static String summary(TransferStatus transfer, Screen screen) {
        var line = new StringBuilder();
        line.append(Paint.state(transfer.state().name(), screen)).append("  ").append(Text.line(transfer.name()))
                .append(transfer.direction() == TransferStatus.Direction.SEND ? " to " : " from ").append(transfer.peer())
                .append(": ").append(Text.bytes(transfer.bytesDone())).append(" in ").append(Text.duration(transfer.elapsed()))
                .append(", ").append(Text.bytes(rate(transfer))).append("/s");
        if (transfer.files() > 1) {
            line.append(", ").append(transfer.filesDone()).append(" of ").append(transfer.files()).append(" files");
        }
        line.append(", sha-256 ").append(transfer.state() == TransferStatus.State.DONE ? "right" : "not checked");
        line.append(", ").append(Text.bytes(transfer.bytesResumed())).append(" resumed, ").append(Text.bytes(transfer.bytesWire())).append(" on the wire");
        if (!by(transfer).isEmpty()) {
            line.append(", by ").append(by(transfer));
        }
        if (transfer.moves() > 0) {
            line.append(", moved ").append(transfer.moves()).append(transfer.moves() == 1 ? " time" : " times");
        }
        if (!transfer.error().isEmpty()) {
            line.append("\n      ").append(Text.line(transfer.error()));
        }
        return line.toString();
    }

    private static long rate(TransferStatus transfer) {
        var ms = Math.max(1, transfer.elapsed().toMillis());
        return (long) ((transfer.bytesDone() - transfer.bytesResumed()) * 1e3 / ms);
    }

    private static String by(TransferStatus transfer) {
        return Stream.of(transfer.transport(), transfer.encoding()).filter(name -> !name.isEmpty()).collect(Collectors.joining(" with "));
    }

    /**
     * Writes how a running transfer stands, on one line.
     *
     * @param transfer the state now
     * @param screen   where it will be read; on a terminal the line fits its width
     * @return the line
     */
    public static String progress(TransferStatus transfer, Screen screen) {
        var percent = transfer.bytes() == 0 ? 0 : (int) (100 * transfer.bytesDone() / transfer.bytes());
        var line = new StringBuilder();
        line.append(Text.line(transfer.name())).append("  ");
        if (screen.live()) {
            line.append(Text.bar(percent, BAR_CELLS, screen)).append(' ');
        }
        line.append(percent).append(" %  ").append(Text.bytes(transfer.bytesDone())).append(" of ").append(Text.bytes(transfer.bytes()));
        if (transfer.state() == TransferStatus.State.WAITING) {
            line.append("  waiting: ").append(Text.line(transfer.error()));
        } else {
            line.append("  ").append(Text.bytes(transfer.bytesPerSecond())).append("/s");
            if (transfer.bytesPerSecond() > 0) {
                line.append("  ETA ").append(Text.duration(Duration.ofSeconds((transfer.bytes() - transfer.bytesDone()) / transfer.bytesPerSecond())));
            }
            line.append("  ").append(by(transfer));
        }
        return screen.live() ? Text.cut(line.toString(), screen.width() - 1, screen) : line.toString();
    }
}
