// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.mode;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.dwcp.api.Check;
import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.HybridConfig;
import org.dwcp.api.hybrid.LinkConditions;
import org.dwcp.api.hybrid.LinkReport;
import org.dwcp.api.hybrid.ModeChange;
import org.dwcp.api.hybrid.ModeDetector;
import org.dwcp.api.hybrid.ModeReport;
import org.dwcp.api.hybrid.ModeThresholds;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.node.NodeClock;
import org.dwcp.orchestrator.config.Listeners;
import org.dwcp.orchestrator.config.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The modes of the node and of each of its links: samples in, one mode out for each, by the same rule and within the same bounds. Samples are taken by one thread at a time; the state changes under a short lock; sources, custom
 * rules and listeners are called outside of it.
 *
 * <p>Invariants: an automatic switch happens only when detection is enabled, no override holds, and the cooldown since the last automatic
 * switch is over and the hour's budget is not spent; the first detection counts as a switch, because it moves the slots from v1 to the mode's mapping, and it is told even
 * when it confirms HYBRID. Operators wait for nothing. {@code enabled=false} refuses them too: then the mode never changes.
 *
 * <p>{@code EnableHybridMode=false}: HYBRID is never entered. A measured HYBRID keeps the mode before it; without one, the mode whose latency
 * threshold is nearer (by ratio) is taken.
 */
public final class LinkModeDetector implements ModeDetector, Detection, AutoCloseable {
    /** Most loops at a time. Source: chosen; a node has one, an embedding program a few. */
    static final int LOOPS_MAX = 16;
    private static final Logger LOG = LoggerFactory.getLogger(LinkModeDetector.class);

    private final Settings settings;
    private final Supplier<FlagState> flags;
    private final Supplier<Optional<ModeThresholds>> custom;
    private final NodeClock clock;
    private final ThresholdRule rule;
    private final Listeners<ModeChange> changes = new Listeners<>("mode");
    private final Listeners<LinkReport> linkChanges = new Listeners<>("link mode");
    private final List<LinkSource> sources = new CopyOnWriteArrayList<>();
    private final List<Runnable> afterCycle = new CopyOnWriteArrayList<>();
    private final List<DetectLoop> loops = new CopyOnWriteArrayList<>();
    private final AtomicInteger loopNumber = new AtomicInteger();
    private final AtomicLong cycles = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final ReentrantLock detecting = new ReentrantLock();
    private final Object lock = new Object(); // guards all below; nobody is called while it is held
    private final Track node;
    private final Map<NodeId, Track> links = new TreeMap<>();
    private boolean forced;

    /** Makes a detector with the built-in rule and no memory over a restart. */
    public LinkModeDetector(Settings settings, Supplier<FlagState> flags, NodeClock clock) {
        this(settings, flags, clock, Optional.empty(), Optional::empty);
    }

    /**
     * Makes a detector in mode HYBRID, undetected, without sources.
     *
     * @param settings     asked again at each use
     * @param flags        asked again at each use
     * @param clock        the node's time
     * @param cooldownFile keeps the time of the last automatic switch; empty: not kept
     * @param custom       asked at each decision for a rule that replaces the built-in one
     */
    public LinkModeDetector(Settings settings, Supplier<FlagState> flags, NodeClock clock, Optional<Path> cooldownFile,
            Supplier<Optional<ModeThresholds>> custom) {
        this.settings = settings;
        this.flags = flags;
        this.clock = clock;
        this.custom = custom;
        this.rule = new ThresholdRule(settings::hybrid);
        this.node = new Track(Optional.empty(), new Cooldown(clock, cooldownFile), clock.now());
    }

    @Override
    public NetworkMode detectMode() {
        NetworkMode wanted = detect();
        tell();
        return wanted;
    }

    /** Takes samples and decides; what changed is told by {@link #tell}. */
    NetworkMode detect() {
        if (!settings.hybrid().enabled()) {
            return report().mode();
        }
        try {
            detecting.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return report().mode();
        }
        try {
            for (LinkSource source : sources) {
                takeSample(source);
            }
            tracks().forEach(link -> decide(link, Pace.AFTER_COOLDOWN));
            return decide(node, Pace.AFTER_COOLDOWN);
        } finally {
            detecting.unlock();
        }
    }

    void tell() {
        linkChanges.deliver();
        changes.deliver();
    }

    private List<Track> tracks() {
        synchronized (lock) {
            return List.copyOf(links.values());
        }
    }

    private void takeSample(LinkSource source) {
        try {
            source.sample().ifPresent(this::offer);
            takeLinks(source.links());
        } catch (RuntimeException | LinkageError e) { // a source must not stop detection by the others
            failures.incrementAndGet();
            LOG.warn("detection source failed source={}", source.getClass().getName(), e);
        }
    }

