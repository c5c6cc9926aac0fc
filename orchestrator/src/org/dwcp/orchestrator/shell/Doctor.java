// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import org.dwcp.api.hybrid.ModeAwareAdapter;
import org.dwcp.api.hybrid.ProviderState;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.node.NodeIdentity;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.orchestrator.group.GroupHealth;
import org.dwcp.orchestrator.shell.view.DoctorReport;
import org.dwcp.orchestrator.shell.view.DoctorReport.Check;
import org.dwcp.orchestrator.shell.view.DoctorReport.Verdict;
import org.dwcp.orchestrator.shell.view.Text;

/** The doctor's checks. Each looks, changes nothing, and says what to do. */
final class Doctor {
    /** A certificate that ends sooner needs a look. Source: chosen; time for an operator to act. */
    static final Duration CERTIFICATE_WARN = Duration.ofDays(30);
    /** Less free disk needs a look. Source: chosen; an image does not fit. */
    static final long DISK_WARN_BYTES = 1L << 30;
    /** Less free disk does not work. Source: chosen; logs and flags need it. */
    static final long DISK_FAIL_BYTES = 100L << 20;
    /** Before this the clock was never set. Source: the year of this software's first release. */
    static final Instant CLOCK_MIN = LocalDate.of(2025, 1, 1).atStartOfDay(ZoneOffset.UTC).toInstant();
    private static final long FLAGS_BYTES_MAX = 1L << 20;

    private final Services services;
    private final Supplier<ComponentFaults> faults;

    Doctor(Services services, Supplier<ComponentFaults> faults) {
        this.services = services;
        this.faults = faults;
    }

    DoctorReport examine() {
        var checks = new ArrayList<Check>();
        var now = services.ask(NodeClock.class, NodeClock::now);
        checks.add(now.map(Doctor::clock).orElseGet(() -> missing("clock", NodeClock.class)));
        checks.add(services.ask(NodeIdentity.class, identity -> certificates(identity, now.orElse(Instant.EPOCH)))
                .orElseGet(() -> missing("certificates", NodeIdentity.class)));
        services.ask(NodeFolders.class, folders -> {
            checks.add(disk(folders));
            checks.add(flags(folders.etc().resolve("flags.json")));
            return true;
        }).orElseGet(() -> checks.add(missing("disk", NodeFolders.class)));
        checks.addAll(services.ask(ModeAwareAdapter.class, Doctor::slots).orElseGet(() -> List.of(missing("slots", ModeAwareAdapter.class))));
        checks.addAll(services.ask(ModeAwareAdapter.class, TransportChecks::of).orElse(List.of()));
        checks.addAll(services.ask(Peers.class, peers -> peers(peers.list())).orElseGet(() -> List.of(missing("peers", Peers.class))));
        checks.addAll(services.ask(GroupHealth.class, Doctor::groups).orElse(List.of()));
        checks.addAll(components(faults.get()));
        return new DoctorReport(checks);
    }

    private static Check missing(String name, Class<?> service) {
        return new Check(name, Verdict.FAIL, "nothing provides " + service.getName(),
                "see the checks of components below and log/ for what stopped it");
    }

    private static Check clock(Instant now) {
        return now.isBefore(CLOCK_MIN)
                ? new Check("clock", Verdict.FAIL, "it is " + Text.moment(now) + " here", "set the clock; certificates are refused until then")
                : new Check("clock", Verdict.OK, Text.moment(now), "");
    }

    private static Check certificates(NodeIdentity identity, Instant now) {
        var worst = new Check("certificates", Verdict.OK, "of " + identity.id() + " in cluster " + identity.cluster(), "");
        var all = new ArrayList<>(identity.certificates());
        all.addAll(identity.authorities());
        for (var certificate : all) {
            var check = certificate(certificate, now);
            worst = check.verdict().compareTo(worst.verdict()) > 0 ? check : worst;
        }
        return worst.verdict() == Verdict.OK && !identity.certificates().isEmpty() ? new Check(worst.name(), Verdict.OK, worst.finding() + ", until "
                + Text.moment(identity.certificates().getFirst().getNotAfter().toInstant()), "") : worst;
    }

    private static Check certificate(X509Certificate certificate, Instant now) {
        var name = certificate.getSubjectX500Principal().getName();
        var end = certificate.getNotAfter().toInstant();
        if (now.isAfter(end)) {
            return new Check("certificates", Verdict.FAIL, name + " ended at " + Text.moment(end), "issue a new one; no peer accepts this node");
        }
        if (now.isBefore(certificate.getNotBefore().toInstant())) {
            return new Check("certificates", Verdict.FAIL, name + " begins at " + Text.moment(certificate.getNotBefore().toInstant()),
                    "compare the clocks of this node and of the one that issued it");
        }
        if (now.plus(CERTIFICATE_WARN).isAfter(end)) {
            return new Check("certificates", Verdict.WARN, name + " ends at " + Text.moment(end), "issue a new one before that");
        }
        return new Check("certificates", Verdict.OK, name, "");
    }

