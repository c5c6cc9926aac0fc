// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import org.dwcp.api.Check;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at the deploy folder at an interval, from one named thread. What it installed stays when it stops. */
@Component(service = Plugins.class, immediate = true, configurationPid = DeployService.PID) // Nobody asks for it, yet it must run.
@Designate(ocd = DeployService.Config.class)
public final class DeployService implements Plugins {
    static final String PID = "org.dwcp.orchestrator.deploy";
    private static final Logger LOG = LoggerFactory.getLogger(DeployService.class);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

    @ObjectClassDefinition(name = "Deploy folder", description = "Installs the bundles that are put into deploy/.")
    @interface Config {
        @AttributeDefinition(min = "100", max = "60000", description = "Time between two looks at the folder, in milliseconds.")
        long scan_interval_ms() default 1_000;

        @AttributeDefinition(min = "0", max = "600000", description = "Longest wait for the work of a provider that is taken away, in milliseconds.")
        long drain_timeout_ms() default 10_000;
    }

    private final DeployFolder folder;
    private final NodeClock clock;
    private final Duration interval;
    private final Thread watcher;

    /**
     * Starts to look.
     *
     * @param config  interval and drain time
     * @param context installs and starts
     * @param folders where the folder is
     * @param clock   time
     * @param manager the routing, for drains
     * @param flags   pins and rollouts, for drains
     */
    @Activate
    public DeployService(Config config, BundleContext context, @Reference NodeFolders folders, @Reference NodeClock clock,
            @Reference HybridManager manager, @Reference FeatureFlags flags) {
        this.clock = clock;
        interval = within("scan.interval.ms", config.scan_interval_ms(), 100, 60_000);
        var drain = within("drain.timeout.ms", config.drain_timeout_ms(), 0, 600_000);
        folder = new DeployFolder(folders.deploy(), new Installer(context), new RoutedTraffic(manager, flags), clock, drain);
        watcher = Thread.ofPlatform().name("orchestrator.deploy.watch-1").daemon().unstarted(this::watch);
        watcher.setContextClassLoader(null);
        watcher.start();
    }

    @Deactivate
    void deactivate() {
        watcher.interrupt();
        try {
            if (!watcher.join(STOP_TIMEOUT)) {
                LOG.warn("thread survives stop name={} stack={}", watcher.getName(), List.of(watcher.getStackTrace()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public List<Plugin> list() {
        return folder.list();
    }

    private void watch() {
        var failing = false;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                folder.scan();
                failing = false;
            } catch (IOException | RuntimeException e) {
                if (!failing) {
                    LOG.error("deploy folder cannot be looked at reason=\"{}\"; it is tried again", e.getMessage(), e);
                }
                failing = true;
            }
            try {
                clock.sleep(interval);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static Duration within(String key, long value, long min, long max) {
        Check.argument(value >= min && value <= max, "%s %d is not in %d..%d", key, value, min, max);
        return Duration.ofMillis(value);
    }
}
