// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.LinkReport;
import org.dwcp.api.hybrid.ModeChange;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.ModeThresholds;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.orchestrator.config.Settings;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** The node's detector as a service. A {@link ModeThresholds} service replaces the rule while it is there; the highest ranking wins. */
@Component(service = {ModeDetector.class, Detection.class})
public final class ModeDetectorComponent implements ModeDetector, Detection {
    private final LinkModeDetector detector;
    /** By reference, and the highest looked for at each use: a sorted map would keep the order of rankings that have changed since. */
    private final Map<ServiceReference<ModeThresholds>, ModeThresholds> rules = new ConcurrentHashMap<>();

    /** Called by Declarative Services. */
    @Activate
    public ModeDetectorComponent(@Reference Settings settings, @Reference FeatureFlags flags, @Reference NodeClock clock,
            @Reference NodeFolders folders) {
        detector = new LinkModeDetector(settings, flags::state, clock,
                Optional.of(folders.data("orchestrator").resolve("last-switch.txt")),
                () -> rules.entrySet().stream().max(Map.Entry.comparingByKey()).map(Map.Entry::getValue));
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindRule(ModeThresholds rule, ServiceReference<ModeThresholds> reference) {
        rules.put(reference, rule);
    }

    void unbindRule(ServiceReference<ModeThresholds> reference) {
        rules.remove(reference);
    }

    @Deactivate
    void deactivate() {
        detector.close();
    }

    @Override
    public NetworkMode detectMode() {
        return detector.detectMode();
    }

    @Override
    public Registration autoDetectLoop(Duration interval, Consumer<ModeChange> listener) {
        return detector.autoDetectLoop(interval, listener);
    }

    @Override
    public ModeReport report() {
        return detector.report();
    }

    @Override
    public List<Long> latencyHistory() {
        return detector.latencyHistory();
    }

    @Override
    public List<Long> bandwidthHistory() {
        return detector.bandwidthHistory();
    }

    @Override
    public void forceMode(NetworkMode mode, String reason) {
        detector.forceMode(mode, reason);
    }

    @Override
    public void release() {
        detector.release();
    }

    @Override
    public void offer(LinkConditions sample) {
        detector.offer(sample);
    }

    @Override
    public Registration attach(LinkSource source) {
        return detector.attach(source);
    }

    @Override
    public Registration onCycle(Runnable action) {
        return detector.onCycle(action);
    }

    @Override
    public long cycles() {
        return detector.cycles();
    }

    @Override
    public long failures() {
        return detector.failures();
    }

    @Override
    public List<LinkReport> links() {
        return detector.links();
    }

    @Override
    public Registration onLinkChange(Consumer<LinkReport> listener) {
        return detector.onLinkChange(listener);
    }
}
