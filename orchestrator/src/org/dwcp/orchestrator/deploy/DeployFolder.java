// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.dwcp.api.node.NodeClock;
import org.osgi.framework.Bundle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what is installed in line with the folder: one {@link #scan} looks once, and its owner calls it again and again from one thread. Invariants:
 * a bundle of another origin is never touched; a file that is refused leaves nothing behind; a provider's bundle goes only when its work is done or
 * the drain time is over.
 */
final class DeployFolder implements Plugins {
    /** Most files. Source: chosen. */
    static final int FILES_MAX = 256;
    private static final Logger LOG = LoggerFactory.getLogger(DeployFolder.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,150}\\.jar");

    private final Path folder;
    private final Installer installer;
    private final Traffic traffic;
    private final NodeClock clock;
    private final Duration drainTimeout;
    private final Map<String, Entry> entries = new TreeMap<>();
    private boolean reconciled;
    private volatile List<Plugin> snapshot = List.of();

    DeployFolder(Path folder, Installer installer, Traffic traffic, NodeClock clock, Duration drainTimeout) {
        this.folder = folder;
        this.installer = installer;
        this.traffic = traffic;
        this.clock = clock;
        this.drainTimeout = drainTimeout;
    }

    @Override
    public List<Plugin> list() {
        return snapshot;
    }

    /** Looks once and acts on what it sees. */
    void scan() throws IOException {
        var files = files();
        if (!reconciled) {
            reconcile(files);
            reconciled = true;
        }
        for (var jar : files) {
            look(entries.computeIfAbsent(jar, Entry::new));
        }
        for (var entry : List.copyOf(entries.values())) {
            if (!files.contains(entry.jar)) {
                gone(entry);
            }
            if (entry.state == Plugin.State.DRAINING) {
                drain(entry, files.contains(entry.jar));
            }
            announce(entry);
        }
        snapshot = entries.values().stream().map(entry -> entry.plugin(providers(entry))).toList();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(Files::isRegularFile).map(path -> path.getFileName().toString()).filter(name -> name.endsWith(".jar")).sorted()
                    .limit(FILES_MAX).toList();
        }
    }

    /** What an earlier run installed stays when its file is still the same, and goes when it is not. */
    private void reconcile(List<String> files) {
        for (var bundle : installer.installed()) {
            var jar = Installer.jar(bundle);
            var facts = files.contains(jar) ? read(jar) : Optional.<JarFacts>empty();
            if (facts.isPresent() && Installer.location(jar, facts.get().hash()).equals(bundle.getLocation())) {
                adopt(new Entry(jar), facts.get(), bundle);
            } else {
                installer.uninstall(bundle);
                LOG.info("plugin removed jar={} reason=\"its file went or changed while the node was down\"", jar);
            }
        }
    }

    private void adopt(Entry entry, JarFacts facts, Bundle bundle) {
        entry.facts = Optional.of(facts);
        entries.put(entry.jar, entry);
        try {
            installer.start(bundle);
            active(entry, bundle);
        } catch (Refused e) {
            refuse(entry, e);
        }
    }

    private Optional<JarFacts> read(String jar) {
        try {
            return Optional.of(JarFacts.read(folder.resolve(jar)));
        } catch (Refused e) {
            return Optional.empty(); // The ordinary look says why.
        }
    }

    private void look(Entry entry) {
        try {
            var attributes = Files.readAttributes(folder.resolve(entry.jar), BasicFileAttributes.class);
            var settled = entry.settles(attributes);
            if (entry.state == Plugin.State.DRAINING) {
                return;
            }
            if (settled) {
                examine(entry);
            } else if (entry.changes() && entry.bundle.isEmpty()) {
                entry.state = Plugin.State.COPYING;
                entry.note = "waiting until it does not change any more";
            }
        } catch (IOException e) {
            LOG.debug("plugin vanished jar={}", entry.jar, e); // The next look sees it gone.
        }
    }

    private void examine(Entry entry) {
        try {
            if (!NAME.matcher(entry.jar).matches()) {
                throw new Refused("its name has characters other than letters, digits and . _ + -, or is longer than 150; rename it");
            }
            var facts = JarFacts.read(folder.resolve(entry.jar));
            if (entry.bundle.isPresent()) {
                changed(entry, facts);
                return;
            }
            entry.facts = Optional.of(facts);
            refuseSharedNames(entry, facts);
            active(entry, installer.install(folder.resolve(entry.jar), entry.jar, facts));
            lookAgainAtBlocked();
        } catch (Refused e) {
            refuse(entry, e);
        }
    }

    /** What came may be what another file misses; what went may be what stood in its way. */
    private void lookAgainAtBlocked() {
        entries.values().stream().filter(other -> other.blocked).forEach(Entry::again);
    }

    /** Two providers of one name could not be told apart by pins, rollouts and peers. */
    private void refuseSharedNames(Entry entry, JarFacts facts) throws Refused {
        for (var provider : facts.providers()) {
            for (var other : entries.values()) {
                if (other != entry && other.bundle.isPresent() && other.facts.stream().flatMap(f -> f.providers().stream())
                        .anyMatch(p -> p.name().equals(provider.name()))) {
                    throw new Blocked("provider " + provider.name() + " is there already, from deploy/" + other.jar + "; give this one another dwcp.provider");
                }
            }
        }
    }

    /** The file of a running bundle was written over: the old one drains, then the new one is taken as if it had just come. */
    private void changed(Entry entry, JarFacts facts) {
        if (entry.facts.filter(old -> old.hash().equals(facts.hash())).isPresent()) {
            entry.note = "";
            return;
        }
        LOG.info("plugin changed jar={} from={} to={}", entry.jar, entry.facts.map(JarFacts::version).orElse(null), facts.version());
        startDrain(entry, "its file was replaced; the new one follows when the work on the old one is done");
    }

    private void active(Entry entry, Bundle bundle) {
        entry.bundle = Optional.of(bundle);
        entry.state = Plugin.State.ACTIVE;
        entry.note = "";
        entry.blocked = false;
        entry.announced = false;
    }

    private void refuse(Entry entry, Refused refused) {
        if (entry.bundle.isPresent()) {
            entry.note = "the changed file was refused, the old one goes on: " + refused.getMessage();
        } else {
            entry.blocked = refused instanceof Blocked;
            if (refused.getMessage().equals(entry.note)) {
                entry.refuse(entry.note);
                return; // Tried again, and said before.
            }
            entry.refuse(refused.getMessage());
        }
        LOG.warn("plugin refused jar={} reason=\"{}\"", entry.jar, refused.getMessage());
    }

    private void gone(Entry entry) {
        if (entry.bundle.isEmpty()) {
            entries.remove(entry.jar);
        } else if (entry.state != Plugin.State.DRAINING) {
            startDrain(entry, "its file was taken away; it goes when its work is done");
        }
    }

    private void startDrain(Entry entry, String note) {
        entry.state = Plugin.State.DRAINING;
        entry.note = note;
        entry.released = false;
        entry.drainingSinceNs = clock.nanoTime();
        LOG.info("plugin draining jar={} timeout.ms={}", entry.jar, drainTimeout.toMillis());
    }

    private void drain(Entry entry, boolean fileIsThere) {
        var providers = installer.providers(entry.bundle.orElseThrow());
        if (!entry.released) {
            providers.forEach(provider -> traffic.release(provider.slot(), provider.name()));
            entry.released = true;
        }
        var leases = providers.stream().mapToLong(provider -> traffic.leases(provider.slot(), provider.name())).sum();
        if (leases > 0 && clock.nanoTime() - entry.drainingSinceNs < drainTimeout.toNanos()) {
            return;
        }
        installer.uninstall(entry.bundle.orElseThrow());
        lookAgainAtBlocked();
        LOG.info("plugin removed jar={} leases.left={}", entry.jar, leases);
        entry.bundle = Optional.empty();
        entry.facts = Optional.empty();
        if (fileIsThere) {
            entry.state = Plugin.State.COPYING;
            entry.again();
        } else {
            entries.remove(entry.jar);
        }
    }

    private void announce(Entry entry) {
        if (entry.announced || entry.state != Plugin.State.ACTIVE) {
            return;
        }
        var providers = installer.providers(entry.bundle.orElseThrow());
        if (providers.isEmpty()) {
            entry.note = entry.facts.filter(facts -> facts.providers().isEmpty()).isPresent() ? "a library: it brings no provider"
                    : "started; its provider has not come up yet, see 'dwcp doctor'";
            return;
        }
        entry.announced = true;
        entry.note = "";
        for (var provider : providers) {
            LOG.info("plugin started jar={} slot={} provider={} promote=\"dwcp promote {} {} --share 10\"", entry.jar, provider.slot(),
                    provider.name(), provider.slot(), provider.name());
        }
    }

    private List<String> providers(Entry entry) {
        return entry.bundle.map(bundle -> installer.providers(bundle).stream().map(JarFacts.Provider::toString).collect(Collectors.toCollection(ArrayList::new)))
                .map(List::copyOf).orElse(List.of());
    }
}
