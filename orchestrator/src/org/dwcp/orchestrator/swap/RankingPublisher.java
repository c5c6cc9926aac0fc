// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.swap;

import java.io.IOException;
import java.time.Duration;
import java.util.Dictionary;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import org.dwcp.api.Swappable;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.decide.Decision;
import org.dwcp.orchestrator.route.ProviderHandle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes each provider's place and share into its configuration, so that plain OSGi consumers and consoles see what the table does. Behind the
 * table and never in its way: on a thread of its own, a burst of commits by one write, a failure logged and retried. A provider whose
 * configuration is not known (a plain object) is passed over. Thread-safe.
 */
final class RankingPublisher implements AutoCloseable {
    /** Property, Integer: the ranking that the bundle itself asked for, kept beside the one written over it. */
    static final String REGISTERED_RANKING = "dwcp.ranking.registered";
    /** Property, Integer: the ranking that was written here. Where {@code service.ranking} differs from it, somebody else has set it since. */
    static final String WRITTEN_RANKING = "dwcp.ranking.written";
    /** Distance of two places; leaves room for a third party that ranks itself between them. */
    static final int STEP = 10;
    /** Wait for further commits. Source: chosen; shorter than an operator's glance, longer than a burst. */
    static final Duration COALESCE = Duration.ofMillis(50);
    static final Duration RETRY = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(RankingPublisher.class);

    private final RoutingCore core;
    private final Supplier<Optional<ConfigurationAdmin>> configurations;
    private final ControlLoop loop;
    private final Map<ProviderHandle, String> pids = new ConcurrentHashMap<>();
    /** PIDs whose last write failed. Touched on the loop only. */
    private final Set<String> failing = new HashSet<>();
    private boolean waiting;

    RankingPublisher(RoutingCore core, Supplier<Optional<ConfigurationAdmin>> configurations, NodeClock clock, boolean threaded) {
        this.core = core;
        this.configurations = configurations;
        this.loop = new ControlLoop("orchestrator.rankings", clock, threaded);
        core.onPublished(this::publish);
    }

    /**
     * Reads the ranking that the bundle, or somebody since, asked for: what stands in {@code service.ranking} may be what was written here, in this
     * run or in an earlier one.
     */
    static int asked(ServiceReference<?> reference) {
        int ranking = reference.getProperty(Constants.SERVICE_RANKING) instanceof Integer present ? present : 0;
        boolean ours = Integer.valueOf(ranking).equals(reference.getProperty(WRITTEN_RANKING));
        return ours && reference.getProperty(REGISTERED_RANKING) instanceof Integer registered ? registered : ranking;
    }

    /** Notes under which PID a provider is configured. */
    void configured(ProviderHandle handle, String pid) {
        pids.put(handle, pid);
        publish();
    }

    /** Forgets a provider. */
    void gone(ProviderHandle handle) {
        pids.remove(handle);
    }

    /** Writes soon what differs. */
    void publish() {
        if (!pids.isEmpty()) {
            schedule(COALESCE);
        }
    }

    private synchronized void schedule(Duration delay) {
        if (!waiting) {
            waiting = true;
            loop.schedule(delay, this::write);
        }
    }

    private void write() {
        synchronized (this) {
            waiting = false;
        }
        Optional<ConfigurationAdmin> admin = configurations.get();
        if (admin.isEmpty()) {
            return; // published again when it comes
        }
        boolean allWritten = true;
        for (Decision.OfSlot slot : core.board.table().decision().slots().values()) {
            int ranking = slot.entries().size() * STEP;
            for (Decision.Entry entry : slot.entries()) {
                allWritten &= write(admin.get(), slot.slot(), entry, ranking);
                ranking -= STEP;
            }
        }
        if (!allWritten) {
            schedule(RETRY);
        }
    }

    private boolean write(ConfigurationAdmin admin, String slot, Decision.Entry entry, int ranking) {
        Optional<ProviderHandle> handle = core.switchboard.state().member(slot, entry.provider().name()).map(State.Member::handle);
        Optional<String> pid = handle.map(pids::get);
        if (pid.isEmpty()) {
            return true;
        }
        try {
            Configuration configuration = admin.getConfiguration(pid.get(), "?");
            Dictionary<String, Object> present = configuration.getProperties();
            Dictionary<String, Object> wanted = copy(present);
            wanted.put(Constants.SERVICE_RANKING, ranking);
            wanted.put(Swappable.SHARE, entry.share());
            wanted.put(REGISTERED_RANKING, entry.provider().ranking());
            wanted.put(WRITTEN_RANKING, ranking);
            if (present == null || differs(present, wanted)) {
                configuration.update(wanted);
            }
            failing.remove(pid.get());
            return true;
        } catch (IOException | RuntimeException e) { // Config Admin may be gone, full or refuse: the table does not depend on it
            if (failing.add(pid.get())) { // once, until it works again
                LOG.warn("ranking not written provider={} pid={} ranking={} share={} retryMs={} cause='{}'", entry.provider().name(), pid.get(),
                        ranking, entry.share(), RETRY.toMillis(), e.toString());
            }
            return false;
        }
    }

    private static Dictionary<String, Object> copy(Dictionary<String, Object> properties) {
        Dictionary<String, Object> copy = new Hashtable<>();
        if (properties != null) {
            for (var keys = properties.keys(); keys.hasMoreElements();) {
                String key = keys.nextElement();
                copy.put(key, properties.get(key));
            }
        }
        return copy;
    }

    private static boolean differs(Dictionary<String, Object> present, Dictionary<String, Object> wanted) {
        return java.util.stream.Stream.of(Constants.SERVICE_RANKING, Swappable.SHARE, REGISTERED_RANKING, WRITTEN_RANKING)
                .anyMatch(key -> !Objects.equals(present.get(key), wanted.get(key)));
    }

    /** For owners without a thread: writes what is due. */
    void runDue() {
        loop.runDue();
    }

    @Override
    public void close() {
        loop.close();
    }
}
