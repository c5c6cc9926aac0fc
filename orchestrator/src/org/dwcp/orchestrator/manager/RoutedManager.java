// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.manager;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.Registration;
import org.dwcp.api.Slot;
import org.dwcp.api.hybrid.HealthStatus;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.HybridMetrics;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.HybridStats;
import org.dwcp.api.hybrid.ModeChange;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.Route;
import org.dwcp.api.hybrid.SlotStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The manager: a lifecycle, figures, and otherwise the routing's own answers, so that manager, orchestrator and adapter can never disagree.
 *
 * <p>Lifecycle: NEW, by {@code initialize} READY, by {@code start} RUNNING, by {@code stop} READY again; a failed {@code initialize} may be
 * repeated, start is refused until it succeeds. Registering and asking are allowed in every stage but CLOSED.
 */
class RoutedManager implements HybridManager {
    /** Where the manager is in its life. */
    enum Stage {
        /** Made. */
        NEW,
        /** Initialising has failed. */
        FAILED,
        /** Initialised or stopped. */
        READY,
        /** Started. */
        RUNNING,
        /** Closed for good. */
        CLOSED
    }

    private static final Logger LOG = LoggerFactory.getLogger(RoutedManager.class);

    private final Parts parts;
    private final Runnable preparation;
    private final Runnable release;
    private final ModeLog log;
    private final FlappingAlert flapping;
    private final List<Registration> registrations;
    private final Object lifecycle = new Object();
    private volatile Stage stage = Stage.NEW;
    private boolean startedDisabled;

    /**
     * Makes a manager.
     *
     * @param parts       what it is made of
     * @param preparation done by {@link #initialize()}; throws when it cannot
     * @param release     done by {@link #close()}
     */
    RoutedManager(Parts parts, Runnable preparation, Runnable release) {
        this.parts = parts;
        this.preparation = preparation;
        this.release = release;
        this.log = new ModeLog(parts.clock(), parts.orchestrator().mode().mode());
        this.flapping = new FlappingAlert(parts.settings()::current, parts.clock());
        this.registrations = List.of(
                parts.orchestrator().onModeChange(this::modeChanged),
                parts.detection().onCycle(flapping::isRaised),
                parts.settings().onChange(settings -> settingsChanged()));
    }

    Parts parts() {
        return parts;
    }

    Stage stage() {
        return stage;
    }

    @Override
    public void initialize() {
        synchronized (lifecycle) {
            require(stage == Stage.NEW || stage == Stage.FAILED, "is initialised already; initialize it once");
            try {
                preparation.run();
                stage = Stage.READY;
            } catch (DwcpException e) {
                stage = Stage.FAILED;
                throw new DwcpException(e.kind(), "the manager cannot be initialised: " + e.getMessage(), e);
            } catch (RuntimeException e) {
                stage = Stage.FAILED;
                throw new DwcpException(DwcpException.Kind.UNAVAILABLE, "the manager cannot be initialised: " + e);
            }
        }
    }

    @Override
    public void start() {
        synchronized (lifecycle) {
            require(stage != Stage.NEW && stage != Stage.FAILED, "is not initialised; call initialize() first");
            require(stage != Stage.RUNNING, "runs already; stop it first");
            startedDisabled = !parts.settings().hybrid().enabled();
            parts.orchestrator().start();
            log.start();
            stage = Stage.RUNNING;
        }
        LOG.info("manager started mode={} enabled={} autoDetect={}", mode().label(), parts.settings().hybrid().enabled(),
                parts.settings().hybrid().autoDetect());
    }

    @Override
    public void stop() {
        synchronized (lifecycle) {
            if (stage != Stage.RUNNING) {
                return;
            }
            parts.orchestrator().stop();
            log.stop();
            stage = Stage.READY;
        }
        LOG.info("manager stopped mode={}", mode().label());
    }

    @Override
    public void close() {
        synchronized (lifecycle) {
            if (stage == Stage.CLOSED) {
                return;
            }
            stop();
            stage = Stage.CLOSED;
            registrations.forEach(Registration::close);
            release.run();
        }
    }

    private void require(boolean holds, String fault) {
        Check.argument(stage != Stage.CLOSED, "the manager is closed; make another one");
        Check.argument(holds, "the manager %s (it is %s)", fault, stage.name().toLowerCase(Locale.ROOT));
    }

    private void modeChanged(ModeChange change) {
        log.changed(change);
        flapping.changed();
    }

    /** {@code enabled} decides at start whether detection begins: turned on later, detection is begun here. */
    private void settingsChanged() {
        synchronized (lifecycle) {
            if (stage == Stage.RUNNING && startedDisabled && parts.settings().hybrid().enabled()) {
                startedDisabled = false;
                parts.orchestrator().stop();
                parts.orchestrator().start();
            }
        }
    }

    @Override
    public <T> Registration register(Slot<T> slot, T v1, T v3) {
        require(true, "");
        return parts.adapter().register(slot, v1, v3);
    }

    @Override
    public <T> T get(Slot<T> slot) {
        require(true, "");
        return parts.adapter().get(slot);
    }

    @Override
    public <T> Route<T> route(Slot<T> slot) {
        require(true, "");
        return parts.adapter().route(slot);
    }

    @Override
    public NetworkMode mode() {
        return parts.orchestrator().mode().mode();
    }

    /** Refused here, before anything moves, when the detector would refuse it. */
    @Override
    public void switchMode(NetworkMode mode, String reason) {
        require(true, "");
        Check.argument(parts.settings().hybrid().enabled(), "mode %s cannot be set while enabled=false; set enabled=true", mode.label());
        Check.argument(mode != NetworkMode.HYBRID || parts.flags().state().enableHybridMode(),
                "mode hybrid cannot be set while EnableHybridMode=false; set the flag");
        parts.adapter().switchMode(mode, reason);
    }

    @Override
    public HybridStats stats() {
        ModeReport now = parts.orchestrator().mode();
        ModeLog.Figures modes = log.figures(now);
        return new HybridStats(now.mode(), modes.changes(), modes.reasons(), parts.figures().switchAttempts(), parts.figures().switchSuccesses(),
                parts.figures().switchFailures(), parts.figures().callbackFailures(), parts.figures().inFlight(), modes.spent(), modes.last(),
                flapping.isRaised());
    }

    /** Asks to be told when the alert on excessive switching is raised (true) and cleared (false). */
    Registration onFlapping(Consumer<Boolean> listener) {
        return flapping.onAlert(listener);
    }

    @Override
    public List<SlotStatus> list() {
        return parts.adapter().slots();
    }

    @Override
    public List<HealthStatus> health() {
        return parts.figures().health();
    }

    @Override
    public List<HybridMetrics> metrics() {
        return parts.figures().metrics();
    }

    @Override
    public HybridOrchestrator orchestrator() {
        return parts.orchestrator();
    }
}
