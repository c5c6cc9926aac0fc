// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.demo;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.dwcp.api.node.NodeClock;

/** The program: {@code ./dwcp demo}. Ends with 0 when nothing was lost, 1 when something was or a step failed, 2 for a wrong option. */
public final class Demo {
    private Demo() {
    }

    /**
     * Runs the demonstration.
     *
     * @param arguments see {@link DemoOptions#USAGE}
     */
    public static void main(String[] arguments) {
        List<String> words = List.of(arguments);
        if (words.contains("--help")) {
            System.out.println(DemoOptions.USAGE);
            return;
        }
        try {
            System.exit(run(DemoOptions.parse(words)) ? 0 : 1);
        } catch (IllegalArgumentException e) {
            System.err.println("demo: " + e.getMessage() + "\n" + DemoOptions.USAGE);
            System.exit(2);
        } catch (IOException | InterruptedException | URISyntaxException e) {
            System.err.println("demo: " + e);
            System.exit(1);
        }
    }

    private static boolean run(DemoOptions options) throws IOException, InterruptedException, URISyntaxException {
        NodeClock clock = new SystemClock();
        Narrator narrator = new Narrator(System.out, clock, !options.script() && System.console() != null && System.console().isTerminal());
        Path image = Path.of(Demo.class.getProtectionDomain().getCodeSource().getLocation().toURI()).getParent().getParent();
        try (DemoFolder folder = DemoFolder.take(options.folder())) {
            return runIn(folder, image, narrator, clock, options);
        } catch (DemoException refused) {
            System.err.println("demo: " + refused.getMessage());
            return false;
        }
    }

    private static boolean runIn(DemoFolder folder, Path image, Narrator narrator, NodeClock clock, DemoOptions options)
            throws IOException, InterruptedException {
        List<String> faults = new ArrayList<>();
        Summary summary;
        try (DemoCluster cluster = new DemoCluster(image, options.folder(), clock)) {
            Thread stopper = new Thread(cluster::close, "demo.stop");
            Runtime.getRuntime().addShutdownHook(stopper);
            Script script = new Script(cluster, narrator, clock, options.folder());
            try {
                narrator.say("three nodes of one cluster start on this machine, each behind a link that can be shaped");
                cluster.start(settings(options.defect()));
                script.run();
            } catch (DemoException stopped) {
                script.fault(stopped.getMessage());
            }
            faults.addAll(script.faults());
            summary = summarise(cluster, narrator, options, script.killSwitchMs(), faults);
            Runtime.getRuntime().removeShutdownHook(stopper);
        }
        narrator.say(summary.words());
        if (options.json()) {
            System.out.println(summary.json());
        }
        if (summary.ok() && !options.keep()) {
            folder.remove();
        } else {
            System.err.println("the nodes' folders with their logs are in " + options.folder());
        }
        return summary.ok();
    }

