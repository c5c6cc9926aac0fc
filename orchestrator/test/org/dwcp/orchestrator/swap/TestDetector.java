// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.LinkReport;
import org.dwcp.api.hybrid.ModeChange;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.testkit.SimulatedClock;

/** A detector that sees what a test tells it to see. */
final class TestDetector implements ModeDetector {
    private final List<Consumer<ModeChange>> listeners = new CopyOnWriteArrayList<>();
    private final Map<NodeId, LinkReport> links = new ConcurrentSkipListMap<>();
    private final List<Consumer<LinkReport>> linkListeners = new CopyOnWriteArrayList<>();
    private final SimulatedClock clock;
    private volatile ModeReport report;
    volatile boolean refusesForce;

    TestDetector(SimulatedClock clock) {
        this.clock = clock;
        this.report = new ModeReport(NetworkMode.HYBRID, false, false, clock.now(), Optional.empty(), List.of(), "nothing measured yet");
    }

    /** The measurements now ask for a mode. */
    void detect(NetworkMode mode) {
        if (!report.forced()) {
            become(mode, false, "measured " + mode.label());
        }
    }

    private void become(NetworkMode mode, boolean forced, String reason) {
        ModeReport before = report;
        report = new ModeReport(mode, true, forced, clock.now(), Optional.empty(), List.of(), reason);
        listeners.forEach(listener -> listener.accept(new ModeChange(before.mode(), mode, reason, clock.now())));
    }

    /** The measurements of a link now ask for a mode. */
    void detectLink(NodeId peer, NetworkMode mode) {
        LinkReport link = new LinkReport(peer, mode, true, clock.now(), Optional.empty(), List.of(), "measured " + mode.label(), List.of());
        links.put(peer, link);
        linkListeners.forEach(listener -> listener.accept(link));
    }

    @Override
    public List<LinkReport> links() {
        return List.copyOf(links.values());
    }

    @Override
    public Registration onLinkChange(Consumer<LinkReport> listener) {
        linkListeners.add(listener);
        return () -> linkListeners.remove(listener);
    }

    @Override
    public NetworkMode detectMode() {
        return report.mode();
    }

    @Override
    public Registration autoDetectLoop(Duration interval, Consumer<ModeChange> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public ModeReport report() {
        return report;
    }

    @Override
    public List<Long> latencyHistory() {
        return List.of();
    }

    @Override
    public List<Long> bandwidthHistory() {
        return List.of();
    }

    @Override
    public void forceMode(NetworkMode mode, String reason) {
        if (refusesForce) {
            throw new DwcpException(DwcpException.Kind.REJECTED, "mode " + mode.label() + " is switched off by a flag");
        }
        become(mode, true, reason);
    }

    @Override
    public void release() {
        ModeReport held = report;
        become(held.mode(), false, "override released");
    }

    @Override
    public void offer(LinkConditions sample) {
        throw new UnsupportedOperationException();
    }
}
