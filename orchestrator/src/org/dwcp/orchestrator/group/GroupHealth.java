// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.group;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

import org.dwcp.api.consensus.ConsensusGroups;
import org.dwcp.api.consensus.GroupStatus;
import org.dwcp.api.node.NodeClock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The health of the replicated groups of this node: looks at them every two seconds, says once in the log when a trouble begins and ends, and is asked by the shell. It owns one
 * thread. Thread-safe.
 */
@Component(service = GroupHealth.class, immediate = true)
public final class GroupHealth {
    private static final Duration INTERVAL = Duration.ofSeconds(2);
    private static final Duration STOP_TIMEOUT = Duration.ofMillis(500);
    private static final Logger LOG = LoggerFactory.getLogger(GroupHealth.class);

    /**
     * A trouble of a group.
     *
     * @param group   name of the group
     * @param kind    NO_LEADER, NO_QUORUM, BEHIND, SEALED, NOT_STARTED or BROKEN
     * @param finding what was seen, in words
     * @param remedy  what to do
     */
    public record Alert(String group, String kind, String finding, String remedy) {
    }

    private final ConsensusGroups groups;
    private final NodeClock clock;
    private final GroupWatch watch = new GroupWatch();
    private final AtomicLong raised = new AtomicLong();
    private final Thread thread;
    private volatile Map<String, Alert> alerts = Map.of();

    /**
     * Begins to look.
     *
     * @param groups the groups
     * @param clock  how long a trouble lasts
     */
    @Activate
    public GroupHealth(@Reference ConsensusGroups groups, @Reference NodeClock clock) {
        this.groups = groups;
        this.clock = clock;
        thread = Thread.ofVirtual().name("orchestrator.groups.health").start(this::run);
    }

    private void run() {
        try {
            while (true) {
                look();
                clock.sleep(INTERVAL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // by deactivate
        }
    }

    private void look() {
        List<GroupStatus> now;
        try {
            now = groups.list();
        } catch (RuntimeException e) { // a provider that goes while it is asked
            LOG.debug("groups cannot be looked at: {}", e.toString());
            return;
        }
        var found = watch.look(now, clock.nanoTime()).stream()
                .collect(Collectors.toMap(f -> f.group() + " " + f.trouble(), f -> new Alert(f.group(), f.trouble().name(), f.words(), f.remedy()), (a, _) -> a, TreeMap::new));
        found.forEach((key, alert) -> {
            if (!alerts.containsKey(key)) {
                raised.incrementAndGet();
                LOG.warn("group alert raised group={} kind={} finding=\"{}\"", alert.group(), alert.kind(), alert.finding());
            }
        });
        alerts.forEach((key, alert) -> {
            if (!found.containsKey(key)) {
                LOG.info("group alert cleared group={} kind={}", alert.group(), alert.kind());
            }
        });
        alerts = found;
    }

    /** Lists what is wrong now, in order of group. */
    public List<Alert> alerts() {
        return List.copyOf(alerts.values());
    }

    /** How often a trouble began since this node started. */
    public long raisedCount() {
        return raised.get();
    }

    /** How many groups there are. */
    public int groupCount() {
        return groups.list().size();
    }

    /** Stops looking. Works twice. */
    @Deactivate
    public void deactivate() {
        thread.interrupt();
        try {
            thread.join(STOP_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
