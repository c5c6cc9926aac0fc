// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.dwcp.api.DwcpException;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.orchestrator.health.BreakerSettings;
import org.dwcp.orchestrator.route.ProviderHandle;
import org.dwcp.testkit.SimulatedClock;
import org.osgi.service.cm.ConfigurationAdmin;

/** A routing on simulated time: without threads unless asked, so that a test sees each step. */
final class Rig implements AutoCloseable {
    static final Slot<Greeter> GREETER = new Slot<>("greeter", Greeter.class);

    final SimulatedClock clock = new SimulatedClock();
    final TestFlags flags;
    final TestDetector detector = new TestDetector(clock);
    final HybridRouting routing;
    final ModeAwareAdapter adapter;
    volatile HybridConfig config = HybridConfig.defaults();
    volatile org.dwcp.orchestrator.config.LinkSettings links = org.dwcp.orchestrator.config.LinkSettings.DEFAULT;
    volatile Optional<ConfigurationAdmin> configurations = Optional.empty();

    private Rig(boolean threaded, TestFlags flags) {
        this.flags = flags;
        routing = new HybridRouting(flags, detector, () -> config, () -> links, () -> BreakerSettings.DEFAULT, clock, () -> configurations, threaded);
        adapter = routing.adapter();
    }

    static Rig stepped() {
        return after(new TestFlags());
    }

    /** A routing over flags that were there before: a restart. */
    static Rig after(TestFlags flags) {
        return new Rig(false, flags);
    }

    static Rig threaded() {
        return new Rig(true, new TestFlags());
    }

    /** Graceful transitions on or off. */
    void graceful(boolean graceful, Duration drainTimeout) {
        HybridConfig d = HybridConfig.defaults();
        config = new HybridConfig(d.enabled(), d.autoDetect(), d.detectionInterval(), d.datacenterLatencyThreshold(),
                d.datacenterBandwidthThresholdBps(), d.internetLatencyThreshold(), d.internetBandwidthThresholdBps(), d.hysteresis(),
                d.cooldownPeriod(), graceful, drainTimeout);
    }

    ProviderHandle provider(String name, String version, String mode, Object service) {
        ProviderHandle handle = routing.core().add(new ProviderHandle.Identity("greeter", name, version, List.of(mode), List.of()), service, 0);
        settle();
        return handle;
    }

    /** Installs v0, v1 and v3 that answer with their names. */
    Rig withAll() {
        provider("greeter.v0", "0.1.0", "v0", new Greeter.Named("v0"));
        provider("greeter.v1", "1.0.0", "v1", new Greeter.Named("v1"));
        provider("greeter.v3", "3.0.0", "v3", new Greeter.Named("v3"));
        return this;
    }

    Route<Greeter> route() {
        return adapter.route(GREETER);
    }

    String ask() {
        return ask(RouteKey.NODE);
    }

    String ask(RouteKey key) {
        return route().call(key, Greeter::greet);
    }

    void detect(NetworkMode mode) {
        detector.detect(mode);
        settle();
    }

    /** Lets the loops do what is due now. */
    void settle() {
        for (int i = 0; i < 3; i++) { // a task of one loop may be due to the other
            routing.core().swaps.runDue();
            routing.core().control.runDue();
            routing.rankings().runDue();
        }
    }

    /** Moves time in small steps, so that what is scheduled happens at its time. */
    void advance(Duration duration) {
        Duration step = Duration.ofMillis(1);
        for (Duration done = Duration.ZERO; done.compareTo(duration) < 0; done = done.plus(step)) {
            clock.advance(step);
            settle();
        }
    }

    static DwcpException unavailable(String message) {
        return new DwcpException(DwcpException.Kind.UNAVAILABLE, message);
    }

    @Override
    public void close() {
        routing.close();
    }
}
