// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.transfer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.TransferStatus.Direction;

/** Transfers that run and the last that ended, oldest first. One that is begun again takes the place of its former self. Thread-safe. */
final class TransferLog {
    /** Source: contract of {@link org.dwcp.api.transfer.Transfers#list}. */
    static final int TRANSFERS_MAX = 1_000;

    private final Map<String, TrackedTransfer> transfers = new LinkedHashMap<>();

    /** Adds a transfer; the oldest that ended make room. */
    synchronized void add(TrackedTransfer transfer) {
        String key = key(transfer.direction(), transfer.id());
        transfers.remove(key);
        transfers.put(key, transfer);
        int over = transfers.size() - TRANSFERS_MAX;
        if (over > 0) {
            List<String> old = new ArrayList<>();
            transfers.forEach((other, candidate) -> {
                if (candidate.isOver() && old.size() < over) {
                    old.add(other);
                }
            });
            old.forEach(transfers::remove);
        }
    }

    synchronized List<TransferStatus> list() {
        List<TrackedTransfer> all = List.copyOf(transfers.values());
        return all.subList(Math.max(0, all.size() - TRANSFERS_MAX), all.size()).stream().map(TrackedTransfer::status).toList();
    }

    /** A running transfer by its id. */
    synchronized Optional<TrackedTransfer> running(String id) {
        return transfers.values().stream().filter(transfer -> transfer.id().equals(id) && !transfer.isOver()).findFirst();
    }

    /** A running transfer by its id and direction. */
    synchronized Optional<TrackedTransfer> running(Direction direction, String id) {
        return Optional.ofNullable(transfers.get(key(direction, id))).filter(transfer -> !transfer.isOver());
    }

    synchronized List<TrackedTransfer> running() {
        return transfers.values().stream().filter(transfer -> !transfer.isOver()).toList();
    }

    private static String key(Direction direction, String id) {
        return direction + "/" + id;
    }
}
