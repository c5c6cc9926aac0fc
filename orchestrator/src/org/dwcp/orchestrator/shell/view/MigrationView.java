// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import org.dwcp.api.transfer.TransferStatus.State;
import org.dwcp.api.vm.MigrationStatus;

/**
 * The move of a guest at its end, or on its way.
 *
 * @param migration how it stands
 */
public record MigrationView(MigrationStatus migration) implements View {
    private static final int BAR_CELLS = 20;

    @Override
    public boolean good() {
        return migration.state() != State.FAILED && migration.state() != State.CANCELLED;
    }

    @Override
    public String render(Screen screen) {
        if (!migration.state().ended()) {
            return progress(migration, screen);
        }
        var line = new StringBuilder(Paint.state(migration.state().name(), screen)).append("  ").append(Text.line(migration.name())).append(" to ").append(migration.peer())
                .append(": ").append(Text.bytes(migration.streamBytes())).append(" of QEMU in ").append(Text.duration(migration.elapsed())).append(", ")
                .append(Text.bytes(migration.wireBytes())).append(" on the wire, ").append(migration.rounds()).append(migration.rounds() == 1 ? " round" : " rounds");
        if (good()) {
            line.append(", stood still for at most ").append(Text.duration(migration.downtime()));
        }
        if (migration.moves() > 0) {
            line.append(", moved ").append(migration.moves()).append(migration.moves() == 1 ? " time" : " times");
        }
        if (!migration.error().isEmpty()) {
            line.append("\n      ").append(Text.line(migration.error()));
        }
        return line.toString();
    }

    /**
     * Writes how it stands, on one line.
     *
     * @param migration the state now
     * @param screen    where it will be read; on a terminal the line fits its width
     * @return the line
     */
    public static String progress(MigrationStatus migration, Screen screen) {
        var total = migration.memoryBytes();
        var percent = total == 0 ? 0 : (int) (100 * Math.clamp(total - migration.remainingBytes(), 0, total) / total);
        var line = new StringBuilder(Text.line(migration.name())).append("  ").append(switch (migration.step()) {
            case PREPARE -> "preparing";
            case COPY -> "copying";
            case HANDOVER -> "handing over";
            case SETTLE -> "asking the peer";
            case END -> "over";
        }).append("  ");
        if (screen.live()) {
            line.append(Text.bar(percent, BAR_CELLS, screen)).append(' ');
        }
        line.append(percent).append(" %  ").append(Text.bytes(migration.remainingBytes())).append(" left, round ").append(migration.rounds());
        if (migration.state() == State.WAITING) {
            line.append("  waiting: ").append(Text.line(migration.error()));
        } else {
            line.append("  ").append(Text.bytes(migration.bytesPerSecond())).append("/s");
            if (migration.dirtyBytesPerSecond() > 0) {
                line.append(", changes ").append(Text.bytes(migration.dirtyBytesPerSecond())).append("/s");
            }
            if (!migration.expectedDowntime().isZero()) {
                line.append(", would stand still ").append(Text.duration(migration.expectedDowntime()));
            }
            line.append(migration.transport().isEmpty() ? "" : "  " + migration.transport());
        }
        return screen.live() ? Text.cut(line.toString(), screen.width() - 1, screen) : line.toString();
    }
}