    /** Peers that are no longer known take their link's mode with them. */
    private void takeLinks(List<LinkSource.OfLink> found) {
        synchronized (lock) {
            for (LinkSource.OfLink link : found) {
                Track track = links.computeIfAbsent(link.peer(), peer -> new Track(Optional.of(peer), new Cooldown(clock, Optional.empty()), clock.now()));
                link.sample().ifPresent(track.samples::add);
                track.hints = link.hints();
            }
            List<NodeId> known = found.stream().map(LinkSource.OfLink::peer).toList();
            List<Track> gone = links.values().stream().filter(track -> !known.contains(track.peer.orElseThrow())).toList();
            gone.forEach(track -> {
                links.remove(track.peer.orElseThrow());
                track.detected = false;
                linkChanges.offer(track.report());
            });
        }
    }

    private enum Pace { AFTER_COOLDOWN, AT_ONCE }

    /** Asks the rule outside of the lock, then applies its verdict if the mode is still the one that it was asked about. */
    private NetworkMode decide(Track track, Pace pace) {
        NetworkMode current;
        Optional<LinkConditions> seen;
        synchronized (lock) {
            seen = track.samples.average();
            current = track.mode;
            track.average = seen;
            if (seen.isEmpty()) {
                return current;
            }
        }
        ModeThresholds.Verdict verdict = verdict(current, seen.get());
        boolean switched = false;
        NetworkMode wanted;
        synchronized (lock) {
            if (forced && track == node || track.mode != current) {
                return track.mode;
            }
            wanted = verdict.mode();
            String grounds = verdict.reason();
            if (wanted == NetworkMode.HYBRID && !flags.get().enableHybridMode()) {
                wanted = current != NetworkMode.HYBRID ? current : nearest(seen.get());
                grounds += "; HYBRID is disabled by EnableHybridMode: " + wanted.label();
            }
            boolean differs = wanted != current || !track.detected;
            Optional<String> obstacle = differs ? obstacle(track, pace) : Optional.empty();
            track.reason = grounds + (obstacle.isEmpty() ? "" : "; switch to " + wanted.label() + " waits: " + obstacle.get());
            if (obstacle.isEmpty() && differs) {
                if (track.detected && pace == Pace.AFTER_COOLDOWN) {
                    track.cooldown.spend();
                }
                change(track, wanted, grounds);
                track.cooldown.begin();
                switched = true;
            }
        }
        if (switched) {
            track.cooldown.keep();
        }
        return wanted;
    }

    private ModeThresholds.Verdict verdict(NetworkMode current, LinkConditions seen) {
        Optional<ModeThresholds> replacement = custom.get();
        if (replacement.isEmpty()) {
            return rule.decide(current, seen);
        }
        try {
            ModeThresholds.Verdict verdict = replacement.get().decide(current, seen);
            return new ModeThresholds.Verdict(Objects.requireNonNull(verdict.mode()), "custom rule: " + verdict.reason());
        } catch (RuntimeException | LinkageError e) {
            failures.incrementAndGet();
            LOG.warn("mode rule failed rule={} action=mode-kept", replacement.get().getClass().getName(), e);
            return new ModeThresholds.Verdict(current, "custom rule failed with " + e + "; " + current.label() + " stays");
        }
    }

    private NetworkMode nearest(LinkConditions seen) {
        HybridConfig limits = settings.hybrid();
        double middle = Math.sqrt((double) limits.datacenterLatencyThreshold().toNanos() * limits.internetLatencyThreshold().toNanos());
        return seen.rttNs() < middle ? NetworkMode.DATACENTER : NetworkMode.INTERNET;
    }

    /** Returns why an automatic switch must not happen now. */
    private Optional<String> obstacle(Track track, Pace pace) {
        Duration wait = track.cooldown.remaining(settings.hybrid().cooldownPeriod());
        Duration budget = track.detected ? track.cooldown.untilBudget(settings.current().switchesPerHourMax()) : Duration.ZERO;
        if (!settings.hybrid().enabled()) {
            return Optional.of("enabled=false");
        } else if (!settings.hybrid().autoDetect()) {
            return Optional.of("auto.detect=false");
        } else if (!flags.get().enableModeDetection()) {
            return Optional.of("EnableModeDetection=false");
        } else if (pace == Pace.AFTER_COOLDOWN && !wait.isZero()) {
            return Optional.of("%.1f s of cooldown".formatted(wait.toMillis() / 1000.0));
        } else if (pace == Pace.AFTER_COOLDOWN && !budget.isZero()) {
            return Optional.of("%d s until switches.per.hour.max=%d allows one".formatted(budget.toSeconds(),
                    settings.current().switchesPerHourMax()));
        }
        return Optional.empty();
    }