    private static Check disk(NodeFolders folders) {
        for (var folder : List.of(folders.etc(), folders.deploy(), folders.inbox())) {
            if (!Files.isWritable(folder)) {
                return new Check("disk", Verdict.FAIL, folder + " cannot be written", "give the node's user the right to write there");
            }
        }
        try {
            var free = Files.getFileStore(folders.inbox()).getUsableSpace();
            var finding = Text.bytes(free) + " free for " + folders.inbox();
            return free < DISK_FAIL_BYTES ? new Check("disk", Verdict.FAIL, finding, "free some; below " + Text.bytes(DISK_FAIL_BYTES) + " nothing works")
                    : free < DISK_WARN_BYTES ? new Check("disk", Verdict.WARN, finding, "free some before large transfers")
                            : new Check("disk", Verdict.OK, finding, "");
        } catch (IOException e) {
            return new Check("disk", Verdict.WARN, "free space is unknown: " + e.getMessage(), "look at the file system of " + folders.inbox());
        }
    }

    private static Check flags(Path file) {
        try {
            if (!Files.exists(file)) {
                return new Check("flags", Verdict.OK, "no " + file.getFileName() + ": the defaults hold", "");
            }
            if (Files.size(file) > FLAGS_BYTES_MAX) {
                return new Check("flags", Verdict.FAIL, file + " is larger than " + FLAGS_BYTES_MAX + " bytes", "this is no flags file; put the right one there");
            }
            var parsed = JsonParser.parseString(Files.readString(file));
            return parsed.isJsonObject() ? new Check("flags", Verdict.OK, file.toString(), "")
                    : new Check("flags", Verdict.FAIL, file + " holds no JSON object", "correct it; the last good flags are in force");
        } catch (IOException | JsonParseException e) {
            return new Check("flags", Verdict.FAIL, file + ": " + reason(e), "correct it; the last good flags are in force");
        }
    }

    /** The library wraps its own exception and adds an address of its manual. */
    private static String reason(Exception e) {
        return (e.getCause() == null ? e : e.getCause()).getMessage().lines().findFirst().orElse("").replaceAll(" *See http.*", "");
    }

    private static List<Check> slots(ModeAwareAdapter adapter) {
        var checks = new ArrayList<Check>();
        var slots = adapter.slots();
        slots.forEach(slot -> checks.add(slot(slot)));
        if (slots.isEmpty()) {
            checks.add(new Check("slots", Verdict.FAIL, "no provider is installed", "install the providers' bundles"));
        }
        for (var sentence : adapter.validate()) {
            checks.add(new Check("pairs", Verdict.WARN, sentence, "install what is missing; without it this mode has no provider of its own"));
        }
        return checks;
    }

    private static Check slot(SlotStatus slot) {
        var name = "slot " + slot.slot();
        var primary = slot.primary();
        if (primary.isEmpty()) {
            return new Check(name, Verdict.FAIL, "nothing serves it", "see 'dwcp why " + slot.slot() + "'; install or repair a provider");
        }
        var failed = slot.providers().stream().filter(p -> p.state() == ProviderState.FAILED).findFirst();
        if (failed.isPresent()) {
            return new Check(name, Verdict.WARN, failed.get().name() + " has failed: " + failed.get().reason(),
                    primary.get().name() + " stands in; it is probed and comes back by itself when it works");
        }
        if (slot.providers().stream().filter(p -> p.state().mayServe()).count() < 2) {
            return new Check(name, Verdict.WARN, primary.get().name() + " serves and has no fallback", "install a second provider");
        }
        return new Check(name, Verdict.OK, primary.get().name() + " " + primary.get().share() + " %", "");
    }

    private static List<Check> peers(List<PeerInfo> peers) {
        var offline = peers.stream().filter(peer -> !peer.online()).toList();
        if (offline.isEmpty()) {
            return List.of(new Check("peers", Verdict.OK, peers.isEmpty() ? "none are configured" : peers.size() + " online", ""));
        }
        return offline.stream().map(peer -> new Check("peer " + peer.id(), Verdict.WARN,
                peer.host() + ":" + peer.port() + " cannot be reached: " + (peer.problem().isEmpty() ? "not tried yet" : peer.problem()),
                "check that it runs, its address ('dwcp peers') and the firewall")).toList();
    }

    private static List<Check> groups(GroupHealth health) {
        var alerts = health.alerts();
        if (alerts.isEmpty()) {
            return health.groupCount() == 0 ? List.of() : List.of(new Check("groups", Verdict.OK, health.groupCount() + " replicated", ""));
        }
        return alerts.stream().map(alert -> new Check("group " + alert.group(), alert.kind().equals("BEHIND") ? Verdict.WARN : Verdict.FAIL, alert.finding(), alert.remedy())).toList();
    }

    private static List<Check> components(ComponentFaults found) {
        var checks = new ArrayList<Check>();
        found.failed().forEach(fault -> checks.add(new Check("configuration", Verdict.FAIL, fault, "correct the value in etc/ and save; it is read at once")));
        found.waiting().forEach((missing, waiting) -> checks.add(new Check("components", Verdict.WARN,
                missing + " is missing; " + String.join(", ", waiting) + (waiting.size() == 1 ? " waits" : " wait") + " for it",
                "install or repair the part that provides it")));
        if (checks.isEmpty()) {
            checks.add(new Check("configuration", Verdict.OK, "every component has started", ""));
        }
        return checks;
    }
}
