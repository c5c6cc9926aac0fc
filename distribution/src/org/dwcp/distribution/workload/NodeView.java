// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.workload;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;

/** A node and its load as lines of {@code key=value}, for a program outside that watches several nodes. */
final class NodeView {
    private NodeView() {
    }

    static String of(HybridManager manager, Peers peers, WorkloadFigures figures) {
        Map<String, Object> view = new TreeMap<>();
        view.put("mode", manager.mode().label());
        view.put("detected", manager.orchestrator().mode().detected());
        view.put("mode.reason", manager.orchestrator().mode().reason());
        for (SlotStatus slot : manager.list()) {
            view.put("slot." + slot.slot(), slot.providers().stream().filter(p -> p.share() > 0).map(p -> p.name() + ":" + p.share())
                    .collect(Collectors.joining(",")));
            view.put("providers." + slot.slot(), slot.providers().stream().map(p -> p.name() + ":" + p.version() + ":" + p.state())
                    .collect(Collectors.joining(",")));
        }
        view.put("peers.online", peers.list().stream().filter(PeerInfo::online).map(p -> p.id().value()).collect(Collectors.joining(",")));
        manager.orchestrator().history().stream().filter(swap -> swap.outcome() == SwapRecord.Outcome.COMMITTED)
                .collect(Collectors.groupingBy(SwapRecord::trigger, Collectors.counting())).forEach((trigger, count) -> view.put("swaps." + trigger, count));
        view.put("undone", manager.orchestrator().history().stream().filter(swap -> swap.outcome() == SwapRecord.Outcome.UNDONE).count());
        view.put("load.running", figures.running());
        view.put("load.files", figures.files());
        view.put("load.failedFiles", figures.failedFiles());
        view.put("load.bytes", figures.bytes());
        view.put("load.moves", figures.moves());
        view.put("load.calls", figures.calls());
        view.put("load.failedCalls", figures.failedCalls());
        view.put("load.lastError", figures.lastError());
        return view.entrySet().stream().map(e -> e.getKey() + "=" + String.valueOf(e.getValue()).replaceAll("[\\r\\n]+", " "))
                .collect(Collectors.joining("\n"));
    }
}