    /** Short intervals, so that there is something to see within two minutes; everything else is as delivered. */
    private static Map<String, String> settings(DemoOptions.Defect defect) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("org.dwcp.orchestrator:detection.interval.ms", "500");
        settings.put("org.dwcp.orchestrator:cooldown.period.ms", "3000");
        settings.put("org.dwcp.orchestrator:health.interval.ms", "2000");
        settings.put("org.dwcp.orchestrator:switches.per.hour.max", "100");
        settings.put("org.dwcp.orchestrator.peers:ping.interval.ms", "250");
        settings.put("org.dwcp.orchestrator.peers:ping.missed.max", "20");
        // What a link through a program on this machine gives beside everything else that runs here.
        settings.put("org.dwcp.orchestrator:datacenter.bandwidth.threshold.bps", "200000000");
        settings.put("org.dwcp.orchestrator:internet.bandwidth.threshold.bps", "200000000");
        if (defect == DemoOptions.Defect.NO_FALLBACK) {
            settings.put("org.dwcp.orchestrator:threshold.errors", "1000"); // its limit; one more is refused and the default holds
        }
        return settings;
    }

    private static Summary summarise(DemoCluster cluster, Narrator narrator, DemoOptions options, long killSwitchMs, List<String> faults)
            throws IOException, InterruptedException {
        narrator.say("the load ends; every received file is hashed");
        Audit audit = new Audit(0, 0, 0, 0);
        Map<String, Long> totals = new LinkedHashMap<>();
        for (DemoNode node : cluster.nodes) {
            try {
                Map<String, String> view = node.finishLoad();
                view.forEach((key, value) -> {
                    if (value.matches("[0-9]{1,18}")) {
                        totals.merge(key, Long.parseLong(value), Long::sum);
                    }
                });
                if (!view.getOrDefault("load.lastError", "").isEmpty()) {
                    faults.add("node " + node.name + ": " + view.get("load.lastError"));
                }
            } catch (DemoException e) {
                faults.add(e.getMessage());
            }
        }
        if (options.defect() == DemoOptions.Defect.CUT_FILE) {
            cutOneFile(Audit.received(cluster.nodes.getFirst().home.resolve("data/workload/sent.tsv"), cluster.inboxes()));
        }
        for (DemoNode node : cluster.nodes) {
            audit = audit.plus(Audit.of(node.home.resolve("data/workload/sent.tsv"), cluster.inboxes()));
        }
        long swaps = totals.entrySet().stream().filter(e -> e.getKey().startsWith("swaps.")).mapToLong(Map.Entry::getValue).sum();
        Summary counted = new Summary(audit.files(), audit.bytes(), totals.getOrDefault("load.calls", 0L), totals.getOrDefault("load.failedCalls", 0L),
                audit.lostBytes(), audit.corruptFiles(), swaps, totals.getOrDefault("swaps.FALLBACK", 0L), totals.getOrDefault("swaps.RECOVERY", 0L), killSwitchMs,
                List.of());
        faults.addAll(judge(counted, totals.getOrDefault("load.failedFiles", 0L)));
        return new Summary(counted.files(), counted.bytes(), counted.calls(), counted.failedCalls(), counted.lostBytes(), counted.corruptFiles(), swaps,
                counted.fallbacks(), counted.recoveries(), killSwitchMs, faults);
    }

    private static List<String> judge(Summary counted, long failedFiles) {
        List<String> faults = new ArrayList<>();
        demand(faults, counted.files() > 0, "no file arrived");
        demand(faults, counted.calls() > 0, "no call was answered");
        demand(faults, failedFiles == 0, failedFiles + " files were given up");
        demand(faults, counted.failedCalls() == 0, counted.failedCalls() + " calls failed");
        demand(faults, counted.lostBytes() == 0, counted.lostBytes() + " bytes were lost");
        demand(faults, counted.corruptFiles() == 0, counted.corruptFiles() + " files are corrupt");
        demand(faults, counted.swaps() >= Summary.SWAPS_MIN, counted.swaps() + " swaps are fewer than " + Summary.SWAPS_MIN);
        demand(faults, counted.killSwitchMs() >= 0 && counted.killSwitchMs() < Summary.KILL_SWITCH_MS_MAX, "the kill switch was not under " + Summary.KILL_SWITCH_MS_MAX + " ms");
        demand(faults, counted.fallbacks() > 0, "no fallback happened");
        demand(faults, counted.recoveries() > 0, "no recovery happened");
        return faults;
    }

    private static void demand(List<String> faults, boolean holds, String fault) {
        if (!holds) {
            faults.add(fault);
        }
    }

    /** One that is audited: an inbox also holds marks of transfers. */
    private static void cutOneFile(List<Path> received) throws IOException {
        Path victim = received.stream().filter(f -> f.toFile().length() > 1).findFirst().orElseThrow();
        try (RandomAccessFile file = new RandomAccessFile(victim.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }
    }
}