    private void change(Track track, NetworkMode to, String grounds) {
        Instant now = clock.now();
        LOG.info("mode{} from={}{} to={} reason=\"{}\"", track.peer.map(peer -> " link=" + peer).orElse(""), track.mode.label(),
                track.detected ? "" : "(undetected)", to.label(), grounds);
        ModeChange change = new ModeChange(track.mode, to, grounds, now);
        track.mode = to;
        track.detected = true;
        track.since = now;
        track.reason = grounds;
        if (track == node) {
            changes.offer(change);
        } else {
            linkChanges.offer(track.report());
        }
    }

    @Override
    public void forceMode(NetworkMode wanted, String why) {
        Objects.requireNonNull(wanted);
        Check.argument(settings.hybrid().enabled(), "mode %s cannot be forced while enabled=false; set enabled=true", wanted.label());
        Check.argument(wanted != NetworkMode.HYBRID || flags.get().enableHybridMode(),
                "mode hybrid cannot be forced while EnableHybridMode=false; set the flag");
        synchronized (lock) {
            forced = true;
            String grounds = "forced: " + why;
            if (wanted != node.mode || !node.detected) {
                change(node, wanted, grounds);
            }
            node.reason = grounds;
        }
        changes.deliver();
    }

    @Override
    public void release() {
        synchronized (lock) {
            if (!forced) {
                return;
            }
            forced = false;
            node.reason = "released from " + node.mode.label() + "; no measurement asks for another mode";
        }
        decide(node, Pace.AT_ONCE);
        changes.deliver();
    }

    @Override
    public ModeReport report() {
        synchronized (lock) {
            return new ModeReport(node.mode, node.detected, forced, node.since, node.average, node.samples.list(), node.reason);
        }
    }

    @Override
    public List<LinkReport> links() {
        synchronized (lock) {
            return links.values().stream().map(Track::report).toList();
        }
    }

    @Override
    public Registration onLinkChange(Consumer<LinkReport> listener) {
        return linkChanges.add(listener);
    }

    @Override
    public void offer(LinkConditions sample) {
        Objects.requireNonNull(sample);
        synchronized (lock) {
            node.samples.add(sample);
        }
    }

    @Override
    public List<Long> latencyHistory() {
        return report().samples().stream().map(LinkConditions::rttNs).toList();
    }

    @Override
    public List<Long> bandwidthHistory() {
        return report().samples().stream().map(LinkConditions::bandwidthBps).toList();
    }

    @Override
    public Registration autoDetectLoop(Duration interval, Consumer<ModeChange> listener) {
        Check.argument(interval.compareTo(Duration.ofMillis(10)) >= 0 && interval.compareTo(Duration.ofHours(1)) <= 0,
                "detection interval %s is not between 10 ms and 1 h", interval);
        Check.argument(loops.size() < LOOPS_MAX, "%d detection loops run already; close one", LOOPS_MAX);
        Registration listening = changes.add(listener);
        DetectLoop loop = new DetectLoop(this, interval, () -> settings.hybrid().detectionInterval(), clock, loopNumber.incrementAndGet());
        loops.add(loop);
        loop.start();
        return () -> {
            listening.close();
            loop.close();
            loops.remove(loop);
        };
    }

    /** One step of a loop; throws nothing. */
    void cycleEnded(Optional<Throwable> failure) {
        cycles.incrementAndGet();
        failure.ifPresent(f -> {
            failures.incrementAndGet();
            LOG.error("detection cycle failed", f);
        });
        for (Runnable action : afterCycle) {
            try {
                action.run();
            } catch (RuntimeException | LinkageError e) {
                failures.incrementAndGet();
                LOG.warn("action after a detection cycle failed", e);
            }
        }
    }

    boolean isEnabled() {
        return settings.hybrid().enabled();
    }

    @Override
    public Registration attach(LinkSource source) {
        sources.add(source);
        return () -> sources.remove(source);
    }

    @Override
    public Registration onCycle(Runnable action) {
        afterCycle.add(action);
        return () -> afterCycle.remove(action);
    }

    @Override
    public long cycles() {
        return cycles.get();
    }

    @Override
    public long failures() {
        return failures.get() + changes.failures() + linkChanges.failures();
    }

    /** Stops every loop that is still running. */
    @Override
    public void close() {
        loops.forEach(DetectLoop::close);
        loops.clear();
    }
}
